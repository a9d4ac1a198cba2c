// The fields that several schemas share.

import { z } from "@hono/zod-openapi";
import type { Payment } from "flinkspay-edge/merchant";

z.config({
	customError: ({ code, input }) => (code === "invalid_type" && input === undefined ? "is required" : undefined),
});

/** An enum of exactly the words of a type of the package. Its users read that type and not the schema. */
export type WordsOf<Word extends string> = z.ZodEnum<{ [Each in Word]: Each }>;
/** Exactly the fields of a type of the package. */
export type FieldsOf<T> = {
	[Name in keyof T]-?: Partial<Pick<T, Name>> extends Pick<T, Name>
		? z.ZodOptional<z.ZodType<T[Name]>>
		: z.ZodType<T[Name]>;
};

// The schemas accept what the client accepts. One line of text has no control characters, no broken Unicode and no
// characters that turn the direction of the text: an operator would read something else than what is there. The ranges
// are written out because not every reader of the OpenAPI document knows \p{Cc}. For the same reason the document has
// neither look-around nor surrogates.
const TURNING = String.raw`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069`;
const CONTROL = String.raw`\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffd${TURNING}`;
const BROKEN = String.raw`${CONTROL}\ud800-\udfff`;
// Invisible characters: format characters, fillers, variation selectors, the empty Braille cell and tags. They may stand
// beside visible ones, since some names are written with joiners.
const UNSEEN = String.raw`\s\u00ad\u034f\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb${"\u{110bd}\u{110cd}\u{13430}-\u{1343f}\u{1bca0}-\u{1bca3}\u{1d159}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}"}`;
// No mail server distinguishes addresses by an invisible character, and no person sees one.
const ATOM = String.raw`[^${UNSEEN}${BROKEN}"(),.:;<>@[\\\]]+`;
const LABEL = `(?!-)${ATOM}(?<!-)`;

// The generator would write a pattern's flags into the document, where every pattern is read as with `u`.
export function text(pattern: string, message: string) {
	return z.string().regex(new RegExp(pattern, "u"), message).openapi({ pattern });
}

export function line(most: number) {
	return text(
		`^(?=.*[^${UNSEEN}])[^${BROKEN}]{1,${most}}$`,
		`must be one line of 1 to ${most} characters, at least one of them visible, without control characters and characters that change the text direction`,
	).openapi({ pattern: `^[^${CONTROL}]*[^${UNSEEN}${CONTROL}][^${CONTROL}]*$`, minLength: 1, maxLength: most });
}

export function email(most: number) {
	const pattern = new RegExp(`^(?=[^@]{1,64}@)(?=.{1,${most}}$)${ATOM}(\\.${ATOM})*@${LABEL}(\\.${LABEL})+$`, "u");
	return z
		.string()
		.refine((value) => pattern.test(value), "must be an e-mail address")
		.openapi({ format: "email", maxLength: most });
}

export function digits(least: number, most: number) {
	const count = least === most ? `${least}` : `${least} to ${most}`;
	return text(`^[0-9]{${least},${most}}$`, `must be ${count} digits`);
}

/** Dollars above zero, as text. */
export function money(most: number) {
	return z
		.string({
			error: ({ input }) =>
				typeof input === "number"
					? 'must be text such as "12.50": a JSON number cannot hold every amount of cents'
					: undefined,
		})
		.regex(
			new RegExp(`^(?=.*[1-9])(0|[1-9][0-9]{0,${most - 1}})(\\.[0-9]{1,2})?$`),
			`must be dollars above zero, with ${most} digits before the point and two decimals at most`,
		)
		.openapi({ description: "Canadian dollars as text, above zero.", example: "12.50" });
}

/**
 * An object that is passed on unchanged. Not z.record, which drops a key named __proto__. The client refuses one that is
 * nested too deep.
 */
export function open(description: string) {
	return z
		.custom<Record<string, unknown>>(
			(value) => typeof value === "object" && value !== null && !Array.isArray(value),
			"must be an object",
		)
		.openapi({ type: "object", additionalProperties: true, description });
}

export const reference = (most: number) =>
	line(most).openapi({ description: "Your id for this payment.", example: "order-1001" });

export const id = z
	.string()
	.openapi({ description: "The id of the payment.", example: "3-5f2c1f0e-3a53-4c0e-8a44-3f3b0d3b7a10" });

const flinksId = text("^[A-Za-z0-9-]{1,64}$", "must be 1 to 64 letters, digits and hyphens");
export const sessionId = flinksId.openapi({ description: "Flinks' id of the session." });
export const requestId = flinksId.openapi({
	description: "Flinks' id of the payment request, which `interac` alone has.",
});

export const status = z.string().openapi({
	description:
		"Flinks' own word, even an undocumented one; or, while there is none, one of the Worker's: " +
		"`in_progress`, `rejected`, `unknown` (nobody knows whether the payment exists: look it up at Flinks) and " +
		"`not_created` (an `unknown` one that was resolved). Two of the Worker's replace Flinks': `mismatch` (Flinks' last answer " +
		"does not match this payment, and is ignored) and `guarantee_waiting` (a guarantee waits for " +
		"your decision). `unrecognized` replaces a text of Flinks' that is not a word. Only `paid` says that it is paid.",
	example: "Initiated",
});
export const statusDetails = z.string().optional().openapi({ description: "Flinks' reason, such as `EFT0301`." });
export const Funds = z.enum(["none", "scheduled", "guaranteed", "settled", "returned"]).openapi({
	description:
		"Where the money is. `scheduled` is a regular EFT, which a bank may return for days; `guaranteed` and `settled` are " +
		"money; `returned` is money that is gone.",
}) satisfies WordsOf<Payment["funds"]>;
export type Funds = z.infer<typeof Funds>;
export const paid = z
	.boolean()
	.openapi({ description: "Whether it is money: true for `guaranteed` and `settled` alone." });
export const final = z.boolean().openapi({
	description: "True where Flinks documents no word that follows. What is paid may be returned all the same.",
});
export const time = z.iso.datetime();
