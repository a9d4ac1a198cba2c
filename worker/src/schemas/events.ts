// What happened to payments: messages to the merchant, the feed of all messages, and the timeline of one payment.

import { z } from "@hono/zod-openapi";
import type * as merchant from "flinkspay-edge/merchant";
import {
	type FieldsOf,
	Funds,
	final,
	paid,
	requestId,
	sessionId,
	statusDetails,
	time,
	type WordsOf,
} from "./fields.ts";
import { limit, Mismatch, missing, PaymentView, paymentId, Resolution } from "./payment.ts";

export const MessageType = z.enum([
	...["payment.created", "payment.rejected", "payment.unknown", "payment.updated", "payment.resolved"],
	...["payment.returned", "payment.mismatch", "payment.guarantee_waiting", "payment.abandoned"],
] as const) satisfies WordsOf<merchant.MessageType>;
export type MessageType = z.infer<typeof MessageType>;

const Effect = z.enum(["credit", "reverse", "none"]).openapi({
	description:
		"What to do in your books: `credit` in at most one message of a payment, `reverse` in at most one after it. A message that is " +
		"sent again keeps its effect.",
}) satisfies WordsOf<merchant.Effect>;
export type Effect = z.infer<typeof Effect>;

const MessagePayment = PaymentView.omit({ delivery: true }).openapi("MessagePayment");

export const Message = z
	.object({
		type: MessageType,
		timestamp: time.openapi({ description: "The time of the change." }),
		sequence: z.int().openapi({ description: "Rises with each change of a payment, from 1." }),
		effect: Effect,
		data: MessagePayment,
	} satisfies FieldsOf<Omit<merchant.PaymentMessage, "data">> & { data: typeof MessagePayment })
	.openapi("Message");
export type Message = z.infer<typeof Message>;

const RecordedMessage = Message.extend({
	id: z.string().openapi({ description: "The `webhook-id` with which your endpoint is sent it.", example: "msg_1" }),
}).openapi("RecordedMessage");
export type RecordedMessage = z.infer<typeof RecordedMessage>;

export const FeedQuery = z.strictObject({
	paymentId: paymentId.optional().openapi({ description: "Only changes of this payment." }),
	type: MessageType.optional().openapi({ description: "Only changes of this type." }),
	limit,
	cursor: z
		.string()
		.regex(
			/^(latest|[0-9a-z]{1,10}(\.[0-9a-z]{1,10})*)$/,
			"must be `latest` or the `next` of the previous page; leave it out to begin with the first change",
		)
		.optional()
		.openapi({
			description:
				"The `next` of the previous page. Without it the page begins with the first change. `latest`: no events, and the `next` " +
				"from which later ones are read.",
		}),
});

export const FeedPage = z
	.object({
		events: z.array(RecordedMessage).openapi({
			description:
				"The messages to your endpoint, by the time of the changes; those of one payment by their `sequence`.",
		}),
		next: z.string().openapi({ description: "The `cursor` of the next page, even where that is still empty." }),
		more: z.boolean().openapi({
			description: "Whether there are more events now. A page with a `type` may be empty and have more after it.",
		}),
		missing: missing.openapi({
			description: "The objects of the ledger that did not answer in time. Their events come on a later page.",
		}),
	})
	.openapi("Events");
export type FeedPage = z.infer<typeof FeedPage>;

export const PaymentEvent = z.discriminatedUnion("type", [
	z.object({
		type: z.literal("attempt"),
		stage: z.string(),
		attempt: z.int(),
		httpStatus: z.int().optional(),
		outcome: z.enum(["ok", "not_sent", "rejected", "unknown"]),
		durationMs: z.int(),
	}),
	z.object({
		type: z.literal("outcome"),
		outcome: z.enum(["created", "rejected", "unknown"]),
		code: z.string().optional(),
	}),
	z.object({
		type: z.literal("status"),
		status: z.string(),
		statusDetails,
		funds: Funds.optional().openapi({ description: "Absent from events that the first build of 0.1.0 wrote." }),
		paid,
		final,
		amount: z.string().optional().openapi({ description: "Flinks' figure, once `funds` is not `none`." }),
	}),
	z.object({
		type: z.literal("mismatch"),
		what: Mismatch,
		found: z.string().optional().openapi({ description: "The reference or amount that Flinks named." }),
	}),
	z.object({ type: z.literal("guarantee_waiting") }),
	z.object({ type: z.literal("guarantee"), accepted: z.boolean(), by: z.string() }),
	z.object({ type: z.literal("unknown_webhook"), name: z.string().optional() }),
	z.object({ type: z.literal("webhook"), status: z.string(), statusDetails }),
	z.object({ type: z.literal("read_failed"), code: z.string() }),
	z.object({ type: z.literal("abandoned") }),
	z.object({
		type: z.literal("claim_refused"),
		owner: z.string().openapi({ description: "The payment that owns the id." }),
		sessionId: sessionId.optional(),
		requestId: requestId.optional(),
	}),
	z.object({ type: z.literal("cancel"), by: z.string() }),
	z.object({
		type: z.literal("resolution"),
		...Resolution.shape,
		by: z.string().openapi({ description: "The name of the API key." }),
	}),
	z.object({
		type: z.literal("delivery"),
		message: z.string().openapi({ description: "The `webhook-id`." }),
		event: MessageType,
		attempt: z.int(),
		httpStatus: z.int().optional(),
		outcome: z.enum(["delivered", "failed", "dead"]),
		nextAt: time.optional(),
	}),
	z.object({ type: z.literal("resend"), by: z.string() }),
	z.object({ type: z.literal("late_answer"), sessionId: sessionId.optional(), requestId: requestId.optional() }),
]);
export type PaymentEvent = z.infer<typeof PaymentEvent>;

const [firstEvent, ...otherEvents] = PaymentEvent.options;

/**
 * An event with its time. The time is added to each type: generated clients lose fields of a union that is extended as a
 * whole.
 */
const TimelineEvent = z.discriminatedUnion("type", [timed(firstEvent), ...otherEvents.map((event) => timed(event))]);

function timed<Event extends (typeof PaymentEvent.options)[number]>(event: Event) {
	const words = event.shape.type.value.split("_").map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
	return event.extend({ at: time }).openapi(`${words.join("")}Event`);
}

export const Timeline = z
	.object({
		events: z.array(TimelineEvent).openapi({ description: "The oldest first, without secrets and without names." }),
	})
	.openapi("Timeline");
export type Timeline = z.infer<typeof Timeline>;
