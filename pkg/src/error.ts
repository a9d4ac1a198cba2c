// The one error of the package.

import type { AnyErrorFields, Outcome } from "./types/error.js";

class PackageError extends Error {
	static {
		// On the prototype, so that it is not a field of each error. An assignment would fail with a frozen Error.prototype.
		Object.defineProperty(PackageError.prototype, "name", { value: "FlinksPayError" });
	}

	/** `cause` is what the host threw: it is not enumerable, since it may contain anything. */
	constructor({ message, ...fields }: ErrorFields, cause?: unknown) {
		super(message, cause === undefined ? undefined : { cause });
		Object.assign(this, fields);
		// Next.js throws in `fetch` when a page cannot be prerendered, and recognizes its error by `digest`.
		const digest = textOf(cause, "digest");
		if (digest) Object.defineProperty(this, "digest", { value: digest });
	}

	toJSON(): SentFlinksPayError {
		return { ...(this as unknown as AnyErrorFields), name: this.name, message: this.message };
	}
}

/** A text property of what was thrown, which may be anything, such as a proxy that throws. */
function textOf(thrown: unknown, name: "name" | "message" | "stack" | "code" | "digest"): string | undefined {
	try {
		const value = (thrown as Partial<Record<typeof name, unknown>> | null | undefined)?.[name];
		return typeof value === "string" ? value : undefined;
	} catch {
		return undefined;
	}
}

/** `instanceof` alone fails for an error of another realm: Jest runs tests in one of their own, with the host's `fetch`. */
function isError(thrown: unknown): thrown is Error {
	return thrown instanceof Error || Object.prototype.toString.call(thrown) === "[object Error]";
}

/**
 * A copy of an error that `fetch` threw and of at most four causes, with their names, messages and stacks alone: some hosts
 * put the bytes of the answer into the error, perhaps with a token. Anything but an error is dropped for the same reason.
 */
export function copyOfError(thrown: unknown, causes = 4): unknown {
	try {
		if (causes === 0 || !isError(thrown)) return undefined;
		const cause = copyOfError(thrown.cause, causes - 1);
		const copy = new Error(textOf(thrown, "message"), cause === undefined ? undefined : { cause });
		for (const name of ["name", "stack", "code", "digest"] as const) {
			const value = textOf(thrown, name);
			// An assignment would fail with a frozen Error.prototype.
			if (value !== undefined) Object.defineProperty(copy, name, { value, configurable: true, writable: true });
		}
		return copy;
	} catch {
		return undefined;
	}
}

/** The fields of a failure from the instance. */
export type ErrorFields = AnyErrorFields & {
	/** What is wrong and what to do. */
	readonly message: string;
};

/** Every failure of this package; it narrows on `code`. No message contains a secret or personal data. */
export type FlinksPayError = Error &
	AnyErrorFields & {
		/** What the host threw, if that was the reason. It is not enumerable, since it may contain anything. */
		readonly cause?: unknown;
		/** All fields, the name and the message as a plain object, for `JSON.stringify` and other ways to send it. */
		toJSON(): SentFlinksPayError;
	};

/**
 * The class of every failure, for `instanceof`. {@link isFlinksPayError} recognizes copies of an error too. Only the package
 * creates errors.
 */
export const FlinksPayError: {
	// No value has the type `never`. Before TypeScript 5.3 the right side of `instanceof` must be a class.
	new (made: never): FlinksPayError;
	readonly prototype: FlinksPayError;
} = PackageError as never;

/** An error with these fields. */
export function errorOf(fields: ErrorFields, cause?: unknown): FlinksPayError {
	return new PackageError(fields, cause) as FlinksPayError;
}

/**
 * A failure that was sent elsewhere: its fields and its message. docs/errors.md says which ways of sending keep the other
 * properties.
 */
export type SentFlinksPayError = AnyErrorFields & {
	/** What is wrong and what to do. */
	readonly message: string;
	/** `FlinksPayError`. */
	readonly name?: string;
	/** Where it was created. */
	readonly stack?: string;
	/** What the host threw, if that was the reason. */
	readonly cause?: unknown;
	/** As in {@link FlinksPayError}, before it was sent. */
	toJSON?(): SentFlinksPayError;
};

const OUTCOMES: readonly unknown[] = ["not_sent", "rejected", "unknown"] satisfies Outcome[];

/**
 * Whether a value is a failure of this package, by its shape: the error itself, an error of another copy of the package, or
 * any copy of what `toJSON()` gave. `instanceof` recognizes only the error itself. A `structuredClone` of the error itself
 * loses its fields and is not recognized.
 */
export function isFlinksPayError(value: unknown): value is SentFlinksPayError {
	try {
		if (typeof value !== "object" || value === null) return false;
		const { code, stage, outcome, retryable, message } = value as Partial<Record<keyof ErrorFields, unknown>>;
		const areTexts = [code, stage, message].every((field) => typeof field === "string");
		return areTexts && OUTCOMES.includes(outcome) && typeof retryable === "boolean";
	} catch {
		// A proxy may throw.
		return false;
	}
}
