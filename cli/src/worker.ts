// A client of the Worker, with the types of its own schemas.

import type { Problem } from "flinkspay-edge-worker/src/problem.ts";
import type { Configuration } from "flinkspay-edge-worker/src/schemas/configuration.ts";
import type { FeedPage, Timeline } from "flinkspay-edge-worker/src/schemas/events.ts";
import type { PaymentParams } from "flinkspay-edge-worker/src/schemas/params.ts";
import type {
	CreatedPayment,
	PaymentsPage,
	PaymentView,
	Resolution,
} from "flinkspay-edge-worker/src/schemas/payment.ts";
import { Failure } from "./failure.ts";

const TIMEOUT_MS = 30_000;

/** What to do about a problem whose title does not say it. */
const ADVICE: { readonly [Code in Problem["code"]]?: string } = {
	unauthorized: "API_KEY is not the key of this Worker.",
	misconfigured: "GET /config says what is missing.",
	credentials_rejected: "Look at FLINKS_USERNAME and FLINKS_PASSWORD of the Worker.",
};

/** The parameters of a list, by the Worker's names. */
export type Query = Readonly<Record<string, string | undefined>>;

/** A request to the Worker or the sandbox failed. */
export class Refusal extends Failure {
	/** The HTTP status; 0 if there was no complete answer. */
	readonly status: number;

	constructor(message: string, status: number) {
		super(message, status === 400 ? 2 : 1);
		this.status = status;
	}
}

/** Every method rejects with a `Refusal`. */
export class Worker {
	readonly #url: URL;
	readonly #key: string;

	constructor(url: URL, key: string) {
		this.#url = url;
		this.#key = key;
	}

	configuration(): Promise<Configuration> {
		return this.#call("config", "bindings");
	}

	payment(id: string): Promise<PaymentView> {
		return this.#call(`payments/${encodeURIComponent(id)}`, "id");
	}

	timeline(id: string): Promise<Timeline> {
		return this.#call(`payments/${encodeURIComponent(id)}/events`, "events");
	}

	payments(query: Query): Promise<PaymentsPage> {
		return this.#call("payments", "payments", { query });
	}

	events(query: Query, signal?: AbortSignal): Promise<FeedPage> {
		return this.#call("events", "events", { query, signal });
	}

	create(params: PaymentParams): Promise<CreatedPayment> {
		return this.#call("payments", "id", { body: params, headers: { "Idempotency-Key": crypto.randomUUID() } });
	}

	resend(id: string): Promise<PaymentView> {
		return this.#call(`payments/${encodeURIComponent(id)}/resend`, "id", { body: {} });
	}

	resolve(id: string, resolution: Resolution): Promise<PaymentView> {
		return this.#call(`payments/${encodeURIComponent(id)}/resolution`, "id", { body: resolution });
	}

	/** `field` is an id or a list that the Worker's answer has and another server's has not. */
	async #call<T extends object>(path: string, field: keyof T, request: WorkerRequest = {}): Promise<T> {
		const { query = {}, body, headers = {}, signal } = request;
		// The Worker may be mounted under a path.
		const url = new URL(path, this.#url.href.replace(/\/*$/, "/"));
		for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
		const limit = AbortSignal.timeout(TIMEOUT_MS);
		const response = await send(url, {
			method: body === undefined ? "GET" : "POST",
			headers: { Authorization: `Bearer ${this.#key}`, "Content-Type": "application/json", ...headers },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
			// Another address must not get the key.
			redirect: "error",
			signal: signal ? AbortSignal.any([limit, signal]) : limit,
		});
		const answer = await bodyOf<T & Partial<Problem>>(response, url);
		const value = answer?.[field];
		if (response.ok && answer && (typeof value === "string" || Array.isArray(value))) return answer;
		throw new Refusal(reasonOf(response, answer, url.origin), response.status);
	}
}

interface WorkerRequest {
	query?: Query;
	body?: object;
	headers?: Record<string, string>;
	signal?: AbortSignal | undefined;
}

/** Sends a request. Throws a `Refusal` if there is no answer. */
export async function send(url: URL, init: RequestInit): Promise<Response> {
	try {
		return await fetch(url, init);
	} catch (error) {
		throw new Refusal(`${url.origin} does not answer (${messageOf(error)}). Is the address right, and does it run?`, 0);
	}
}

/** The message of an error of the host, or that of its cause. */
export function messageOf(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	if (error.cause instanceof Error) return messageOf(error.cause);
	return "code" in error && typeof error.code === "string" ? error.code : error.message;
}

/** The JSON of an answer; undefined if it has none. Throws a `Refusal` if the answer breaks off. */
async function bodyOf<T>(response: Response, { origin }: URL): Promise<T | undefined> {
	if (!/^application\/(problem\+)?json\b/.test(response.headers.get("Content-Type") ?? "")) return undefined;
	try {
		return (await response.json()) ?? undefined;
	} catch (error) {
		throw new Refusal(`The answer ${response.status} of ${origin} broke off (${messageOf(error)}).`, 0);
	}
}

function reasonOf({ status, headers }: Response, problem: Partial<Problem> | undefined, origin: string): string {
	const { code, field, title, detail, id }: Partial<Problem> = problem ?? {};
	if (code === undefined) return `${origin} answered ${status}, but not as the Worker does. Is that the Worker?`;
	const wait = headers.get("Retry-After");
	const facts = [code, field && `field ${field}`, id && `payment ${id}`].filter(Boolean).join(", ");
	const advice = [title, detail, ADVICE[code], wait && `Try again in ${wait} s`].filter(Boolean);
	return `The Worker answered ${facts}: ${advice.map((text) => `${text}`.replace(/\.?$/, ".")).join(" ")}`;
}
