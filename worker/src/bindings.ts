// All bindings: the kind of each, what its value must be, and what is off while it is unusable. The types of the bindings
// are derived from this table, and a test compares worker/README.md and wrangler.jsonc with it.

/**
 * The kind: a `var` may be shown, a `secret` may not, an `object` is not text. `must`: the rest of the sentence "It must …".
 * `meanwhile`: what is off while it is unusable.
 */
type Known = readonly [kind: "var" | "secret" | "object", must: string, meanwhile: string];

const NO_PAYMENTS = "No payment can be started, cancelled, or read at Flinks.";
const NO_LEDGER = "No payment can be started or found.";
const NO_WEBHOOKS = "Webhooks of Flinks are answered 503, and statuses come by polls alone.";
const NO_MESSAGES = "Your endpoint gets no messages.";
const NO_ORDERS = "Pages can neither send orders nor read their payments.";
const DEFAULT_COUNTS = "Its default is used.";
const DAYS = "be a whole number of days from 0 to 365";
const NEW_ONE_ONLY = "Only the new one is accepted.";
const MILLISECONDS = "be a whole number of milliseconds from 1 to 999999999";
const HEADER = "be text that may stand in a header";
const KEY = "be 16 or more letters, digits and -._~+/, made at random: `openssl rand -hex 32` makes one";
const SIGNING = "be whsec_ and base64 of 24 to 64 bytes: `echo whsec_$(openssl rand -base64 32)` makes one";

export const BINDINGS = {
	FLINKS_BASE_URL: [
		"var",
		"be the origin that Flinks gave you, such as https://pay.example.com: https (http on this machine alone), without a path",
		NO_PAYMENTS,
	],
	FLINKS_USERNAME: [
		"secret",
		"be the user name that Flinks gave you, without control characters, and without a colon unless FLINKS_BASIC_ENCODING is rfc6749",
		NO_PAYMENTS,
	],
	FLINKS_PASSWORD: ["secret", "be the password that Flinks gave you, without control characters", NO_PAYMENTS],
	API_KEY: ["secret", KEY, "Every request that needs the key is refused."],
	LEDGER: [
		"object",
		"be the Durable Objects of the class Ledger, as the wrangler.jsonc that is shipped has it",
		NO_LEDGER,
	],
	LEDGER_SHARDS: ["var", "be a whole number from 1 to 256, the same as when the first payment was made", NO_LEDGER],
	STATUS_DEADLINE_HOURS: [
		"var",
		"be a whole number from 1 to 8760",
		"Polling has no deadline: statuses are read until they are final.",
	],
	RETENTION_DAYS: ["var", "be a whole number from 1 to 3650", "No amount and no timeline is deleted."],
	RETURN_DAYS_EFT: ["var", DAYS, DEFAULT_COUNTS],
	RETURN_DAYS_GEFT: ["var", DAYS, DEFAULT_COUNTS],
	RETURN_DAYS_E_TRANSFER: ["var", DAYS, DEFAULT_COUNTS],
	RETURN_DAYS_INTERAC: ["var", DAYS, DEFAULT_COUNTS],
	GUARANTEE_POLICY: ["var", "be accept, refuse or ask", "Each guarantee waits for a person."],
	FLINKS_GUARANTEE_EVENT: [
		"var",
		"be the name of an event: 1 to 64 letters, digits, dots, hyphens and underscores",
		"No webhook counts as a request for a decision.",
	],
	FLINKS_WEBHOOK_SECRET: ["secret", "be the secret that Flinks signs with", NO_WEBHOOKS],
	FLINKS_WEBHOOK_SCHEME: ["var", "be geft or flinks", NO_WEBHOOKS],
	FLINKS_WEBHOOK_HEADER: [
		"var",
		"be the name of a header: 1 to 64 letters, digits, hyphens and underscores",
		NO_WEBHOOKS,
	],
	MERCHANT_WEBHOOK_URL: ["var", "be a URL with https (http on this machine alone), without a user name", NO_MESSAGES],
	MERCHANT_WEBHOOK_SECRET: ["secret", SIGNING, NO_MESSAGES],
	ALLOWED_ORIGINS: [
		"var",
		"be origins such as https://shop.example, with spaces or commas between: without a wildcard, a path or a slash at the end",
		NO_ORDERS,
	],
	ORDER_SECRET: ["secret", "be 32 bytes or more: `openssl rand -base64 32` makes one", NO_ORDERS],
	API_KEY_PREVIOUS: ["secret", "be what API_KEY was, 16 or more characters", NEW_ONE_ONLY],
	FLINKS_WEBHOOK_SECRET_PREVIOUS: ["secret", "be what FLINKS_WEBHOOK_SECRET was", NEW_ONE_ONLY],
	MERCHANT_WEBHOOK_SECRET_PREVIOUS: ["secret", "be what MERCHANT_WEBHOOK_SECRET was", NEW_ONE_ONLY],
	FLINKS_INSTANCE: ["var", HEADER, NO_PAYMENTS],
	FLINKS_CLIENT_ID: ["var", HEADER, NO_PAYMENTS],
	FLINKS_TIMEOUT_MS: ["var", MILLISECONDS, NO_PAYMENTS],
	FLINKS_DEADLINE_MS: ["var", MILLISECONDS, NO_PAYMENTS],
	FLINKS_CREDENTIALS_IN: ["var", "be basic or form", NO_PAYMENTS],
	FLINKS_BASIC_ENCODING: ["var", "be raw or rfc6749", NO_PAYMENTS],
	FLINKS_TOKEN_HEADER: ["var", "be authorization or bearertoken", NO_PAYMENTS],
	FLINKS_AMOUNT_AS: ["var", "be number or string", NO_PAYMENTS],
	FLINKS_LARGEST_GEFT_AMOUNT: ["var", "be dollars above zero as text, such as 100000.00", NO_PAYMENTS],
	FLINKS_WARM_TOKENS: ["var", "be a whole number from 0 to 100", NO_PAYMENTS],
	RATE_LIMITER: ["object", "be a rate limiter of Cloudflare, as docs/deploy.md shows it", "Payments are not limited."],
} as const satisfies Record<string, Known>;

export type Binding = keyof typeof BINDINGS;

export type TextBinding = {
	[Name in Binding]: (typeof BINDINGS)[Name][0] extends "object" ? never : Name;
}[Binding];

/** Settings in code, by the names of their bindings. A number is the same as its text. */
export type WorkerVars = { readonly [Name in VarBinding]?: string | number };

/** The name of a binding that may be set in code. */
export type VarBinding = {
	[Name in Binding]: (typeof BINDINGS)[Name][0] extends "var" ? Name : never;
}[Binding];
