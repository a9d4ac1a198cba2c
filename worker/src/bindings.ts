// All bindings: the kind of each, what its value must be, and what is off while it is unusable. The types of the bindings
// are derived from this table, and a test compares worker/README.md and wrangler.jsonc with it.

interface Known {
	/** A `var` may be shown, a `secret` may not, an `object` is not text. */
	kind: "var" | "secret" | "object";
	/** The rest of the sentence "It must …". */
	must: string;
	/** What is off while it is unusable. */
	meanwhile: string;
}

const NO_PAYMENTS = "No payment can be started, cancelled, or read at Flinks.";
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
	FLINKS_BASE_URL: {
		kind: "var",
		must: "be the origin that Flinks gave you, such as https://pay.example.com: https (http on this machine alone), without a path",
		meanwhile: NO_PAYMENTS,
	},
	FLINKS_USERNAME: {
		kind: "secret",
		must: "be the user name that Flinks gave you, without control characters, and without a colon unless FLINKS_BASIC_ENCODING is rfc6749",
		meanwhile: NO_PAYMENTS,
	},
	FLINKS_PASSWORD: {
		kind: "secret",
		must: "be the password that Flinks gave you, without control characters",
		meanwhile: NO_PAYMENTS,
	},
	API_KEY: { kind: "secret", must: KEY, meanwhile: "Every request that needs the key is refused." },
	LEDGER: {
		kind: "object",
		must: "be the Durable Objects of the class Ledger, as the wrangler.jsonc that is shipped has it",
		meanwhile: "No payment can be started or found.",
	},
	LEDGER_SHARDS: {
		kind: "var",
		must: "be a whole number from 1 to 256, the same as when the first payment was made",
		meanwhile: "No payment can be started or found.",
	},
	STATUS_DEADLINE_HOURS: {
		kind: "var",
		must: "be a whole number from 1 to 8760",
		meanwhile: "Polling has no deadline: statuses are read until they are final.",
	},
	RETENTION_DAYS: {
		kind: "var",
		must: "be a whole number from 1 to 3650",
		meanwhile: "No amount and no timeline is deleted.",
	},
	RETURN_DAYS_EFT: { kind: "var", must: DAYS, meanwhile: DEFAULT_COUNTS },
	RETURN_DAYS_GEFT: { kind: "var", must: DAYS, meanwhile: DEFAULT_COUNTS },
	RETURN_DAYS_E_TRANSFER: { kind: "var", must: DAYS, meanwhile: DEFAULT_COUNTS },
	RETURN_DAYS_INTERAC: { kind: "var", must: DAYS, meanwhile: DEFAULT_COUNTS },
	GUARANTEE_POLICY: { kind: "var", must: "be accept, refuse or ask", meanwhile: "Each guarantee waits for a person." },
	FLINKS_GUARANTEE_EVENT: {
		kind: "var",
		must: "be the name of an event: 1 to 64 letters, digits, dots, hyphens and underscores",
		meanwhile: "No webhook counts as a request for a decision.",
	},
	FLINKS_WEBHOOK_SECRET: { kind: "secret", must: "be the secret that Flinks signs with", meanwhile: NO_WEBHOOKS },
	FLINKS_WEBHOOK_SCHEME: { kind: "var", must: "be geft or flinks", meanwhile: NO_WEBHOOKS },
	FLINKS_WEBHOOK_HEADER: {
		kind: "var",
		must: "be the name of a header: 1 to 64 letters, digits, hyphens and underscores",
		meanwhile: NO_WEBHOOKS,
	},
	MERCHANT_WEBHOOK_URL: {
		kind: "var",
		must: "be a URL with https (http on this machine alone), without a user name",
		meanwhile: NO_MESSAGES,
	},
	MERCHANT_WEBHOOK_SECRET: { kind: "secret", must: SIGNING, meanwhile: NO_MESSAGES },
	ALLOWED_ORIGINS: {
		kind: "var",
		must: "be origins such as https://shop.example, with spaces or commas between: without a wildcard, a path or a slash at the end",
		meanwhile: NO_ORDERS,
	},
	ORDER_SECRET: {
		kind: "secret",
		must: "be 32 bytes or more: `openssl rand -base64 32` makes one",
		meanwhile: NO_ORDERS,
	},
	API_KEY_PREVIOUS: { kind: "secret", must: "be what API_KEY was, 16 or more characters", meanwhile: NEW_ONE_ONLY },
	FLINKS_WEBHOOK_SECRET_PREVIOUS: {
		kind: "secret",
		must: "be what FLINKS_WEBHOOK_SECRET was",
		meanwhile: NEW_ONE_ONLY,
	},
	MERCHANT_WEBHOOK_SECRET_PREVIOUS: {
		kind: "secret",
		must: "be what MERCHANT_WEBHOOK_SECRET was",
		meanwhile: NEW_ONE_ONLY,
	},
	FLINKS_INSTANCE: { kind: "var", must: HEADER, meanwhile: NO_PAYMENTS },
	FLINKS_CLIENT_ID: { kind: "var", must: HEADER, meanwhile: NO_PAYMENTS },
	FLINKS_TIMEOUT_MS: { kind: "var", must: MILLISECONDS, meanwhile: NO_PAYMENTS },
	FLINKS_DEADLINE_MS: { kind: "var", must: MILLISECONDS, meanwhile: NO_PAYMENTS },
	FLINKS_CREDENTIALS_IN: { kind: "var", must: "be basic or form", meanwhile: NO_PAYMENTS },
	FLINKS_BASIC_ENCODING: { kind: "var", must: "be raw or rfc6749", meanwhile: NO_PAYMENTS },
	FLINKS_TOKEN_HEADER: { kind: "var", must: "be authorization or bearertoken", meanwhile: NO_PAYMENTS },
	FLINKS_AMOUNT_AS: { kind: "var", must: "be number or string", meanwhile: NO_PAYMENTS },
	FLINKS_LARGEST_GEFT_AMOUNT: {
		kind: "var",
		must: "be dollars above zero as text, such as 100000.00",
		meanwhile: NO_PAYMENTS,
	},
	FLINKS_WARM_TOKENS: { kind: "var", must: "be a whole number from 0 to 100", meanwhile: NO_PAYMENTS },
	RATE_LIMITER: {
		kind: "object",
		must: "be a rate limiter of Cloudflare, as docs/deploy.md shows it",
		meanwhile: "Payments are not limited.",
	},
} as const satisfies Record<string, Known>;

export type Binding = keyof typeof BINDINGS;

export type TextBinding = {
	[Name in Binding]: (typeof BINDINGS)[Name]["kind"] extends "object" ? never : Name;
}[Binding];

/** Settings in code, by the names of their bindings. A number is the same as its text. */
export type WorkerVars = { readonly [Name in VarBinding]?: string | number };

/** The name of a binding that may be set in code. */
export type VarBinding = {
	[Name in Binding]: (typeof BINDINGS)[Name]["kind"] extends "var" ? Name : never;
}[Binding];
