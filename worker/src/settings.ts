// The bindings as one typed value, read once in each isolate. A required binding has no fallback: where it is missing, a
// 503 names it. An optional feature that is set incompletely or wrongly is off, and nothing else goes with it: payments,
// reads and alarms go on. What is unusable is logged, and shown at `GET /config`.

import { z } from "@hono/zod-openapi";
import { FlinksPay, FlinksPayError, type FlinksPayOptions } from "flinkspay-edge";
import type { PaymentMessage } from "flinkspay-edge/merchant";
import {
	apiKey,
	CLIENT_BINDINGS,
	type ClientOption,
	ClientOptions,
	eventName,
	GuaranteePolicy,
	headerName,
	isPublicOrLoopback,
	merchantSecret,
	orderSecret,
	origins,
	returnDays,
	whole,
} from "./binding-formats.ts";
import { BINDINGS, type Binding, type TextBinding, type VarBinding, type WorkerVars } from "./bindings.ts";
import type { Env } from "./env.ts";
import { misconfigured, type ProblemError } from "./problem.ts";
import type { PaymentProduct } from "./schemas/params.ts";
import { log } from "./telemetry.ts";

export interface Fault {
	binding: Binding;
	fault: "is missing" | "is not valid" | "is set without its counterpart" | "is set beside onMessage";
	remedy: string;
}

/** A setting without a fallback. */
export type Needed<T> = { value: T } | { fault: Fault };

/** An optional feature. `off`: set incompletely or wrongly. */
export type Feature<T> = { is: "on"; value: T } | { is: "off"; fault: Fault } | { is: "unset" };

/** Where messages to the merchant are sent, and the secrets that sign them, the newest first. */
export interface MerchantWebhook {
	url: string;
	secrets: readonly string[];
}

/** The merchant's own function for messages. Where it fails, it is called again. */
export type MessageHook<Env extends object> = (message: PaymentMessage, env: Env) => unknown;

/** The secret that signs orders, and the origins whose pages may send them. */
export interface Orders {
	secret: Uint8Array;
	origins: readonly string[];
}

export interface FlinksWebhook {
	secrets: string[];
	scheme: "geft" | "flinks";
	header?: string;
}

export interface ApiKey {
	name: "API_KEY" | "API_KEY_PREVIOUS";
	key: string;
}

export interface Settings {
	readonly client: Needed<FlinksPayOptions>;
	readonly apiKeys: Needed<readonly ApiKey[]>;
	/** How many objects the payments are spread over. It cannot change after the first payment. */
	readonly shards: Needed<number>;
	readonly flinksWebhook: Needed<FlinksWebhook>;
	readonly deadlineMs: number;
	/** How long after its creation a payment is polled. Without a limit where the binding is unusable. */
	readonly statusDeadlineMs: number | undefined;
	/** How long after its creation a payment is read whose money may be returned. */
	readonly returnMs: Readonly<Record<PaymentProduct, number>>;
	/** What the Worker does about a guarantee that waits for a decision. */
	readonly guaranteePolicy: GuaranteePolicy;
	/** The name of the event that asks for a decision; no public page says. */
	readonly guaranteeEvent: string | undefined;
	/** After how long amounts and details of timelines are deleted. Never where the binding is unusable. */
	readonly retentionMs: number | undefined;
	readonly merchantWebhook: Feature<MerchantWebhook | MessageHook<Env>>;
	readonly orders: Feature<Orders>;
	/** The origins whose pages get CORS headers, even while orders are off. */
	readonly origins: readonly string[];
	readonly ledger: Needed<object>;
	readonly rateLimiter: Feature<NonNullable<Env["RATE_LIMITER"]>>;
	readonly faults: readonly Fault[];
}

const HOUR_MS = 3_600_000;
const DEFAULT_DEADLINE_MS = 25_000;

// Bindings do not change while an isolate lives.
const cache = new WeakMap<Env, Settings>();
const logged = new Set<string>();

/** The settings of the bindings. Unusable bindings are logged the first time. */
export function settingsOf(env: Env): Settings {
	const cached = cache.get(env);
	if (cached !== undefined) return cached;
	const settings = new BindingsReader(env).settings();
	cache.set(env, settings);
	for (const { binding, fault } of settings.faults) {
		// An isolate may get its bindings several times: for the Worker and for its objects.
		if (logged.has(`${binding} ${fault}`)) continue;
		logged.add(`${binding} ${fault}`);
		log("flinkspay.setting.refused", { "flinkspay.field": binding, "flinkspay.fault": fault }, "ERROR");
	}
	return settings;
}

