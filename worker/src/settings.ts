// Every binding, read once for each isolate into one typed value. What is needed has no fallback: it is named in a 503 where
// it is missing. A feature that is optional and set half, or wrongly, is off, and nothing else goes with it: payments, reads
// and alarms go on. What cannot be used is logged, and told at `GET /config`.

import { z } from "@hono/zod-openapi";
import { FlinksPay, FlinksPayError, type FlinksPayOptions } from "flinkspay-edge";
import type { Env } from "./env.ts";
import { misconfigured } from "./problem.ts";
import { tell } from "./telemetry.ts";

/** A binding that cannot be used. */
export interface Fault {
	binding: string;
	fault: "is missing" | "is not valid" | "is set without its counterpart";
}

/** What nothing stands in for. */
export type Needed<T> = { value: T } | { fault: Fault };

/** What a deployment may do without: `off` is what is set half or wrongly. */
export type Feature<T> = { is: "on"; value: T } | { is: "off" } | { is: "unset" };

/** Where the merchant is told of changes, and by which secrets that is signed, the newest first. */
export interface MerchantWebhook {
	url: string;
	secrets: readonly string[];
}

/** Whose signed orders browsers may bring, and from where. */
export interface Orders {
	secret: Uint8Array;
	origins: readonly string[];
}

/** How Flinks signs its webhooks. */
export interface FlinksWebhook {
	secrets: string[];
	scheme: "geft" | "flinks";
	header?: string;
}

/** A key that may ask, and the binding that has it. */
export interface ApiKey {
	name: "API_KEY" | "API_KEY_PREVIOUS";
	key: string;
}

/** What the bindings say. */
export interface Settings {
	/** How Flinks is asked. */
	readonly client: Needed<FlinksPayOptions>;
	readonly apiKeys: Needed<readonly ApiKey[]>;
	/** How many objects the payments are spread over. It cannot change once there is a payment. */
	readonly shards: Needed<number>;
	readonly flinksWebhook: Needed<FlinksWebhook>;
	/** Milliseconds that a call to Flinks may take. */
	readonly deadlineMs: number;
	/** For how long after its creation a payment's status is asked for; while it cannot be used, nothing is abandoned. */
	readonly statusDeadlineMs: number | undefined;
	/** After how long amounts and the details of timelines are deleted; while it cannot be used, nothing is. */
	readonly retentionMs: number | undefined;
	readonly merchantWebhook: Feature<MerchantWebhook>;
	readonly orders: Feature<Orders>;
	/** All that cannot be used. */
	readonly faults: readonly Fault[];
}

