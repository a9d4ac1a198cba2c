// What goes in and what comes out. The same schemas validate and make the OpenAPI document.

import { z } from "@hono/zod-openapi";
import type * as told from "flinkspay-edge/merchant";

z.config({
	customError: ({ code, input }) => (code === "invalid_type" && input === undefined ? "is required" : undefined),
});

/** All the words of a type of the package, and no others: its users read the type, and not the schema. */
type WordsOf<Word extends string> = z.ZodEnum<{ [Each in Word]: Each }>;
/** All the fields of a type of the package, and no others. */
type FieldsOf<T> = {
	[Name in keyof T]-?: Partial<Pick<T, Name>> extends Pick<T, Name>
		? z.ZodOptional<z.ZodType<T[Name]>>
		: z.ZodType<T[Name]>;
};

// These accept what the client accepts. Control characters and broken Unicode have no place in one line of text, nor has
// what turns the direction of the text around it: an operator would read something else than what is there. They are spelt
// out, since not every reader of the OpenAPI document knows \p{Cc}; for the same reason the document has neither
// look-around nor surrogates.
const TURNING = String.raw`\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069`;
const CONTROL = String.raw`\u0000-\u001f\u007f-\u009f\ufffd${TURNING}`;
const BROKEN = String.raw`${CONTROL}\ud800-\udfff`;
// Nothing is seen of these: format characters, fillers, variation selectors, the empty Braille cell and tags. Beside what
// can be seen they may stand, since some names are written with joiners.
const UNSEEN = String.raw`\s\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb${"\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}"}`;
// No mail server tells two addresses apart by a format character, and no person sees one.
const ATOM = String.raw`[^\s\p{Cf}${BROKEN}"(),.:;<>@[\\\]]+`;
const LABEL = `(?!-)${ATOM}(?<!-)`;

// The generator would write a pattern's flags into the document; there, all patterns are read as with `u`.
function text(pattern: string, message: string) {
	return z.string().regex(new RegExp(pattern, "u"), message).openapi({ pattern });
}

function line(most: number) {
	return text(
		`^(?=.*[^${UNSEEN}])[^${BROKEN}]{1,${most}}$`,
		`must be 1 to ${most} characters that say something, none of them a control character or one that turns the text`,
	).openapi({ pattern: `^[^${CONTROL}]*[^${UNSEEN}${CONTROL}][^${CONTROL}]*$`, minLength: 1, maxLength: most });
}

function email(most: number) {
	const pattern = new RegExp(`^(?=[^@]{1,64}@)(?=.{1,${most}}$)${ATOM}(\\.${ATOM})*@${LABEL}(\\.${LABEL})+$`, "u");
	return z
		.string()
		.refine((value) => pattern.test(value), "must be an e-mail address")
		.openapi({ format: "email", maxLength: most });
}

function digits(least: number, most: number) {
	const count = least === most ? `${least}` : `${least} to ${most}`;
	return text(`^[0-9]{${least},${most}}$`, `must be ${count} digits`);
}

