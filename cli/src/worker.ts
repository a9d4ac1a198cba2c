// The Worker as the commands ask it. What it answers has the types of its own schemas.

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

/** What is to be done about a problem, where its title does not say it. */
const ADVICE: { readonly [Code in Problem["code"]]?: string } = {
	unauthorized: "API_KEY is not the key of this Worker.",
	misconfigured: "GET /config says what is missing.",
	credentials_rejected: "Look at FLINKS_USERNAME and FLINKS_PASSWORD of the Worker.",
};

/** The parameters of a list, by the Worker's names. */
export type Query = Readonly<Record<string, string | undefined>>;

/** Why the Worker did not do it. */
export class Refusal extends Failure {
	/** The HTTP status; 0 where nobody answered. */
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
		return this.#ask("config");
	}

	payment(id: string): Promise<PaymentView> {
		return this.#ask(`payments/${encodeURIComponent(id)}`);
	}

	timeline(id: string): Promise<Timeline> {
		return this.#ask(`payments/${encodeURIComponent(id)}/events`);
	}

	payments(query: Query): Promise<PaymentsPage> {
		return this.#ask("payments", { query });
	}

	events(query: Query, signal?: AbortSignal): Promise<FeedPage> {
		return this.#ask("events", { query, signal });
	}

	create(params: PaymentParams): Promise<CreatedPayment> {
		return this.#ask("payments", { body: params, headers: { "Idempotency-Key": crypto.randomUUID() } });
	}

	resend(id: string): Promise<PaymentView> {
		return this.#ask(`payments/${encodeURIComponent(id)}/resend`, { body: {} });
	}

	resolve(id: string, resolution: Resolution): Promise<PaymentView> {
		return this.#ask(`payments/${encodeURIComponent(id)}/resolution`, { body: resolution });
	}

	async #ask<T>(path: string, asked: Asked = {}): Promise<T> {
		const { query = {}, body, headers = {}, signal } = asked;
		// It may be mounted under a path.
		const url = new URL(path, this.#url.href.replace(/\/*$/, "/"));
		for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
		const limit = AbortSignal.timeout(TIMEOUT_MS);
		const answer = await sent(url, {
			method: body === undefined ? "GET" : "POST",
			headers: { Authorization: `Bearer ${this.#key}`, "Content-Type": "application/json", ...headers },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
			// Elsewhere nobody may have the key.
			redirect: "error",
			signal: signal ? AbortSignal.any([limit, signal]) : limit,
		});
		const answered = await bodyOf<T & Partial<Problem>>(answer, url);
		if (answer.ok && answered) return answered;
		throw new Refusal(reasonOf(answer, answered, url.origin), answer.status);
	}
}

interface Asked {
	query?: Query;
	body?: object;
	headers?: Record<string, string>;
	signal?: AbortSignal | undefined;
}

/** Sends, or says in a `Refusal` that nobody answers. */
export async function sent(url: URL, init: RequestInit): Promise<Response> {
	try {
		return await fetch(url, init);
	} catch (error) {
		throw new Refusal(`${url.origin} does not answer (${messageOf(error)}). Is the address right, and does it run?`, 0);
	}
}

/** What an error of the host says, the cause rather than that there is one. */
export function messageOf(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	if (error.cause instanceof Error) return messageOf(error.cause);
	return "code" in error && typeof error.code === "string" ? error.code : error.message;
}

/** The JSON of an answer, where it has some. An answer that breaks off is none. */
async function bodyOf<T>(answer: Response, { origin }: URL): Promise<T | undefined> {
	if (!isJson(answer)) return undefined;
	try {
		return (await answer.json()) ?? undefined;
	} catch (error) {
		throw new Refusal(`${origin} answered ${answer.status}, and not to the end (${messageOf(error)}).`, 0);
	}
}

function reasonOf(answer: Response, problem: Partial<Problem> | undefined, origin: string): string {
	const { code, field, title, detail, id }: Partial<Problem> = problem ?? {};
	if (code === undefined) return `${origin} answered ${answer.status}, and not as the Worker does. Is that the Worker?`;
	const wait = answer.headers.get("Retry-After");
	const facts = [code, field && `field ${field}`, id && `payment ${id}`].filter(Boolean).join(", ");
	const advice = [title, detail, ADVICE[code], wait && `Try again in ${wait} s`].filter(Boolean);
	return `The Worker says ${facts}: ${advice.map((text) => `${text}`.replace(/\.?$/, ".")).join(" ")}`;
}

function isJson(answer: Response): boolean {
	return /^application\/(problem\+)?json\b/.test(answer.headers.get("Content-Type") ?? "");
}
