// The one error of the package.

import type { AnyErrorFields, Outcome } from "./types/error.js";

class PackageError extends Error {
	static {
		// On the prototype, so that it is no field of each error. Defined and not set: a frozen Error.prototype would refuse it.
		Object.defineProperty(PackageError.prototype, "name", { value: "FlinksPayError" });
	}

	/** `cause` is what was thrown: it is not enumerable, since nobody knows what is in it. */
	constructor({ message, ...fields }: ErrorFields, cause?: unknown) {
		super(message, cause === undefined ? undefined : { cause });
		Object.assign(this, fields);
		// Next.js throws in `fetch` to say that a page cannot be made while it builds, and looks for its mark here.
		const digest = textOf(cause, "digest");
		if (digest) Object.defineProperty(this, "digest", { value: digest });
	}

	toJSON(): SentFlinksPayError {
		const { name, message } = this;
		return { ...(this as unknown as AnyErrorFields), name, message };
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

/** Not by its class, which may be of another realm: tests run in one of their own, and the host's `fetch` stays outside. */
function isError(thrown: unknown): thrown is Error {
	return thrown instanceof Error || Object.prototype.toString.call(thrown) === "[object Error]";
}

/** How far causes of causes are followed. */
const MOST_CAUSES = 4;

/**
 * What `fetch` threw, as an error of the same name, message and stack: some hosts keep the bytes of the answer in it, with a
 * token perhaps. What it gave in place of an answer is not kept at all, for the same reason.
 */
export function withoutWhatWasRead(thrown: unknown, causes = MOST_CAUSES): unknown {
	try {
		if (causes === 0 || !isError(thrown)) return undefined;
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
		/** All fields, the name and the message as a plain object, for `JSON.stringify` and whatever else sends it. */
		toJSON(): SentFlinksPayError;
	};

/**
 * The class of every failure, for `instanceof`, which holds for the error itself alone: {@link isFlinksPayError} holds for
 * its copies too. Errors are made by the package alone.
 */
export const FlinksPayError: {
	// Nobody has what it takes. Compilers before TypeScript 5.3 want a class to the right of `instanceof`.
	new (made: never): FlinksPayError;
	readonly prototype: FlinksPayError;
} = PackageError as never;

/** An error of these fields. */
export function errorOf(fields: ErrorFields, cause?: unknown): FlinksPayError {
	return new PackageError(fields, cause) as FlinksPayError;
}

/**
 * What is there of a failure wherever it was sent: all that is known of it, and its message. Whether it has the others
 * still, docs/errors.md says.
 */
export type SentFlinksPayError = AnyErrorFields & {
	/** What is wrong and what to do, for a person. */
	readonly message: string;
	/** `FlinksPayError`. */
	readonly name?: string;
	/** Where it was made. */
	readonly stack?: string;
	/** What the host threw, where that was the reason. */
	readonly cause?: unknown;
	/** As in {@link FlinksPayError}, before it was sent. */
	toJSON?(): SentFlinksPayError;
};

const OUTCOMES: readonly unknown[] = ["not_sent", "rejected", "unknown"] satisfies Outcome[];

/**
 * Whether a value is a failure of this package, by its shape: it holds for the error itself, for one of another copy of the
 * package, and for whatever `toJSON()` gave after any copy. `instanceof` holds for the first of these alone, and
 * `structuredClone` of the error itself leaves nothing that could be known.
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
