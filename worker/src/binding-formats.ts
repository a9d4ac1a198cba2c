// What the text of each binding must be.

import { z } from "@hono/zod-openapi";
import type { FlinksPayOptions } from "flinkspay-edge";
import type { TextBinding } from "./bindings.ts";

export const CLIENT_BINDINGS = {
	baseUrl: "FLINKS_BASE_URL",
	username: "FLINKS_USERNAME",
	password: "FLINKS_PASSWORD",
	instance: "FLINKS_INSTANCE",
	timeoutMs: "FLINKS_TIMEOUT_MS",
	deadlineMs: "FLINKS_DEADLINE_MS",
	credentialsIn: "FLINKS_CREDENTIALS_IN",
	basicEncoding: "FLINKS_BASIC_ENCODING",
	tokenHeader: "FLINKS_TOKEN_HEADER",
	amountAs: "FLINKS_AMOUNT_AS",
	largestGeftAmount: "FLINKS_LARGEST_GEFT_AMOUNT",
	clientId: "FLINKS_CLIENT_ID",
	warmTokens: "FLINKS_WARM_TOKENS",
} as const satisfies Partial<Record<keyof FlinksPayOptions, TextBinding>>;

export type ClientOption = keyof typeof CLIENT_BINDINGS;

export const whole = (most: number) =>
	z
		.string()
		.regex(/^[1-9][0-9]{0,8}$/)
		.transform(Number)
		.refine((value) => value <= most);
const milliseconds = whole(999_999_999).optional();

/** The client's options as text. The client itself checks further, such as for an origin. */
export const ClientOptions = z.object({
	baseUrl: z.string(),
	username: z.string(),
	password: z.string(),
	instance: z.string().optional(),
	timeoutMs: milliseconds,
	deadlineMs: milliseconds,
	credentialsIn: z.enum(["basic", "form"]).optional(),
	basicEncoding: z.enum(["raw", "rfc6749"]).optional(),
	tokenHeader: z.enum(["authorization", "bearertoken"]).optional(),
	amountAs: z.enum(["number", "string"]).optional(),
	largestGeftAmount: z.string().optional(),
	clientId: z.string().optional(),
	warmTokens: z
		.string()
		.regex(/^[0-9]{1,3}$/)
		.transform(Number)
		.optional(),
});

export const GuaranteePolicy = z.enum(["accept", "refuse", "ask"]);
export type GuaranteePolicy = z.infer<typeof GuaranteePolicy>;

export const returnDays = z
	.string()
	.regex(/^(0|[1-9][0-9]{0,2})$/)
	.transform(Number)
	.refine((days) => days <= 365);

export const headerName = z.string().regex(/^[\w-]{1,64}$/);

export const eventName = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);

// The characters that RFC 6750 allows in a bearer token.
export const apiKey = z
	.string()
	.regex(/^[A-Za-z0-9\-._~+/]+=*$/)
	.min(16);

/** A secret in the form of the Standard Webhooks specification, of 24 to 64 bytes. */
export const merchantSecret = z
	.string()
	.regex(/^whsec_(?=[^=]{32,86}=*$)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);

/** Origins as browsers write them. A list of nothing but commas is not valid. */
export const origins = z
	.string()
	.transform((text) => text.split(/[ ,]/).filter((origin) => origin !== ""))
	.refine((origins) => origins.length > 0 && origins.every(isOrigin));

export const orderSecret = z
	.string()
	.transform((text) => new TextEncoder().encode(text))
	.refine((bytes) => bytes.length >= 32);

/** Whether it is an origin as a browser writes it. A URL parser would take a wildcard for a name. */
function isOrigin(text: string): boolean {
	return /^https?:\/\/[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** Whether it is a URL with https, or with http on this machine. */
export function isPublicOrLoopback(text: string): boolean {
	if (!URL.canParse(text)) return false;
	const { protocol, hostname, username, password } = new URL(text);
	const isLoopback = ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
	return username === "" && password === "" && (protocol === "https:" || (protocol === "http:" && isLoopback));
}
