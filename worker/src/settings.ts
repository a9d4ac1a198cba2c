// Every binding, read once for each isolate into one typed value. What is needed has no fallback: it is named in a 503 where
// it is missing. A feature that is optional and set half, or wrongly, is off, and nothing else goes with it: payments, reads
// and alarms go on. What cannot be used is logged, and told at `GET /config`.

import { z } from "@hono/zod-openapi";
import { FlinksPay, FlinksPayError, type FlinksPayOptions } from "flinkspay-edge";
import type { PaymentMessage } from "flinkspay-edge/merchant";
import { BINDINGS, type Binding, type TextBinding, type VarBinding, type WorkerVars } from "./bindings.ts";
import type { Env } from "./env.ts";
import { misconfigured, type ProblemError } from "./problem.ts";
import type { PaymentProduct } from "./schemas.ts";
import { tell } from "./telemetry.ts";

/** A binding that cannot be used. */
export interface Fault {
	binding: Binding;
	fault: "is missing" | "is not valid" | "is set without its counterpart" | "is set beside onMessage";
	/** What to do about it. */
	remedy: string;
}

/** What nothing stands in for. */
export type Needed<T> = { value: T } | { fault: Fault };

/** What a deployment may do without: `off` is what is set half or wrongly. */
export type Feature<T> = { is: "on"; value: T } | Off | Unset;
type Off = { is: "off"; fault: Fault };
type Unset = { is: "unset" };

/** Where the merchant is told of changes, and by which secrets that is signed, the newest first. */
export interface MerchantWebhook {
	url: string;
	secrets: readonly string[];
}

/** What a merchant's own code does with a message; where it fails, it is given the message again. */
export type MessageHook<Env extends object> = (message: PaymentMessage, env: Env) => unknown;

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

const GuaranteePolicy = z.enum(["accept", "refuse", "ask"]);
type GuaranteePolicy = z.infer<typeof GuaranteePolicy>;

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
	/** For how long after its creation it is asked whether money was returned. */
	readonly returnMs: Readonly<Record<PaymentProduct, number>>;
	/** What is done by itself about a guarantee that waits for a decision. */
	readonly guaranteePolicy: GuaranteePolicy;
	/** What the event calls itself that asks for one; no public page says. */
	readonly guaranteeEvent: string | undefined;
	/** After how long amounts and the details of timelines are deleted; while it cannot be used, nothing is. */
	readonly retentionMs: number | undefined;
	readonly merchantWebhook: Feature<MerchantWebhook | MessageHook<Env>>;
	readonly orders: Feature<Orders>;
	/** Whose pages are answered at all, also while their orders cannot be taken. */
	readonly origins: readonly string[];
	readonly ledger: Needed<object>;
	readonly rateLimiter: Feature<NonNullable<Env["RATE_LIMITER"]>>;
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
	largestGeftAmount: "FLINKS_LARGEST_GEFT_AMOUNT",
	clientId: "FLINKS_CLIENT_ID",
	warmTokens: "FLINKS_WARM_TOKENS",
} as const satisfies Partial<Record<keyof FlinksPayOptions, TextBinding>>;

type ClientOption = keyof typeof CLIENT_BINDINGS;

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
	largestGeftAmount: z.string().optional(),
	clientId: z.string().optional(),
	warmTokens: z
		.string()
		.regex(/^[0-9]{1,3}$/)
		.transform(Number)
		.optional(),
});

const returnDays = z
	.string()
	.regex(/^(0|[1-9][0-9]{0,2})$/)
	.transform(Number)
	.refine((days) => days <= 365);

const eventName = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);

const HOUR_MS = 3_600_000;
const DEFAULT_DEADLINE_MS = 25_000;

// What RFC 6750 lets a bearer token be made of.
const apiKey = z
	.string()
	.regex(/^[A-Za-z0-9\-._~+/]+=*$/)
	.min(16);

/** As the Standard Webhooks specification writes it: 24 to 64 bytes. */
const merchantSecret = z
	.string()
	.regex(/^whsec_(?=.{32,90}$)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);

/** As browsers write them. A list that is nothing but commas has none. */
const origins = z
	.string()
	.transform((text) => text.split(/[ ,]/).filter((origin) => origin !== ""))
	.refine((origins) => origins.length > 0 && origins.every(isOrigin));

