// What goes in and what comes out. The same schemas validate and make the OpenAPI document.

import { z } from "@hono/zod-openapi";

// These accept what the client accepts. Control characters and broken Unicode have no place in one line of text. They
// are spelt out, since not every reader of the OpenAPI document knows \p{Cc}.
const BROKEN = String.raw`\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffd`;
const LINE = new RegExp(`^(?=\\s*\\S)[^${BROKEN}]{1,255}$`, "u");
const ATOM = String.raw`[^\s${BROKEN}"(),.:;<>@[\\\]]+`;
const LABEL = `(?!-)${ATOM}(?<!-)`;
const EMAIL = new RegExp(`^(?=[^@]{1,64}@)(?=.{1,254}$)${ATOM}(\\.${ATOM})*@${LABEL}(\\.${LABEL})+$`, "u");

// The generator would write a pattern's flags into the document; there, all patterns are read as with `u`.
const line = z
	.string()
	.regex(LINE, "must be 1 to 255 characters, none of them a control character")
	.openapi({ pattern: LINE.source });

const referenceId = line.openapi({ description: "Your id for this payment.", example: "order-1001" });

const id = z
	.string()
	.openapi({ description: "The id of the payment.", example: "5f2c1f0e-3a53-4c0e-8a44-3f3b0d3b7a10" });

const status = z.string().openapi({
	description: "Flinks' own word, also where it is one that no page documents. Only `paid` says that it is paid.",
	example: "Initiated",
});

/** The headers of `POST /payments`. */
export const IdempotencyHeaders = z.object({
	"Idempotency-Key": z
		.string("is required")
		.regex(/^[\x21-\x7e]{1,255}$/, "must be 1 to 255 visible ASCII characters")
		.openapi({
			description: "One for each payment that you want: 1 to 255 visible ASCII characters.",
			example: "order-1001-1",
		}),
});

/** The body of `POST /payments`. Strict, since a misspelt `clientUris` would otherwise be lost without a word. */
export const PaymentParams = z
	.strictObject({
		product: z
			.enum(["interac"])
			.default("interac")
			.openapi({ description: "Interac e-Transfer is the only one so far." }),
		referenceId,
		amount: z
			.string({
				error: ({ input }) =>
					typeof input === "number"
						? 'must be text such as "12.50": a JSON number cannot hold every amount of cents'
						: undefined,
			})
			.regex(
				/^(?=.*[1-9])(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?$/,
				"must be dollars above zero, with two decimals at most",
			)
			.openapi({ description: "Canadian dollars as text, above zero.", example: "12.50" }),
		customerName: line.openapi({
			description: "The payor, as the bank account's holder is called.",
			example: "Ada Tremblay",
		}),
		customerEmail: z
			.string()
			.regex(EMAIL, "must be an e-mail address")
			.openapi({ pattern: EMAIL.source, description: "The payor's e-mail address.", example: "ada@example.com" }),
		// Not z.record, which drops a key named __proto__. What is too deep for the client, the client refuses.
		clientUris: z
			.custom<Record<string, unknown>>(
				(value) => typeof value === "object" && value !== null && !Array.isArray(value),
				"must be an object",
			)
			.optional()
			.openapi({
				type: "object",
				description: "Passed on as it is. The keys are not public: Flinks tells you which it knows.",
			}),
	})
	.openapi("PaymentParams");

/** The answer of `POST /payments`. */
export const CreatedPayment = z
	.object({
		id,
		requestId: z.string().openapi({ description: "Flinks' id of the payment request." }),
		sessionId: z.string().openapi({ description: "Flinks' id of the session." }),
		referenceId,
		appUrl: z
			.url()
			.openapi({ description: "Where the payor pays. Whoever has it can act as the payor: keep it private." }),
		status,
	})
	.openapi("CreatedPayment");

/** The path of `GET /payments/{id}`. */
export const PaymentPath = z.object({
	id: z
		.string()
		.regex(/^[A-Za-z0-9-]{1,64}$/, "must be 1 to 64 letters, digits and hyphens")
		.openapi({ param: { name: "id", in: "path" } }),
});

/** The answer of `GET /payments/{id}`. */
export const PaymentStatus = z
	.object({
		id,
		requestId: z.string().openapi({ description: "Flinks' id of the payment request." }),
		referenceId: z.string().optional().openapi({ description: "Your id, where Flinks returns it." }),
		status,
		paid: z.boolean().openapi({ description: "True for Accepted, Processed and Settled alone." }),
		final: z.boolean().openapi({ description: "True once the status cannot change any more." }),
	})
	.openapi("PaymentStatus");

/** The answer of `GET /healthz`. */
export const Health = z.object({ status: z.literal("ok") }).openapi("Health");
