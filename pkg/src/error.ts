// The one error of the package.

import type { AnyErrorFields } from "./types.js";

class PackageError extends Error {
	static {
		// On the prototype, so that it is no field of each error.
		PackageError.prototype.name = "FlinksPayError";
	}

	/** `cause` is what was thrown: it is not enumerable, since nobody knows what is in it. */
	constructor({ message, ...fields }: ErrorFields, cause?: unknown) {
		super(message, cause === undefined ? undefined : { cause });
		Object.assign(this, fields);
		// Next.js throws in `fetch` to say that a page cannot be made while it builds, and looks for its mark here.
		const digest = textOf(cause, "digest");
		if (digest) Object.defineProperty(this, "digest", { value: digest });
	}

	toJSON(): object {
		return { ...this, name: this.name, message: this.message };
	}
}

/** A text of what was thrown, which may be anything: a proxy that throws itself, say. */
function textOf(thrown: unknown, name: "name" | "message" | "stack" | "code" | "digest"): string | undefined {
	try {
		const value = (thrown as Partial<Record<typeof name, unknown>> | null | undefined)?.[name];
		return typeof value === "string" ? value : undefined;
	} catch {
		return undefined;
	}
}

/** How far causes of causes are followed. */
const MOST_CAUSES = 4;

/**
 * What `fetch` threw, as an error of the same name, message and stack: some hosts keep the bytes of the answer in it, with a
 * token perhaps. What it gave in place of an answer is not kept at all, for the same reason.
 */
export function withoutWhatWasRead(thrown: unknown, causes = MOST_CAUSES): unknown {
	try {
		if (causes === 0 || !(thrown instanceof Error)) return undefined;
		const cause = withoutWhatWasRead(thrown.cause, causes - 1);
		const copy = new Error(textOf(thrown, "message"), cause === undefined ? undefined : { cause });
		for (const name of ["name", "stack", "code", "digest"] as const) {
			const value = textOf(thrown, name);
			// Defined and not set: a frozen Error.prototype would refuse it.
			if (value !== undefined) Object.defineProperty(copy, name, { value, configurable: true, writable: true });
		}
		return copy;
	} catch {
		return undefined;
	}
}

/** What the instance says of a failure. */
export type ErrorFields = AnyErrorFields & {
	/** What is wrong and what to do, for a person. */
	readonly message: string;
};

/** Every failure of this package, as a union that narrows on `code`. No message holds a secret or what a person typed. */
export type FlinksPayError = Error &
	AnyErrorFields & {
		/** What the host threw, where that was the reason. It is not enumerable: it may hold anything. */
		readonly cause?: unknown;
		/** All fields and the message, for `JSON.stringify`. */
		toJSON(): object;
	};

/** The class of every failure, for `instanceof`. Errors are made by the package alone. */
export const FlinksPayError: {
	readonly prototype: FlinksPayError;
	[Symbol.hasInstance](value: unknown): value is FlinksPayError;
} = PackageError as never;

/** An error of these fields. */
export function errorOf(fields: ErrorFields, cause?: unknown): FlinksPayError {
	return new PackageError(fields, cause) as FlinksPayError;
}

/**
 * Whether a value is a failure of this package, by its shape: `instanceof` does not hold across Workers RPC and two copies of
 * the package. It knows what `toJSON()` gives after any copy; `structuredClone` of the error itself loses its fields.
 */
export function isFlinksPayError(value: unknown): value is FlinksPayError {
	if (typeof value !== "object" || value === null) return false;
	const { code, stage, outcome, retryable, message } = value as Partial<Record<keyof ErrorFields, unknown>>;
	const areTexts = [code, stage, outcome, message].every((field) => typeof field === "string");
	return areTexts && typeof retryable === "boolean";
}