/** Dollars above zero, as text. */
function money(most: number) {
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

/** Passed on as it is. Not z.record, which drops a key named __proto__. What is too deep, the client refuses. */
function open(description: string) {
	return z
		.custom<Record<string, unknown>>(
			(value) => typeof value === "object" && value !== null && !Array.isArray(value),
			"must be an object",
		)
		.openapi({ type: "object", additionalProperties: true, description });
}

const reference = (most: number) =>
	line(most).openapi({ description: "Your id for this payment.", example: "order-1001" });

const id = z
	.string()
	.openapi({ description: "The id of the payment.", example: "3-5f2c1f0e-3a53-4c0e-8a44-3f3b0d3b7a10" });

const flinksId = text("^[A-Za-z0-9-]{1,64}$", "must be 1 to 64 letters, digits and hyphens");
const sessionId = flinksId.openapi({ description: "Flinks' id of the session." });
const requestId = flinksId.openapi({ description: "Flinks' id of the payment request, which `interac` alone has." });

const status = z.string().openapi({
	description:
		"Flinks' own word, also where it is one that no page documents; or, while there is none, one of ours: " +
		"`in_progress`, `rejected`, `unknown` (nobody knows whether the payment exists: look it up at Flinks) and " +
		"`not_created` (an `unknown` one that was resolved). Two of ours stand in place of Flinks': `mismatch` (its last answer " +
		"is not about this payment as it was asked for, and counts for nothing) and `guarantee_waiting` (a guarantee waits for " +
		"your decision). `unrecognized` stands for a text of Flinks' that is no word. Only `paid` says that it is paid.",
	example: "Initiated",
});
const statusDetails = z.string().optional().openapi({ description: "Flinks' reason, such as `EFT0301`." });
/** Where the money is: the package's words. */
const Funds = z.enum(["none", "scheduled", "guaranteed", "settled", "returned"]).openapi({
	description:
		"Where the money is. `scheduled` is a regular EFT, which a bank may return for days; `guaranteed` and `settled` are " +
		"money; `returned` is money that is gone.",
}) satisfies WordsOf<told.Payment["funds"]>;
export type Funds = z.infer<typeof Funds>;
const paid = z.boolean().openapi({ description: "Whether it is money: true for `guaranteed` and `settled` alone." });
const final = z.boolean().openapi({
	description: "True where Flinks documents no word that follows. What is paid may be returned all the same.",
});
const time = z.iso.datetime();

/** The headers of `POST /payments`. */
export const IdempotencyHeaders = z.object({
	"Idempotency-Key": z
		.string("is required")
		.regex(/^[\x21-\x7e]{1,255}$/, "must be 1 to 255 visible ASCII characters")
		.openapi({
			description:
				"One for each payment that you want: 1 to 255 visible ASCII characters. The same key has the same answer.",
			example: "order-1001-1",
		}),
});

const language = z.enum(["EN", "FR"]).optional();

const payee = z
	.strictObject({
		account: z.strictObject({
			institutionCode: digits(3, 3),
			transitNumber: digits(5, 5),
			accountNumber: digits(7, 12),
			accountLabel: line(100).optional(),
		}),
	})
	.optional()
	.openapi({ description: "The account that is paid to, where it is not your default one." });

const eftPayor = z.strictObject({
	firstName: line(100),
	middleName: line(100).optional(),
	lastName: line(100),
	email: email(100).optional(),
	phone: digits(1, 15).optional(),
	occupation: line(100).optional(),
	dateOfBirth: text("^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", "must be a day, such as 1985-03-15")
		.optional()
		.openapi({ example: "1985-03-15" }),
	address: z
		.strictObject({
			addressLine1: line(100).optional(),
			addressLine2: line(100).optional(),
			unit: line(100).optional(),
			city: line(100).optional(),
			province: text("^[A-Za-z]{2}$", "must be two letters").optional(),
			country: line(100).optional(),
			postalCode: text("^[A-Za-z0-9]{6}$", "must be six letters and digits, without a space").optional(),
		})
		.optional(),
});

const eftOptions = z
	.strictObject({
		notificationPreferences: z.strictObject({ language }).optional(),
		showConsentScreen: z.boolean().optional(),
		limits: z.strictObject({ minimumAmount: money(13).optional(), maximumAmount: money(13).optional() }).optional(),
		redirectPreferences: open("Passed on as it is: which modes there are is not public.").optional(),
	})
	.optional();

// All are strict, since a misspelt field would otherwise be lost without a word.
const InteracParams = z
	.strictObject({
		// Without `default`: some generators want whatever has one to be there.
		product: z.literal("interac").optional().openapi({ description: "Interac e-Transfer by v1, the default." }),
		referenceId: reference(255),
		amount: money(13),
		customerName: line(255).openapi({
			description: "The payor, as the bank account's holder is called.",
			example: "Ada Tremblay",
		}),
		customerEmail: email(254).openapi({ description: "The payor's e-mail address.", example: "ada@example.com" }),
		clientUris: open("Passed on as it is. The keys are not public: Flinks tells you which it knows.").optional(),
	})
	.openapi("InteracParams");

const ETransferParams = z
	.strictObject({
		product: z.literal("e-transfer").openapi({ description: "Interac e-Transfer by v2." }),
		referenceId: reference(100),
		amount: money(13).optional(),
		direction: z.enum(["DEBIT", "CREDIT"]).optional(),
		payor: z.strictObject({
			firstName: line(100),
			middleName: line(100).optional(),
			lastName: line(100),
			email: email(254),
		}),
		payee,
		options: z
			.strictObject({
				notificationPreferences: z
					.strictObject({
						sendInteracLink: z.boolean().optional().openapi({ description: "Whether Flinks e-mails the link." }),
						language,
					})
					.optional(),
			})
			.optional(),
	})
	.openapi("ETransferParams");

const EftParams = z
	.strictObject({
		product: z.literal("eft").openapi({ description: "EFT." }),
		referenceId: reference(100),
		amount: money(13).optional(),
		payor: eftPayor,
		options: eftOptions,
	})
	.openapi("EftParams");

const GeftParams = z
	.strictObject({
		product: z.literal("geft").openapi({ description: "Guaranteed EFT." }),
		referenceId: reference(100),
		amount: money(13)
			.optional()
			.openapi({ description: "`99999.99` at most, or what `FLINKS_LARGEST_GEFT_AMOUNT` says." }),
		payor: eftPayor,
		payee,
		options: eftOptions,
	})
	.openapi("GeftParams");

/** The products that must be named. */
const SessionParams = z.discriminatedUnion("product", [ETransferParams, EftParams, GeftParams]);

/**
 * The body of `POST /payments`. A discriminator is required wherever it stands, so the document has one for the products
 * that must be named, and none for the choice between them and `interac`.
 */
export const PaymentParams = z
	.discriminatedUnion("product", [InteracParams, SessionParams], {
		error: ({ code }) => (code === "invalid_union" ? 'must be "interac", "e-transfer", "eft" or "geft"' : undefined),
	})
	.openapi("PaymentParams");
export type PaymentParams = z.infer<typeof PaymentParams>;
export type PaymentProduct = NonNullable<PaymentParams["product"]>;

/** The answer of `POST /payments`. */
export const CreatedPayment = z
	.object({
		id,
		requestId: requestId.optional(),
		sessionId,
		referenceId: z.string(),
		appUrl: z
			.url()
			.openapi({ description: "Where the payor pays. Whoever has it can act as the payor: keep it private." }),
		status,
	})
	.openapi("CreatedPayment");
export type CreatedPayment = z.infer<typeof CreatedPayment>;

const paymentId = text("^[A-Za-z0-9-]{1,64}$", "must be 1 to 64 letters, digits and hyphens").toLowerCase();

/** The path of the routes about one payment. */
export const PaymentPath = z.object({ id: paymentId.openapi({ param: { name: "id", in: "path" } }) });

const Delivery = z.enum(["pending", "delivered", "dead"]).openapi({
	description: "Whether you were told of its last change: `dead` after three days of tries.",
});
export type Delivery = z.infer<typeof Delivery>;

/** What a message to the merchant is about. */
export const MessageType = z.enum([
	...["payment.created", "payment.rejected", "payment.unknown", "payment.updated", "payment.resolved"],
	...["payment.returned", "payment.mismatch", "payment.guarantee_waiting", "payment.abandoned"],
] as const) satisfies WordsOf<told.MessageType>;
export type MessageType = z.infer<typeof MessageType>;

/** What a message has the merchant do with his books. */
const Effect = z.enum(["credit", "reverse", "none"]).openapi({
	description:
		"What to do in your books: `credit` in one message at most for each payment, `reverse` in one at most after it. What is " +
		"sent again keeps its own.",
}) satisfies WordsOf<told.Effect>;
export type Effect = z.infer<typeof Effect>;

const Mismatch = z.enum(["reference", "amount", "returned"]).openapi({
	description: "What did not fit in Flinks' last answer: `returned` is money after it was returned.",
}) satisfies WordsOf<NonNullable<told.Payment["mismatch"]>>;
export type Mismatch = z.infer<typeof Mismatch>;

const Guarantee = z.enum(["waiting", "accepted", "refused"]).openapi({
	description: "Of `geft`: whether the guarantee waits for your decision, or what was decided.",
}) satisfies WordsOf<NonNullable<told.Payment["guarantee"]>>;
export type Guarantee = z.infer<typeof Guarantee>;

/** What is known of a payment. */
export const PaymentView = z
	.object({
		id,
		product: z.enum(["interac", "e-transfer", "eft", "geft"]),
		requestId: requestId.optional(),
		sessionId: sessionId.optional(),
		referenceId: z.string(),
		amount: z.string().optional().openapi({ description: "As it was asked for, until it is purged." }),
		status,
		statusDetails,
		funds: Funds,
		paid,
		paidAmount: z.string().optional().openapi({
			description: "How much it is, by Flinks' figure, once `funds` is not `none`. Credit this, and not `amount`.",
		}),
		amountDiffers: z
			.literal(true)
			.optional()
			.openapi({ description: "Where that is another amount than was asked for." }),
		final,
		mismatch: Mismatch.optional(),
		guarantee: Guarantee.optional(),
		returnCode: z.string().optional().openapi({ description: "The bank's, of three digits, of an EFT that failed." }),
		returnAdvice: z.string().optional().openapi({ description: "What Flinks advises for that code." }),
		createdAt: time,
		readAt: time.optional().openapi({ description: "When Flinks was asked last." }),
		delivery: Delivery.optional(),
	} satisfies FieldsOf<told.Payment & { delivery?: Delivery }>)
	.openapi("Payment");
export type PaymentView = z.infer<typeof PaymentView>;

const MessagePayment = PaymentView.omit({ delivery: true }).openapi("MessagePayment");

/** What the merchant is sent. */
export const Message = z
	.object({
		type: MessageType,
		timestamp: time.openapi({ description: "When the change was." }),
		sequence: z.int().openapi({ description: "Rises with each change of a payment, from 1." }),
		effect: Effect,
		data: MessagePayment,
	} satisfies FieldsOf<Omit<told.PaymentMessage, "data">> & { data: typeof MessagePayment })
	.openapi("Message");
export type Message = z.infer<typeof Message>;

/** What the merchant was to be told, with the id by which he knows it. */
const RecordedMessage = Message.extend({
	id: z
		.string()
		.openapi({ description: "The `webhook-id` under which your endpoint is told of it.", example: "msg_1" }),
}).openapi("RecordedMessage");
export type RecordedMessage = z.infer<typeof RecordedMessage>;

/** In a query, a + that is not escaped arrives as a space. */
const timeInQuery = z.iso.datetime({
	offset: true,
	error: ({ input }) =>
		typeof input === "string" && / \d{2}:?\d{2}$/.test(input)
			? "has a space where a + must have been: + must be written %2B, or use Z"
			: "must be a time such as 2026-01-01T00:00:00Z",
});

/** The query of the routes that have none. */
export const NoQuery = z.strictObject({});

const limit = z
	.string()
	.regex(/^([1-9][0-9]?|100)$/, "must be a whole number from 1 to 100")
	.transform(Number)
	.optional()
	.openapi({ type: "integer", minimum: 1, maximum: 100, default: 50 });

/** The query of `GET /payments`. */
export const PaymentsQuery = z.strictObject({
	referenceId: line(255).optional().openapi({ description: "Payments with this id of yours alone." }),
	funds: Funds.optional(),
	status: line(64).optional().openapi({ description: "Payments with this status alone.", example: "unknown" }),
	delivery: Delivery.optional(),
	from: timeInQuery.optional().openapi({ description: "Created at this time or later." }),
	to: timeInQuery.optional().openapi({ description: "Created before this time." }),
	limit,
	cursor: z
		.string()
		.regex(/^[0-9]{1,15}\.[0-9a-f-]{38,40}$/, "must be the `next` of the page before")
		.optional()
		.openapi({ description: "The `next` of the page before." }),
});

/** Objects of which a page has nothing. */
const missing = z.array(z.int()).optional();

/** The answer of `GET /payments`. */
export const PaymentsPage = z
	.object({
		payments: z.array(PaymentView).openapi({ description: "The newest first." }),
		next: z.string().optional().openapi({ description: "The `cursor` of the next page, where there is one." }),
		missing: missing.openapi({
			description:
				"Objects of the ledger that did not answer in time: their payments are not on this page. Ask for it again.",
		}),
	})
	.openapi("Payments");
export type PaymentsPage = z.infer<typeof PaymentsPage>;

/** The query of `GET /events`. */
export const FeedQuery = z.strictObject({
	paymentId: paymentId.optional().openapi({ description: "Changes of this payment alone." }),
	type: MessageType.optional().openapi({ description: "Changes of this type alone." }),
	limit,
	cursor: z
		.string()
		.regex(
			/^(latest|[0-9a-z]{1,10}(\.[0-9a-z]{1,10})*)$/,
			"must be `latest`, or the `next` of the page before; leave it out to begin with the first change",
		)
		.optional()
		.openapi({
			description:
				"The `next` of the page before; without it, from the first change on. `latest` gives no events, and the `next` " +
				"after which those of later stand.",
		}),
});

/** The answer of `GET /events`. */
export const FeedPage = z
	.object({
		events: z.array(RecordedMessage).openapi({
			description: "What your endpoint is told, by the time of the changes; those of one payment in their `sequence`.",
		}),
		next: z.string().openapi({ description: "The `cursor` of the next page, also where there is nothing on it yet." }),
		more: z.boolean().openapi({
			description: "Whether there is more already. A page with a `type` may be empty and have more after it.",
		}),
		missing: missing.openapi({
			description: "Objects of the ledger that did not answer in time: what they have comes later, and is not lost.",
		}),
	})
	.openapi("Events");
export type FeedPage = z.infer<typeof FeedPage>;

/** The body of `POST /payments/{id}/resolution`. */
export const Resolution = z
	.strictObject({
		outcome: z.enum(["created", "not_created", "unknown"]).openapi({
			description:
				"What you found at Flinks. For `created` it is looked up there by the id that you give. `unknown` takes a " +
				"resolution back, while nothing is paid.",
		}),
		requestId: requestId.optional().openapi({ description: "What Flinks calls it: needed for `interac`." }),
		sessionId: sessionId.optional().openapi({ description: "What Flinks calls it: needed for the other products." }),
	})
	.openapi("Resolution");
export type Resolution = z.infer<typeof Resolution>;

/** The body of `POST /payments/{id}/guarantee`. */
export const Decision = z
	.strictObject({ accepted: z.boolean().openapi({ description: "Whether you take the guarantee as it is offered." }) })
	.openapi("Decision");

/** Something that happened to a payment. */
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
		funds: Funds.optional().openapi({ description: "Not of events that version 0.1.0 has written." }),
		paid,
		final,
		amount: z.string().optional().openapi({ description: "How much it is, where there is money or is to be." }),
	}),
	z.object({
		type: z.literal("mismatch"),
		what: Mismatch,
		found: z.string().optional().openapi({ description: "The other reference or amount." }),
	}),
	z.object({ type: z.literal("guarantee_waiting") }),
	z.object({ type: z.literal("guarantee"), accepted: z.boolean(), by: z.string() }),
	z.object({ type: z.literal("unknown_webhook"), name: z.string().optional() }),
	z.object({ type: z.literal("webhook"), status: z.string(), statusDetails }),
	z.object({ type: z.literal("read_failed"), code: z.string() }),
	z.object({ type: z.literal("abandoned") }),
	z.object({
		type: z.literal("claim_refused"),
		owner: z.string().openapi({ description: "The payment that has the id." }),
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

/** An event with its time: each has its own, since generated clients lose fields of a union that is extended as a whole. */
const TimelineEvent = z.discriminatedUnion("type", [timed(firstEvent), ...otherEvents.map((event) => timed(event))]);

function timed<Event extends (typeof PaymentEvent.options)[number]>(event: Event) {
	const words = event.shape.type.value.split("_").map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
	return event.extend({ at: time }).openapi(`${words.join("")}Event`);
}

/** The answer of `GET /payments/{id}/events`. */
export const Timeline = z
	.object({
		events: z.array(TimelineEvent).openapi({ description: "The oldest first; no secrets, and nobody's name." }),
	})
	.openapi("Timeline");
export type Timeline = z.infer<typeof Timeline>;

/** The answer of `GET /healthz`. */
export const Health = z.object({ status: z.literal("ok") }).openapi("Health");