const orderSecret = z
	.string()
	.transform((text) => new TextEncoder().encode(text))
	.refine((bytes) => bytes.length >= 32);

// Bindings do not change while an isolate lives.
const read = new WeakMap<Env, Settings>();
const told = new Set<string>();

/** What the bindings say. The first time, what cannot be used is logged. */
export function settingsOf(env: Env): Settings {
	const known = read.get(env);
	if (known !== undefined) return known;
	const settings = new Bindings(env).settings();
	read.set(env, settings);
	for (const { binding, fault } of settings.faults) {
		// An isolate may be given its bindings more than once: for the Worker, and for its objects.
		if (told.has(`${binding} ${fault}`)) continue;
		told.add(`${binding} ${fault}`);
		tell("flinkspay.setting.refused", { "flinkspay.field": binding, "flinkspay.fault": fault }, "ERROR");
	}
	return settings;
}

/** The value of what nothing stands in for. */
export function needed<T>(setting: Needed<T>): T {
	if ("value" in setting) return setting.value;
	throw refusal(setting.fault);
}

/** The answer of what a fault keeps from working. */
export function refusal({ binding, fault, remedy }: Fault): ProblemError {
	return misconfigured(binding, fault, remedy);
}

/** A client as the bindings describe it, but for what `other` says. */
export function newClient(env: Env, other: Partial<FlinksPayOptions> = {}): FlinksPay {
	return new FlinksPay({ ...needed(settingsOf(env).client), ...other });
}

/** The binding that sets an option of the client. */
export function bindingOf(option: string): string {
	return (CLIENT_BINDINGS as Readonly<Record<string, string>>)[option] ?? option;
}

/** What is set in code, where no binding says it. An isolate runs one Worker. */
const inCode = new Map<string, string>();

let messageHook: MessageHook<Env> | undefined;

/** Takes settings from code, for as long as the isolate lives. */
export function setInCode(vars: WorkerVars, onMessage?: MessageHook<Env>): void {
	messageHook = onMessage ?? messageHook;
	for (const [name, value] of Object.entries(vars)) {
		if (!isVar(name)) throw new TypeError(`There is no setting ${name} that may stand in code.`);
		if (value !== undefined && value !== "") inCode.set(name, String(value));
	}
}

function isVar(name: string): name is VarBinding {
	return name in BINDINGS && BINDINGS[name as Binding].kind === "var";
}

