// What a payment is started with: the schemas validate it, and the OpenAPI document is made from them.

import { z } from "@hono/zod-openapi";
import { digits, email, line, money, open, reference, text } from "./fields.ts";

/** The headers of `POST /payments` with an API key. */
export const IdempotencyHeaders = z.object({
	"Idempotency-Key": z
		.string("is required")
		.regex(/^[\x21-\x7e]{1,255}$/, "must be 1 to 255 visible ASCII characters")
		.openapi({
			description:
				"1 to 255 visible ASCII characters, a new key for each payment. The same key gets the same answer. Required with " +
				"an API key; an order has its own.",
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
	.openapi({ description: "The account that is paid, where it is not your default one." });

const names = { firstName: line(100), middleName: line(100).optional(), lastName: line(100) };

const eftPayor = z.strictObject({
	...names,
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
		redirectPreferences: open("Passed on unchanged. The modes are not public.").optional(),
	})
	.optional();

// All are strict, since a misspelt field would otherwise be lost silently.
const InteracParams = z
	.strictObject({
		// Without `default`: some generators require a field that has one.
		product: z.literal("interac").optional().openapi({ description: "Interac e-Transfer by v1, the default." }),
		referenceId: reference(255),
		amount: money(13),
		customerName: line(255).openapi({
			description: "The payor: the name of the account holder.",
			example: "Ada Tremblay",
		}),
		customerEmail: email(254).openapi({ description: "The payor's e-mail address.", example: "ada@example.com" }),
		clientUris: open("Passed on unchanged. The keys are not public: Flinks tells you which it knows.").optional(),
	})
	.openapi("InteracParams");

const ETransferParams = z
	.strictObject({
		product: z.literal("e-transfer").openapi({ description: "Interac e-Transfer by v2." }),
		referenceId: reference(100),
		amount: money(13).optional(),
		direction: z.enum(["DEBIT", "CREDIT"]).optional(),
		payor: z.strictObject({ ...names, email: email(254) }),
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
			.openapi({ description: "At most `99999.99`, or the value of `FLINKS_LARGEST_GEFT_AMOUNT`." }),
		payor: eftPayor,
		payee,
		options: eftOptions,
	})
	.openapi("GeftParams");

/** The body of `POST /payments` from a page: what is paid is in the order. */
export const SignedOrder = z
	.strictObject({
		order: z
			.string()
			.max(8_192)
			.openapi({ description: "A JWT of the merchant's back end, signed with `ORDER_SECRET` (HS256)." }),
	})
	.openapi("SignedOrder");

/** The products whose name is required. */
const SessionParams = z.discriminatedUnion("product", [ETransferParams, EftParams, GeftParams]);

/**
 * The body of `POST /payments` with an API key. Generators require the discriminator's field. So the document has a
 * discriminator for the products whose name is required, and none for the choice between them and `interac`.
 */
export const PaymentParams = z
	.discriminatedUnion("product", [InteracParams, SessionParams], {
		error: ({ code }) => (code === "invalid_union" ? 'must be "interac", "e-transfer", "eft" or "geft"' : undefined),
	})
	.openapi("PaymentParams");
export type PaymentParams = z.infer<typeof PaymentParams>;
export type PaymentProduct = NonNullable<PaymentParams["product"]>;
