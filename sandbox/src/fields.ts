// Checking a JSON body field by field: what is wrong is gathered under the path of each field, as the `errors` of a
// validation problem (the form is ASP.NET's, inferred from docs.flinks.com/api/pay/endpoints/geft/sessions-initiate).
import { field } from "./body.ts";
import { Refusal } from "./refusal.ts";

/** A rule for text: what it must look like, and how to say so. */
export interface Rule {
	readonly pattern: RegExp;
	readonly says: string;
}

/** The fields of one object, read by their names in any case. */
export class Fields {
	readonly #object: Record<string, unknown>;
	readonly #path: string;
	readonly #errors: Record<string, string[]>;

	constructor(object: Record<string, unknown>, path = "", errors: Record<string, string[]> = {}) {
		this.#object = object;
		this.#path = path;
		this.#errors = errors;
	}

	/** Whether the field is there, and not `null`. */
	has(name: string): boolean {
		return (field(this.#object, name) ?? null) !== null;
	}

	value(name: string): unknown {
		return field(this.#object, name) ?? null;
	}

	fail(name: string, says: string): null {
		this.#errors[this.#path + name] = [says];
		return null;
	}

	/** Text that follows a rule, or `null` where it is not there or wrong. */
	text(name: string, rule: Rule): string | null {
		const value = this.value(name);
		if (value === null) return null;
		if (typeof value !== "string") return this.fail(name, "must be text");
		return rule.pattern.test(value) ? value : this.fail(name, rule.says);
	}

	/** Text that must be there. */
	requiredText(name: string, rule: Rule): string {
		const value = this.value(name);
		if (value === null || value === "") this.fail(name, "is required");
		else if (typeof value === "string" && value.trim() === "") this.fail(name, "must not be blank");
		else return this.text(name, rule) ?? "";
		return "";
	}

	/** A number, or `null` where it is not there or none. */
	number(name: string): number | null {
		const value = this.value(name);
		return value === null || typeof value === "number" ? value : this.fail(name, "must be a number");
	}

	boolean(name: string): boolean | null {
		const value = this.value(name);
		return value === null || typeof value === "boolean" ? value : this.fail(name, "must be true or false");
	}

	/** Exactly one of these words. */
	word<const W extends string>(name: string, words: readonly W[]): W | null {
		const value = this.value(name);
		const found = words.find((word) => word === value) ?? null;
		if (found === null) this.fail(name, value === null ? "is required" : `must be ${words.join(" or ")}`);
		return found;
	}

	/** An object within this one. Without it, `null`. */
	within(name: string): Fields | null {
		const value = this.value(name);
		if (value === null) return null;
		if (typeof value !== "object" || Array.isArray(value)) return this.fail(name, "must be an object");
		return new Fields({ ...value }, `${this.#path}${name}.`, this.#errors);
	}

	/** Refuses the body if anything was wrong in it. */
	done(): void {
		if (Object.keys(this.#errors).length > 0) throw Refusal.invalid(this.#errors);
	}
}
