// An order: a JWT of the merchant, by whatever library, with a payment and its amount. Where its signature is right, a
// problem names the claim that is wrong, for the merchant's engineer.

import { errors, type JWTPayload, jwtVerify } from "jose";
import { isTooDeep, TOO_DEEP } from "./body.ts";
import { ProblemError } from "./problem.ts";
import { PaymentParams } from "./schemas/params.ts";

const ALGORITHM = "HS256";
const AUDIENCE = "flinkspay-edge";

/** How far two machines' clocks may differ, in seconds. */
const TOLERANCE = 60;
const DAY = 86_400;
const MAX_DAYS = 7;

/** What each claim must be. Completes a sentence. */
const MUST: Readonly<Record<string, string>> = {
	aud: `must be "${AUDIENCE}"`,
	exp: `must be the end of the order: a number of seconds (not milliseconds) since 1970, at most ${MAX_DAYS} days from now`,
	iat: "must be the time of the signature: a number of seconds (not milliseconds) since 1970, and not in the future",
	nbf: "must be the start of the order: a number of seconds (not milliseconds) since 1970, and not in the future",
	jti: "must be the order's id: 1 to 128 visible ASCII characters, or a whole number",
	payment: "must be an object: the body of POST /payments",
};

/** An order's id and payment, as the merchant has signed them. */
export interface Order {
	id: string;
	payment: object;
}

/** Verifies an order: its signature and its times. */
export async function orderOf(jwt: string, secret: Uint8Array): Promise<Order> {
	const claims = await claimsOf(jwt, secret);
	const now = Date.now() / 1000;
	if ((claims.exp ?? Number.POSITIVE_INFINITY) > now + MAX_DAYS * DAY + TOLERANCE) throw wrong("exp");
	if ((claims.iat ?? 0) > now + TOLERANCE) throw wrong("iat");
	return { id: idOf(claims), payment: paymentOf(claims) };
}

async function claimsOf(jwt: string, secret: Uint8Array): Promise<JWTPayload> {
	try {
		const { payload } = await jwtVerify(jwt, secret, {
			algorithms: [ALGORITHM],
			audience: AUDIENCE,
			clockTolerance: TOLERANCE,
			requiredClaims: ["exp", "jti", "payment"],
		});
		return payload;
	} catch (error) {
		if (error instanceof errors.JWTExpired) throw invalid("The order has expired. Get a new one.", "exp");
		if (error instanceof errors.JWTClaimValidationFailed) throw wrong(error.claim);
		throw invalid(
			"The order is not a JWT with a valid signature. Sign it with this deployment's ORDER_SECRET and HS256.",
		);
	}
}

/** A number is the same id as its digits: some libraries write numbers. */
function idOf({ jti }: { jti?: unknown }): string {
	const id = Number.isSafeInteger(jti) ? String(jti) : jti;
	if (typeof id === "string" && /^[\x21-\x7e]{1,128}$/.test(id)) return id;
	throw wrong("jti");
}

function paymentOf({ payment }: JWTPayload): object {
	if (typeof payment !== "object" || payment === null) throw wrong("payment");
	if (isTooDeep(payment)) throw new ProblemError("invalid_input", { field: "order.payment", detail: TOO_DEEP });
	return payment;
}

export function paramsOf({ payment }: Order): PaymentParams {
	const params = PaymentParams.safeParse(payment);
	if (!params.success) {
		const { path = [], message = "" } = params.error.issues[0] ?? {};
		throw new ProblemError("invalid_input", { field: ["order", "payment", ...path].join("."), detail: message });
	}
	// Without an amount Flinks' page would let the payor choose it.
	if (params.data.amount === undefined) {
		throw new ProblemError("invalid_input", {
			field: "order.payment.amount",
			detail: "is required: a page must not choose the amount",
		});
	}
	return params.data;
}

function wrong(claim: string): ProblemError {
	const must = MUST[claim];
	return invalid(must === undefined ? "A claim of the order is not valid." : `${claim} ${must}.`, claim);
}

function invalid(detail: string, claim?: string): ProblemError {
	const field = claim === undefined ? undefined : `order.${claim}`;
	return new ProblemError("order_invalid", { field, detail, headers: { "WWW-Authenticate": "Order" } });
}
