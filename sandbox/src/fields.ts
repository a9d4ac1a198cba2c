// Checks a JSON body field by field, and gathers what is wrong under the path of each field, as the `errors` of a
// validation problem (the form is ASP.NET's, inferred from docs.flinks.com/api/pay/endpoints/geft/sessions-initiate).
import { field } from "./body.ts";
import { Refusal } from "./refusal.ts";

/** A rule for text: the pattern that it must match, and the message if it does not. */
export interface Rule {
	readonly pattern: RegExp;
	readonly message: string;
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

	/** Whether the field is present and not `null`. */
	has(name: string): boolean {
		return (field(this.#object, name) ?? null) !== null;
	}

	value(name: string): unknown {
		return field(this.#object, name) ?? null;
	}

	fail(name: string, message: string): null {
		this.#errors[this.#path + name] = [message];
		return null;
	}

	/** Text that matches the rule; `null` if it is missing or wrong. */
	text(name: string, rule: Rule): string | null {
		const value = this.value(name);
		if (value === null) return null;
		if (typeof value !== "string") return this.fail(name, "must be text");
		return rule.pattern.test(value) ? value : this.fail(name, rule.message);
	}

	/** Text that must be present. */
	requiredText(name: string, rule: Rule): string {
		const value = this.value(name);
		if (value === null || value === "") this.fail(name, "is required");
		else if (typeof value === "string" && value.trim() === "") this.fail(name, "must not be blank");
		else return this.text(name, rule) ?? "";
		return "";
	}

	/** A number; `null` if it is missing or wrong. */
	number(name: string): number | null {
		const value = this.value(name);
		return value === null || typeof value === "number" ? value : this.fail(name, "must be a number");
	}

	boolean(name: string): boolean | null {
		const value = this.value(name);
		return value === null || typeof value === "boolean" ? value : this.fail(name, "must be true or false");
	}

	/** One of these words, which must be present. */
	word<const W extends string>(name: string, words: readonly W[]): W | null {
		const value = this.value(name);
		const found = words.find((word) => word === value) ?? null;
		if (found === null) this.fail(name, value === null ? "is required" : `must be ${words.join(" or ")}`);
		return found;
	}

	/** The fields of an object within this one; `null` if it is missing or wrong. */
	within(name: string): Fields | null {
		const value = this.value(name);
		if (value === null) return null;
		if (typeof value !== "object" || Array.isArray(value)) return this.fail(name, "must be an object");
		return new Fields({ ...value }, `${this.#path}${name}.`, this.#errors);
	}

	/** Refuses the body if any field is wrong. */
	throwIfInvalid(): void {
		if (Object.keys(this.#errors).length > 0) throw Refusal.invalid(this.#errors);
	}
}
