// From the bindings to a client. Nothing has a fallback: what is missing or cannot be used is named in a 503.

import { z } from "@hono/zod-openapi";
import { FlinksPay, FlinksPayError, type FlinksPayOptions } from "flinkspay-edge";
import type { Env } from "./env.ts";
import { misconfigured } from "./problem.ts";

/** Each option of the client that a binding sets, and that binding. */
const BINDINGS = {
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
	clientId: "FLINKS_CLIENT_ID",
	warmTokens: "FLINKS_WARM_TOKENS",
} as const satisfies Partial<Record<keyof FlinksPayOptions, string>>;

const milliseconds = z
	.string()
	.regex(/^[1-9][0-9]{0,8}$/)
	.transform(Number)
	.optional();

/** The options as text. What the text must be beyond this, such as an origin, is for the client to say. */
const Options = z.object({
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
	clientId: z.string().optional(),
	warmTokens: z
		.string()
		.regex(/^[0-9]{1,3}$/)
		.transform(Number)
		.optional(),
});

/** A client as the bindings describe it, but for what `other` says. */
export function newClient(env: Env, other: Partial<FlinksPayOptions> = {}): FlinksPay {
	const options = parse(Options, BINDINGS, env) as FlinksPayOptions;
	try {
		return new FlinksPay({ ...options, ...other });
	} catch (error) {
		if (error instanceof FlinksPayError && error.code === "invalid_config") {
			throw misconfigured(bindingOf(error.field), "is not valid");
		}
		throw error;
	}
}

/** Each setting of the ledger, and its binding. */
const LEDGER_BINDINGS = {
	shards: "LEDGER_SHARDS",
	statusDeadlineHours: "STATUS_DEADLINE_HOURS",
	retentionDays: "RETENTION_DAYS",
	deadlineMs: BINDINGS.deadlineMs,
} as const;

const whole = (most: number, usual: number) =>
	z
		.string()
		.regex(/^[1-9][0-9]{0,8}$/)
		.transform(Number)
		.refine((value) => value <= most)
		.default(usual);

const Settings = z.object({
	/** How many objects the payments are spread over. It cannot change once there is a payment. */
	shards: whole(256, 16),
	/** Hours after its creation for which a payment's status is asked for. */
	statusDeadlineHours: whole(8_760, 168),
	/** Days after which amounts and the details of the timeline are deleted. */
	retentionDays: whole(3_650, 90),
	/** Milliseconds that a call to Flinks may take. */
	deadlineMs: whole(999_999_999, 25_000),
});

/** The ledger's settings. */
export function settingsOf(env: Env): z.infer<typeof Settings> {
	return parse(Settings, LEDGER_BINDINGS, env);
}

const WebhookSettings = z.object({
	secret: z.string(),
	previousSecret: z.string().optional(),
	scheme: z.enum(["geft", "flinks"]).default("geft"),
	header: z
		.string()
		.regex(/^[\w-]{1,64}$/)
		.optional(),
});

/** How Flinks signs its webhooks. The secret is needed here alone. */
export function webhookSettingsOf(env: Env): { secrets: string[]; scheme: "geft" | "flinks"; header?: string } {
	const bindings = {
		secret: "FLINKS_WEBHOOK_SECRET",
		previousSecret: "FLINKS_WEBHOOK_SECRET_PREVIOUS",
		scheme: "FLINKS_WEBHOOK_SCHEME",
		header: "FLINKS_WEBHOOK_HEADER",
	};
	const { secret, previousSecret, scheme, header } = parse(WebhookSettings, bindings, env);
	const secrets = previousSecret === undefined ? [secret] : [secret, previousSecret];
	return { secrets, scheme, ...(header === undefined ? {} : { header }) };
}

/** As the Standard Webhooks specification writes it: 24 to 64 bytes. */
const SECRET = /^whsec_(?=.{32,90}$)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const MerchantWebhook = z.object({
	url: z.string().refine(isPublicOrLoopback),
	secret: z.string().regex(SECRET),
	previousSecret: z.string().regex(SECRET).optional(),
});

/** Where the merchant is told of changes, and by which secrets that is signed; nothing where he does not want to be. */
export function merchantWebhookOf(env: Env): { url: string; secrets: string[] } | undefined {
	const bindings = {
		url: "MERCHANT_WEBHOOK_URL",
		secret: "MERCHANT_WEBHOOK_SECRET",
		previousSecret: "MERCHANT_WEBHOOK_SECRET_PREVIOUS",
	};
	if (Object.values(bindings).every((name) => binding(env, name) === undefined)) return undefined;
	const { url, secret, previousSecret } = parse(MerchantWebhook, bindings, env);
	return { url, secrets: previousSecret === undefined ? [secret] : [secret, previousSecret] };
}

/** https, or http on this machine. */
function isPublicOrLoopback(text: string): boolean {
	if (!URL.canParse(text)) return false;
	const { protocol, hostname, username, password } = new URL(text);
	const isLoopback = ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
	return username === "" && password === "" && (protocol === "https:" || (protocol === "http:" && isLoopback));
}

const Orders = z.object({
	secret: z.string().min(32),
	origins: z
		.string()
		.transform((text) => text.split(/ +/))
		.refine((origins) => origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin)),
});

/** Whose signed orders browsers may bring, and from where; nothing where they may not. */
export function ordersOf(env: Env): { secret: Uint8Array; origins: readonly string[] } | undefined {
	const bindings = { secret: "ORDER_SECRET", origins: "ALLOWED_ORIGINS" };
	if (Object.values(bindings).every((name) => binding(env, name) === undefined)) return undefined;
	const { secret, origins } = parse(Orders, bindings, env);
	return { secret: new TextEncoder().encode(secret), origins };
}

// Bindings do not change while an isolate lives, so each set of them is tried once.
const tried = new WeakSet<Env>();

/** Refuses to work with bindings that are missing or not valid. */
export function checkConfig(env: Env): void {
	if (tried.has(env)) return;
	settingsOf(env);
	merchantWebhookOf(env);
	ordersOf(env);
	newClient(env).close();
	tried.add(env);
}

function parse<T extends z.ZodType>(schema: T, bindings: Readonly<Record<string, string>>, env: Env): z.infer<T> {
	const texts = Object.entries(bindings).map(([option, name]) => [option, binding(env, name)]);
	const parsed = schema.safeParse(Object.fromEntries(texts));
	if (parsed.success) return parsed.data;
	const name = bindings[String(parsed.error.issues[0]?.path[0])] ?? "";
	throw misconfigured(name, binding(env, name) === undefined ? "is missing" : "is not valid");
}

/** The binding that sets an option of the client. */
export function bindingOf(option: string): string {
	return (BINDINGS as Readonly<Record<string, string>>)[option] ?? option;
}

/** A binding's value; one that is empty counts as unset. */
export function binding(env: Env, name: string): unknown {
	return env[name] === "" ? undefined : env[name];
}