/** What a binding is set to; one that is empty counts as unset. A number in `vars` is the same as its text. */
export function given(env: Env, binding: Binding): string | object | undefined {
	const value = env[binding];
	return typeof value === "number" ? String(value) : value || inCode.get(binding);
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
		const allowed = this.#parsed(origins, "ALLOWED_ORIGINS");
		return {
			client,
			apiKeys: this.#apiKeys(),
			shards: this.#shards(),
			flinksWebhook: this.#flinksWebhook(),
			deadlineMs: ("value" in client && client.value.deadlineMs) || DEFAULT_DEADLINE_MS,
			statusDeadlineMs: this.#duration("STATUS_DEADLINE_HOURS", HOUR_MS, 8_760, 168),
			returnMs: {
				eft: this.#returnMs("RETURN_DAYS_EFT", 30),
				geft: this.#returnMs("RETURN_DAYS_GEFT", 0),
				"e-transfer": this.#returnMs("RETURN_DAYS_E_TRANSFER", 0),
				interac: this.#returnMs("RETURN_DAYS_INTERAC", 0),
			},
			...this.#guarantees(),
			retentionMs: this.#duration("RETENTION_DAYS", 24 * HOUR_MS, 3_650, 90),
			merchantWebhook: this.#merchantWebhook(),
			orders: this.#orders(),
			origins: allowed ?? [],
			ledger: this.#ledger(),
			rateLimiter: this.#object("RATE_LIMITER", this.#env.RATE_LIMITER),
			faults: this.#faults,
		};
	}

	#client(): Needed<FlinksPayOptions> {
		const texts = Object.entries(CLIENT_BINDINGS).map(([option, name]) => [option, given(this.#env, name)]);
		const parsed = ClientOptions.safeParse(Object.fromEntries(texts));
		if (!parsed.success) {
			const options = new Set(parsed.error.issues.map(({ path }) => path[0] as ClientOption));
			const [fault] = [...options].map((option) => this.#unusable(CLIENT_BINDINGS[option]));
			if (fault === undefined) throw parsed.error;
			return { fault };
		}
		const options = parsed.data as FlinksPayOptions;
		try {
			new FlinksPay(options).close();
			return { value: options };
		} catch (error) {
			if (!(error instanceof FlinksPayError) || error.code !== "invalid_config") throw error;
			return { fault: this.#unusable(CLIENT_BINDINGS[error.field as ClientOption]) };
		}
	}

	#apiKeys(): Needed<readonly ApiKey[]> {
		const current = this.#needed(apiKey, "API_KEY");
		if ("fault" in current) return current;
		const previous = this.#optional(apiKey, "API_KEY_PREVIOUS");
		const keys: ApiKey[] = [{ name: "API_KEY", key: current.value }];
		return { value: previous === undefined ? keys : [...keys, { name: "API_KEY_PREVIOUS", key: previous }] };
	}

	#shards(): Needed<number> {
		if (given(this.#env, "LEDGER_SHARDS") === undefined) return { value: 16 };
		return this.#needed(whole(256), "LEDGER_SHARDS");
	}

	#ledger(): Needed<object> {
		const { LEDGER } = this.#env;
		return typeof LEDGER === "object" ? { value: LEDGER } : { fault: this.#unusable("LEDGER") };
	}

	/** What is no text. */
	#object<T extends object>(name: Binding, value: T | undefined): Feature<T> {
		if (given(this.#env, name) === undefined || value === undefined) return { is: "unset" };
		return typeof value === "object" ? { is: "on", value } : { is: "off", fault: this.#unusable(name) };
	}

	#flinksWebhook(): Needed<FlinksWebhook> {
		const secret = this.#optional(z.string(), "FLINKS_WEBHOOK_SECRET");
		const scheme = this.#optional(z.enum(["geft", "flinks"]), "FLINKS_WEBHOOK_SCHEME") ?? "geft";
		const header = this.#optional(z.string().regex(/^[\w-]{1,64}$/), "FLINKS_WEBHOOK_HEADER");
		const bad = this.#faults.find(({ binding }) => binding.startsWith("FLINKS_WEBHOOK_"));
		if (bad !== undefined) return { fault: bad };
		if (secret === undefined) {
			this.#leftBehind("FLINKS_WEBHOOK_SECRET_PREVIOUS", "FLINKS_WEBHOOK_SECRET");
			// Many deployments have no webhooks, so that this one is no fault of theirs.
			return { fault: faultOf("FLINKS_WEBHOOK_SECRET", "is missing") };
		}
		const previous = this.#optional(z.string(), "FLINKS_WEBHOOK_SECRET_PREVIOUS");
		const secrets = previous === undefined ? [secret] : [secret, previous];
		return { value: { secrets, scheme, ...(header === undefined ? {} : { header }) } };
	}

	#duration(name: TextBinding, unitMs: number, most: number, usual: number): number | undefined {
		if (given(this.#env, name) === undefined) return usual * unitMs;
		const units = this.#optional(whole(most), name);
		return units === undefined ? undefined : units * unitMs;
	}

	#returnMs(name: TextBinding, usualDays: number): number {
		return (this.#optional(returnDays, name) ?? usualDays) * 24 * HOUR_MS;
	}

	/** Without the event's name nothing is decided: whoever wants the Worker to decide must give it. */
	#guarantees(): Pick<Settings, "guaranteePolicy" | "guaranteeEvent"> {
		const guaranteePolicy = this.#optional(GuaranteePolicy, "GUARANTEE_POLICY") ?? "ask";
		if (guaranteePolicy !== "ask") this.#leftBehind("GUARANTEE_POLICY", "FLINKS_GUARANTEE_EVENT");
		return { guaranteePolicy, guaranteeEvent: this.#optional(eventName, "FLINKS_GUARANTEE_EVENT") };
	}

	#merchantWebhook(): Settings["merchantWebhook"] {
		const url = ["MERCHANT_WEBHOOK_URL", z.string().refine(isPublicOrLoopback)] as const;
		const pair = this.#pair(url, ["MERCHANT_WEBHOOK_SECRET", merchantSecret]);
		if (pair.is !== "on") {
			this.#leftBehind("MERCHANT_WEBHOOK_SECRET_PREVIOUS", "MERCHANT_WEBHOOK_SECRET");
			return pair.is === "unset" && messageHook !== undefined ? { is: "on", value: messageHook } : pair;
		}
		if (messageHook !== undefined) {
			const remedy = "Remove it, or onMessage from the call of createWorker.";
			return {
				is: "off",
				fault: this.#add({ binding: "MERCHANT_WEBHOOK_URL", fault: "is set beside onMessage", remedy }),
			};
		}
		const previous = this.#optional(merchantSecret, "MERCHANT_WEBHOOK_SECRET_PREVIOUS");
		const [to, secret] = pair.value;
		return { is: "on", value: { url: to, secrets: previous === undefined ? [secret] : [secret, previous] } };
	}

	#orders(): Feature<Orders> {
		const pair = this.#pair(["ORDER_SECRET", orderSecret], ["ALLOWED_ORIGINS", origins]);
		if (pair.is !== "on") return pair;
		const [secret, allowed] = pair.value;
		return { is: "on", value: { secret, origins: allowed } };
	}

	/** Two bindings that are of use together alone. */
	#pair<A, B>(
		[one, oneIs]: readonly [name: TextBinding, schema: z.ZodType<A>],
		[other, otherIs]: readonly [name: TextBinding, schema: z.ZodType<B>],
	): Feature<[A, B]> {
		const [isOne, isOther] = [one, other].map((name) => given(this.#env, name) !== undefined);
		if (!isOne && !isOther) return { is: "unset" };
		if (!isOne || !isOther) {
			const [set, unset] = isOne ? [one, other] : [other, one];
			return { is: "off", fault: this.#alone(set, unset) };
		}
		const [first, second] = [this.#needed(oneIs, one), this.#needed(otherIs, other)];
		if ("fault" in first) return { is: "off", fault: first.fault };
		if ("fault" in second) return { is: "off", fault: second.fault };
		return { is: "on", value: [first.value, second.value] };
	}

	/** A previous secret is no feature by itself, nor is another setting that depends on one. */
	#leftBehind(previous: TextBinding, current: TextBinding): void {
		if (given(this.#env, previous) !== undefined && given(this.#env, current) === undefined) {
			this.#alone(previous, current);
		}
	}

	/** What may be left out; what cannot be used counts as left out, and is a fault. */
	#optional<T>(schema: z.ZodType<T>, name: TextBinding): T | undefined {
		if (given(this.#env, name) === undefined) return undefined;
		const value = this.#parsed(schema, name);
		if (value === undefined) this.#unusable(name);
		return value;
	}

	#needed<T>(schema: z.ZodType<T>, name: TextBinding): Needed<T> {
		const value = this.#parsed(schema, name);
		return value === undefined ? { fault: this.#unusable(name) } : { value };
	}

	#alone(set: Binding, unset: Binding): Fault {
		const remedy = `Set ${unset} too, or remove ${set}.`;
		return this.#add({ binding: set, fault: "is set without its counterpart", remedy });
	}

	#unusable(binding: Binding): Fault {
		return this.#add(faultOf(binding, given(this.#env, binding) === undefined ? "is missing" : "is not valid"));
	}

	#add(fault: Fault): Fault {
		this.#faults.push(fault);
		return fault;
	}

	#parsed<T>(schema: z.ZodType<T>, name: TextBinding): T | undefined {
		const parsed = schema.safeParse(given(this.#env, name));
		return parsed.success ? parsed.data : undefined;
	}
}

function faultOf(binding: Binding, fault: "is missing" | "is not valid"): Fault {
	const { kind, must } = BINDINGS[binding];
	const how = kind === "secret" ? ` Set it by \`npx wrangler secret put ${binding}\`.` : "";
	return { binding, fault, remedy: `It must ${must}.${how}` };
}

/** As a browser writes it; to a parser of URLs a wildcard is a name like any other. */
function isOrigin(text: string): boolean {
	return /^https?:\/\/[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** https, or http on this machine. */
function isPublicOrLoopback(text: string): boolean {
	if (!URL.canParse(text)) return false;
	const { protocol, hostname, username, password } = new URL(text);
	const isLoopback = ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
	return username === "" && password === "" && (protocol === "https:" || (protocol === "http:" && isLoopback));
}
