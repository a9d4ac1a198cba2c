// A payment, as the API answers it, and what is asked about payments.

import { z } from "@hono/zod-openapi";
import type * as merchant from "flinkspay-edge/merchant";
import {
	type FieldsOf,
	Funds,
	final,
	id,
	line,
	paid,
	requestId,
	sessionId,
	status,
	statusDetails,
	text,
	time,
	type WordsOf,
} from "./fields.ts";

export const CreatedPayment = z
	.object({
		id,
		requestId: requestId.optional(),
		sessionId,
		referenceId: z.string(),
		appUrl: z.url().openapi({
			description: "The link at which the payor pays. Whoever has it can act as the payor: keep it private.",
		}),
		status,
		capability: z.string().optional().openapi({
			description: "Only where a page sent an order: the bearer token that reads this payment, for a day.",
		}),
	})
	.openapi("CreatedPayment");
export type CreatedPayment = z.infer<typeof CreatedPayment>;

export const paymentId = text("^[A-Za-z0-9-]{1,64}$", "must be 1 to 64 letters, digits and hyphens").toLowerCase();

export const PaymentPath = z.object({ id: paymentId.openapi({ param: { name: "id", in: "path" } }) });

const Delivery = z.enum(["pending", "delivered", "dead"]).openapi({
	description:
		"`delivered`: your endpoint has taken all messages. `pending`: one waits. `dead`: one was not taken in three days of " +
		"attempts.",
});
export type Delivery = z.infer<typeof Delivery>;

export const Mismatch = z.enum(["reference", "amount", "returned"]).openapi({
	description: "What did not match in Flinks' last answer. `returned`: it says paid after the money was returned.",
}) satisfies WordsOf<NonNullable<merchant.Payment["mismatch"]>>;
export type Mismatch = z.infer<typeof Mismatch>;

const Guarantee = z.enum(["waiting", "accepted", "refused"]).openapi({
	description: "Of `geft`: whether the guarantee waits for your decision, or the decision.",
}) satisfies WordsOf<NonNullable<merchant.Payment["guarantee"]>>;
export type Guarantee = z.infer<typeof Guarantee>;

export const PaymentView = z
	.object({
		id,
		product: z.enum(["interac", "e-transfer", "eft", "geft"]),
		requestId: requestId.optional(),
		sessionId: sessionId.optional(),
		referenceId: z.string(),
		amount: z
			.string()
			.optional()
			.openapi({ description: "The amount that was asked for. Deleted after `RETENTION_DAYS`." }),
		status,
		statusDetails,
		funds: Funds,
		paid,
		paidAmount: z.string().optional().openapi({
			description: "Flinks' figure, once `funds` is not `none`. Credit this and not `amount`.",
		}),
		amountDiffers: z
			.literal(true)
			.optional()
			.openapi({ description: "Present where `paidAmount` differs from `amount`." }),
		final,
		mismatch: Mismatch.optional(),
		guarantee: Guarantee.optional(),
		returnCode: z.string().optional().openapi({ description: "The bank's three-digit code of an EFT that failed." }),
		returnAdvice: z.string().optional().openapi({ description: "What Flinks advises for that code." }),
		createdAt: time,
		readAt: time.optional().openapi({ description: "The time of the last read at Flinks." }),
		delivery: Delivery.optional(),
	} satisfies FieldsOf<merchant.Payment & { delivery?: Delivery }>)
	.openapi("Payment");
export type PaymentView = z.infer<typeof PaymentView>;

/** What a page may read with a capability. */
export const PaymentForPage = PaymentView.pick({
	...{ id: true, referenceId: true, status: true, funds: true, paid: true, final: true },
}).openapi("PaymentForPage");
export type PaymentForPage = z.infer<typeof PaymentForPage>;

/** In a query, an unescaped + arrives as a space. */
const timeInQuery = z.iso.datetime({
	offset: true,
	error: ({ input }) =>
		typeof input === "string" && / \d{2}:?\d{2}$/.test(input)
			? "has a space in place of a +: write + as %2B, or use Z"
			: "must be a time such as 2026-01-01T00:00:00Z",
});

/** The query of the routes that have none. */
export const NoQuery = z.strictObject({});

export const limit = z
	.string()
	.regex(/^([1-9][0-9]?|100)$/, "must be a whole number from 1 to 100")
	.transform(Number)
	.optional()
	.openapi({ type: "integer", minimum: 1, maximum: 100, default: 50 });

export const PaymentsQuery = z.strictObject({
	referenceId: line(255).optional().openapi({ description: "Only payments with this id of yours." }),
	funds: Funds.optional(),
	status: line(64).optional().openapi({ description: "Only payments with this status.", example: "unknown" }),
	delivery: Delivery.optional(),
	from: timeInQuery.optional().openapi({ description: "Created at this time or later." }),
	to: timeInQuery.optional().openapi({ description: "Created before this time." }),
	limit,
	cursor: z
		.string()
		.regex(/^[0-9]{1,15}\.[0-9a-f-]{38,40}$/, "must be the `next` of the previous page")
		.optional()
		.openapi({ description: "The `next` of the previous page." }),
});

export const missing = z.array(z.int()).optional();

export const PaymentsPage = z
	.object({
		payments: z.array(PaymentView).openapi({ description: "The newest first." }),
		next: z.string().optional().openapi({ description: "The `cursor` of the next page, where there is one." }),
		missing: missing.openapi({
			description:
				"The objects of the ledger that did not answer in time. Their payments are not on this page: ask for it again.",
		}),
	})
	.openapi("Payments");
export type PaymentsPage = z.infer<typeof PaymentsPage>;

export const Resolution = z
	.strictObject({
		outcome: z.enum(["created", "not_created", "unknown"]).openapi({
			description:
				"What you found at Flinks. `created`: the Worker looks it up there by the id that you give. `unknown`: takes an earlier " +
				"resolution back, while nothing is paid.",
		}),
		requestId: requestId
			.optional()
			.openapi({ description: "Flinks' id of the payment request. Required for `interac`." }),
		sessionId: sessionId
			.optional()
			.openapi({ description: "Flinks' id of the session. Required for the other products." }),
	})
	.openapi("Resolution");
export type Resolution = z.infer<typeof Resolution>;

export const Decision = z
	.strictObject({
		accepted: z.boolean().openapi({ description: "Whether you accept the guarantee as it is offered." }),
	})
	.openapi("Decision");