/** The value of a setting without a fallback. Throws where the binding is unusable. */
export function needed<T>(setting: Needed<T>): T {
	if ("value" in setting) return setting.value;
	throw faultProblem(setting.fault);
}

/** The problem of what does not work because of a fault. */
export function faultProblem({ binding, fault, remedy }: Fault): ProblemError {
	return misconfigured(binding, fault, remedy);
}

/** A client with the options of the bindings, and `other`. */
export function newClient(env: Env, other: Partial<FlinksPayOptions> = {}): FlinksPay {
	return new FlinksPay({ ...needed(settingsOf(env).client), ...other });
}

export function bindingOf(option: string): string {
	return (CLIENT_BINDINGS as Readonly<Record<string, string>>)[option] ?? option;
}

/** Settings in code, which bindings override. An isolate runs one Worker. */
const inCode = new Map<string, string>();

let messageHook: MessageHook<Env> | undefined;

/** Sets settings from code, for the life of the isolate. */
export function setInCode(vars: WorkerVars, onMessage?: MessageHook<Env>): void {
	messageHook = onMessage ?? messageHook;
	for (const [name, value] of Object.entries(vars)) {
		if (!isVar(name))
			throw new TypeError(
				`vars has ${name}, which is not a setting that may be in code. worker/README.md has their names.`,
			);
		if (value !== undefined && value !== "") inCode.set(name, String(value));
	}
}

function isVar(name: string): name is VarBinding {
	return name in BINDINGS && BINDINGS[name as Binding][0] === "var";
}

/** The value of a binding. An empty one counts as unset. A number is the same as its text. */
export function bindingValue(env: Env, binding: Binding): string | object | undefined {
	const value = env[binding];
	return typeof value === "number" ? String(value) : value || inCode.get(binding);
}