/** Each option of the client that a binding sets, and that binding. */
const CLIENT_BINDINGS = {
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

const whole = (most: number) =>
	z
		.string()
		.regex(/^[1-9][0-9]{0,8}$/)
		.transform(Number)
		.refine((value) => value <= most);
const milliseconds = whole(999_999_999).optional();

/** The options as text. What the text must be beyond this, such as an origin, is for the client to say. */
const ClientOptions = z.object({
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

const HOUR_MS = 3_600_000;
const DEFAULT_DEADLINE_MS = 25_000;

// What RFC 6750 lets a bearer token be made of.
const apiKey = z.string().regex(/^[A-Za-z0-9\-._~+/]+=*$/).min(16);

/** As the Standard Webhooks specification writes it: 24 to 64 bytes. */
const merchantSecret = z
	.string()
	.regex(/^whsec_(?=.{32,90}$)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);

const origins = z
	.string()
	.transform((text) => text.split(/ +/))
	.refine((origins) => origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin));

// Bindings do not change while an isolate lives.
const read = new WeakMap<Env, Settings>();

/** What the bindings say. The first time, what cannot be used is logged. */
export function settingsOf(env: Env): Settings {
	const known = read.get(env);
	if (known !== undefined) return known;
	const settings = new Bindings(env).settings();
	for (const { binding, fault } of settings.faults) {
		tell("flinkspay.setting.refused", { "flinkspay.field": binding, "flinkspay.fault": fault }, "ERROR");
	}
	read.set(env, settings);
	return settings;
}

/** The value of what nothing stands in for. */
export function needed<T>(setting: Needed<T>): T {
	if ("value" in setting) return setting.value;
	throw misconfigured(setting.fault.binding, setting.fault.fault);
}

/** A client as the bindings describe it, but for what `other` says. */
export function newClient(env: Env, other: Partial<FlinksPayOptions> = {}): FlinksPay {
	return new FlinksPay({ ...needed(settingsOf(env).client), ...other });
}

/** The binding that sets an option of the client. */
export function bindingOf(option: string): string {
	return (CLIENT_BINDINGS as Readonly<Record<string, string>>)[option] ?? option;
}

/** Reads the bindings and keeps what cannot be used. */
class Bindings {
	readonly #env: Env;
	readonly #faults: Fault[] = [];

	constructor(env: Env) {
		this.#env = env;
	}

	settings(): Settings {
		const client = this.#client();
		return {
			client,
			apiKeys: this.#apiKeys(),
			shards: this.#shards(),
			flinksWebhook: this.#flinksWebhook(),
			deadlineMs: ("value" in client && client.value.deadlineMs) || DEFAULT_DEADLINE_MS,
			statusDeadlineMs: this.#duration("STATUS_DEADLINE_HOURS", HOUR_MS, 8_760, 168),
			retentionMs: this.#duration("RETENTION_DAYS", 24 * HOUR_MS, 3_650, 90),
			merchantWebhook: this.#merchantWebhook(),
			orders: this.#orders(),
			faults: this.#faults,
		};
	}

	#client(): Needed<FlinksPayOptions> {
		const texts = Object.entries(CLIENT_BINDINGS).map(([option, name]) => [option, this.#given(name)]);
		const parsed = ClientOptions.safeParse(Object.fromEntries(texts));
		if (!parsed.success) return this.#missing(bindingOf(String(parsed.error.issues[0]?.path[0])));
		const options = parsed.data as FlinksPayOptions;
		try {
			new FlinksPay(options).close();
			return { value: options };
		} catch (error) {
			if (!(error instanceof FlinksPayError) || error.code !== "invalid_config") throw error;
			return this.#missing(bindingOf(error.field));
		}
	}

	#apiKeys(): Needed<readonly ApiKey[]> {
		const key = this.#parsed(apiKey, "API_KEY");
		if (key === undefined) return this.#missing("API_KEY");
		const previous = this.#optional(apiKey, "API_KEY_PREVIOUS");
		const keys: ApiKey[] = [{ name: "API_KEY", key }];
		return { value: previous === undefined ? keys : [...keys, { name: "API_KEY_PREVIOUS", key: previous }] };
	}

	#shards(): Needed<number> {
		if (this.#given("LEDGER_SHARDS") === undefined) return { value: 16 };
		const shards = this.#parsed(whole(256), "LEDGER_SHARDS");
		return shards === undefined ? this.#missing("LEDGER_SHARDS") : { value: shards };
	}

	#flinksWebhook(): Needed<FlinksWebhook> {
		const secret = this.#optional(z.string(), "FLINKS_WEBHOOK_SECRET");
		const scheme = this.#optional(z.enum(["geft", "flinks"]), "FLINKS_WEBHOOK_SCHEME") ?? "geft";
		const header = this.#optional(z.string().regex(/^[\w-]{1,64}$/), "FLINKS_WEBHOOK_HEADER");
		const bad = this.#faults.find(({ binding }) => /^FLINKS_WEBHOOK_/.test(binding));
		if (bad !== undefined) return { fault: bad };
		// Many deployments have no webhooks, so that this one is no fault of theirs.
		if (secret === undefined) return { fault: { binding: "FLINKS_WEBHOOK_SECRET", fault: "is missing" } };
		const previous = this.#optional(z.string(), "FLINKS_WEBHOOK_SECRET_PREVIOUS");
		const secrets = previous === undefined ? [secret] : [secret, previous];
		return { value: { secrets, scheme, ...(header === undefined ? {} : { header }) } };
	}

	#duration(name: string, unitMs: number, most: number, usual: number): number | undefined {
		if (this.#given(name) === undefined) return usual * unitMs;
		const units = this.#optional(whole(most), name);
		return units === undefined ? undefined : units * unitMs;
	}

	#merchantWebhook(): Feature<MerchantWebhook> {
		const url = ["MERCHANT_WEBHOOK_URL", z.string().refine(isPublicOrLoopback)] as const;
		const pair = this.#pair(url, ["MERCHANT_WEBHOOK_SECRET", merchantSecret]);
		if (pair.is !== "on") return this.#withoutPrevious("MERCHANT_WEBHOOK_SECRET_PREVIOUS", pair);
		const previous = this.#optional(merchantSecret, "MERCHANT_WEBHOOK_SECRET_PREVIOUS");
		const [to, secret] = pair.value;
		return { is: "on", value: { url: to, secrets: previous === undefined ? [secret] : [secret, previous] } };
	}

	#orders(): Feature<Orders> {
		const pair = this.#pair(["ORDER_SECRET", z.string().min(32)], ["ALLOWED_ORIGINS", origins]);
		if (pair.is !== "on") return pair;
		const [secret, allowed] = pair.value;
		return { is: "on", value: { secret: new TextEncoder().encode(secret), origins: allowed } };
	}

	/** Two bindings that are of use together alone. */
	#pair<A, B>(
		[one, oneIs]: readonly [name: string, schema: z.ZodType<A>],
		[other, otherIs]: readonly [name: string, schema: z.ZodType<B>],
	): Feature<[A, B]> {
		const isSet = [one, other].map((name) => this.#given(name) !== undefined);
		if (!isSet.includes(true)) return { is: "unset" };
		if (isSet.includes(false)) {
			this.#faults.push({ binding: isSet[0] ? one : other, fault: "is set without its counterpart" });
			return { is: "off" };
		}
		const [first, second] = [this.#optional(oneIs, one), this.#optional(otherIs, other)];
		return first === undefined || second === undefined ? { is: "off" } : { is: "on", value: [first, second] };
	}

	/** A previous secret that was left behind is no feature. */
	#withoutPrevious(name: string, feature: { is: "off" } | { is: "unset" }): { is: "off" } | { is: "unset" } {
		if (this.#given(name) !== undefined) {
			this.#faults.push({ binding: name, fault: "is set without its counterpart" });
		}
		return feature;
	}

	/** What may be left out; what cannot be used counts as left out, and is a fault. */
	#optional<T>(schema: z.ZodType<T>, name: string): T | undefined {
		if (this.#given(name) === undefined) return undefined;
		const value = this.#parsed(schema, name);
		if (value === undefined) this.#faults.push({ binding: name, fault: "is not valid" });
		return value;
	}

	#missing(binding: string): { fault: Fault } {
		const fault: Fault = { binding, fault: this.#given(binding) === undefined ? "is missing" : "is not valid" };
		this.#faults.push(fault);
		return { fault };
	}

	#parsed<T>(schema: z.ZodType<T>, name: string): T | undefined {
		const parsed = schema.safeParse(this.#given(name));
		return parsed.success ? parsed.data : undefined;
	}

	/** What a binding is set to; one that is empty counts as unset. */
	#given(name: string): unknown {
		const value = this.#env[name];
		return value === "" ? undefined : value;
	}
}

/** https, or http on this machine. */
function isPublicOrLoopback(text: string): boolean {
	if (!URL.canParse(text)) return false;
	const { protocol, hostname, username, password } = new URL(text);
	const isLoopback = ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
	return username === "" && password === "" && (protocol === "https:" || (protocol === "http:" && isLoopback));
}
