// What an order must be: a JWT that the merchant has signed, by whatever library, and a payment with an amount in it. What
// is wrong with one that is signed is told by the claim's name, since a merchant's engineer reads it.

import { errors, type JWTPayload, jwtVerify } from "jose";
import { isTooDeep, TOO_DEEP } from "./body.ts";
import { ProblemError } from "./problem.ts";
import { PaymentParams } from "./schemas.ts";

const ALGORITHM = "HS256";
const AUDIENCE = "flinkspay-edge";

/** The clocks of two machines may differ by as much, in seconds. */
const TOLERANCE = 60;
const DAY = 86_400;
const MOST_DAYS = 7;

/** What each claim must be. */
const MUST: Readonly<Record<string, string>> = {
	aud: `must be "${AUDIENCE}"`,
	exp: `must be when the order ends: a number of seconds (not milliseconds) since 1970, ${MOST_DAYS} days from now at most`,
	iat: "must be when the order was signed: a number of seconds (not milliseconds) since 1970, and not in the future",
	nbf: "must be from when the order may be used: a number of seconds (not milliseconds) since 1970, and not in the future",
	jti: "must be the order's id: 1 to 128 visible ASCII characters, or a whole number",
	payment: "must be an object: the body of POST /payments",
};

/** An order's id, and what is to be paid, as the merchant has signed it. */
export interface Order {
	id: string;
	payment: object;
}

/** The order, where the merchant has signed it and its time has not passed. */
export async function orderOf(jwt: string, secret: Uint8Array): Promise<Order> {
	const claims = await verified(jwt, secret);
	const now = Date.now() / 1000;
	if ((claims.exp ?? Number.POSITIVE_INFINITY) > now + MOST_DAYS * DAY + TOLERANCE) throw wrong("exp");
	if ((claims.iat ?? 0) > now + TOLERANCE) throw wrong("iat");
	return { id: idOf(claims), payment: paymentOf(claims) };
}

async function verified(jwt: string, secret: Uint8Array): Promise<JWTPayload> {
	try {
		const { payload } = await jwtVerify(jwt, secret, {
			algorithms: [ALGORITHM],
			audience: AUDIENCE,
			clockTolerance: TOLERANCE,
			requiredClaims: ["exp", "jti", "payment"],
		});
		return payload;
	} catch (error) {
		if (error instanceof errors.JWTExpired) throw invalid("The order has expired: ask for a new one.", "exp");
		if (error instanceof errors.JWTClaimValidationFailed) throw wrong(error.claim);
		throw invalid("The order is not a JWT that this deployment's ORDER_SECRET has signed with HS256.");
	}
}

/** Libraries that write a number mean the same id as those that write its digits. */
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

/** What an order asks for, where all of it can be used. */
export function paramsOf({ payment }: Order): PaymentParams {
	const params = PaymentParams.safeParse(payment);
	if (!params.success) {
		const { path = [], message = "" } = params.error.issues[0] ?? {};
		throw new ProblemError("invalid_input", { field: ["order", "payment", ...path].join("."), detail: message });
	}
	// Without one the payor's page would ask the payor how much to pay.
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
	return invalid(must === undefined ? "A claim of the order cannot be used." : `${claim} ${must}.`, claim);
}

function invalid(detail: string, claim?: string): ProblemError {
	const field = claim === undefined ? undefined : `order.${claim}`;
	return new ProblemError("order_invalid", { field, detail, headers: { "WWW-Authenticate": "Order" } });
}