/** Reads the bindings, and collects the faults. */
class BindingsReader {
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
		const texts = Object.entries(CLIENT_BINDINGS).map(([option, name]) => [option, bindingValue(this.#env, name)]);
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
		const current = this.#required(apiKey, "API_KEY");
		if ("fault" in current) return current;
		const previous = this.#optional(apiKey, "API_KEY_PREVIOUS");
		const keys: ApiKey[] = [{ name: "API_KEY", key: current.value }];
		return { value: previous === undefined ? keys : [...keys, { name: "API_KEY_PREVIOUS", key: previous }] };
	}

	#shards(): Needed<number> {
		if (bindingValue(this.#env, "LEDGER_SHARDS") === undefined) return { value: 16 };
		return this.#required(whole(256), "LEDGER_SHARDS");
	}

	#ledger(): Needed<object> {
		const { LEDGER } = this.#env;
		return typeof LEDGER === "object" ? { value: LEDGER } : { fault: this.#unusable("LEDGER") };
	}

	/** A binding that is not text. */
	#object<T extends object>(name: Binding, value: T | undefined): Feature<T> {
		if (bindingValue(this.#env, name) === undefined || value === undefined) return { is: "unset" };
		return typeof value === "object" ? { is: "on", value } : { is: "off", fault: this.#unusable(name) };
	}

	#flinksWebhook(): Needed<FlinksWebhook> {
		const secret = this.#optional(z.string(), "FLINKS_WEBHOOK_SECRET");
		const scheme = this.#optional(z.enum(["geft", "flinks"]), "FLINKS_WEBHOOK_SCHEME") ?? "geft";
		const header = this.#optional(headerName, "FLINKS_WEBHOOK_HEADER");
		const bad = this.#faults.find(({ binding }) => binding.startsWith("FLINKS_WEBHOOK_"));
		if (bad !== undefined) return { fault: bad };
		if (secret === undefined) {
			this.#checkPartner("FLINKS_WEBHOOK_SECRET_PREVIOUS", "FLINKS_WEBHOOK_SECRET");
			// Not collected: many deployments use no webhooks.
			return { fault: faultOf("FLINKS_WEBHOOK_SECRET", "is missing") };
		}
		const previous = this.#optional(z.string(), "FLINKS_WEBHOOK_SECRET_PREVIOUS");
		const secrets = previous === undefined ? [secret] : [secret, previous];
		return { value: { secrets, scheme, ...(header === undefined ? {} : { header }) } };
	}

	#duration(name: TextBinding, unitMs: number, most: number, fallback: number): number | undefined {
		if (bindingValue(this.#env, name) === undefined) return fallback * unitMs;
		const units = this.#optional(whole(most), name);
		return units === undefined ? undefined : units * unitMs;
	}

	#returnMs(name: TextBinding, fallbackDays: number): number {
		return (this.#optional(returnDays, name) ?? fallbackDays) * 24 * HOUR_MS;
	}

	/** Without the event's name the Worker never decides, so a policy that decides needs it. */
	#guarantees(): Pick<Settings, "guaranteePolicy" | "guaranteeEvent"> {
		const guaranteePolicy = this.#optional(GuaranteePolicy, "GUARANTEE_POLICY") ?? "ask";
		if (guaranteePolicy !== "ask") this.#checkPartner("GUARANTEE_POLICY", "FLINKS_GUARANTEE_EVENT");
		return { guaranteePolicy, guaranteeEvent: this.#optional(eventName, "FLINKS_GUARANTEE_EVENT") };
	}

	#merchantWebhook(): Settings["merchantWebhook"] {
		const url = ["MERCHANT_WEBHOOK_URL", z.string().refine(isPublicOrLoopback)] as const;
		const pair = this.#pair(url, ["MERCHANT_WEBHOOK_SECRET", merchantSecret]);
		if (pair.is !== "on") {
			this.#checkPartner("MERCHANT_WEBHOOK_SECRET_PREVIOUS", "MERCHANT_WEBHOOK_SECRET");
			return pair.is === "unset" && messageHook !== undefined ? { is: "on", value: messageHook } : pair;
		}
		if (messageHook !== undefined) {
			const remedy = "Remove it, or remove onMessage from the call of createWorker.";
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

	/** A feature that needs two bindings. */
	#pair<A, B>(
		[one, oneIs]: readonly [name: TextBinding, schema: z.ZodType<A>],
		[other, otherIs]: readonly [name: TextBinding, schema: z.ZodType<B>],
	): Feature<[A, B]> {
		const [isOne, isOther] = [one, other].map((name) => bindingValue(this.#env, name) !== undefined);
		if (!isOne && !isOther) return { is: "unset" };
		if (!isOne || !isOther) {
			const [set, unset] = isOne ? [one, other] : [other, one];
			return { is: "off", fault: this.#incomplete(set, unset) };
		}
		const [first, second] = [this.#required(oneIs, one), this.#required(otherIs, other)];
		if ("fault" in first) return { is: "off", fault: first.fault };
		if ("fault" in second) return { is: "off", fault: second.fault };
		return { is: "on", value: [first.value, second.value] };
	}

	/** A previous secret needs the present one. So do other settings that depend on a second one. */
	#checkPartner(previous: TextBinding, current: TextBinding): void {
		if (bindingValue(this.#env, previous) !== undefined && bindingValue(this.#env, current) === undefined) {
			this.#incomplete(previous, current);
		}
	}

	/** An optional binding. An unusable one is a fault, and counts as unset. */
	#optional<T>(schema: z.ZodType<T>, name: TextBinding): T | undefined {
		if (bindingValue(this.#env, name) === undefined) return undefined;
		const value = this.#parsed(schema, name);
		if (value === undefined) this.#unusable(name);
		return value;
	}

	#required<T>(schema: z.ZodType<T>, name: TextBinding): Needed<T> {
		const value = this.#parsed(schema, name);
		return value === undefined ? { fault: this.#unusable(name) } : { value };
	}

	#incomplete(set: Binding, unset: Binding): Fault {
		const remedy = `Set ${unset} too, or remove ${set}.`;
		return this.#add({ binding: set, fault: "is set without its counterpart", remedy });
	}

	#unusable(binding: Binding): Fault {
		return this.#add(faultOf(binding, bindingValue(this.#env, binding) === undefined ? "is missing" : "is not valid"));
	}

	#add(fault: Fault): Fault {
		this.#faults.push(fault);
		return fault;
	}

	#parsed<T>(schema: z.ZodType<T>, name: TextBinding): T | undefined {
		const parsed = schema.safeParse(bindingValue(this.#env, name));
		return parsed.success ? parsed.data : undefined;
	}
}

function faultOf(binding: Binding, fault: "is missing" | "is not valid"): Fault {
	const [kind, must] = BINDINGS[binding];
	const how = kind === "secret" ? ` Set it by \`npx wrangler secret put ${binding}\`.` : "";
	return { binding, fault, remedy: `It must ${must}.${how}` };
}
