// The requests of the doctor: each is sent once, by a client of its own whose `fetch` records it, without credentials,
// tokens and texts of answers.

import { type AttemptEvent, FlinksPay, type FlinksPayOptions } from "flinkspay-edge";
import type { CheckReport } from "./schemas/configuration.ts";

/** An account at Flinks: its host and what Flinks gave the merchant. */
export type Account = Pick<FlinksPayOptions, "baseUrl" | "username" | "password" | "instance" | "clientId" | "fetch">;

/** A recorded request and its answer. */
export type Step = CheckReport["steps"][number];

export type Way = Pick<FlinksPayOptions, "credentialsIn" | "basicEncoding">;
export type Variant = Pick<FlinksPayOptions, "tokenHeader" | "instance" | "clientId">;
export type Product = "v1" | "v2";
/** The answers to one client. Without `v1` it got no token. */
export type Seen = { variant: Variant } & Record<Product | "authorize", Step | undefined>;

const AUTHORIZE = "/api/v1/authorize";
const STEP_MS = 5_000;
const MAX_BODY_LENGTH = 65_536;
const LOCKED = /\block(ed|out|-out)|too many|attempts|suspended|blocked|temporarily/i;

/** The requests to one account, until `signal` ends them. */
export class Requests {
	readonly steps: Step[] = [];
	/** How far the host's clock is ahead of this one. */
	clockSeconds: number | undefined;
	readonly #account: Account;
	readonly #signal: AbortSignal;
	readonly #secrets: string[];

	constructor(account: Account, signal: AbortSignal) {
		this.#account = account;
		this.#signal = signal;
		this.#secrets = encodingsOf(account.username, account.password);
	}

	/** Whether an answer looked like a lock-out, after which nothing more may be sent. */
	get isLocked(): boolean {
		return this.steps.some(({ looksLocked }) => looksLocked);
	}

	/** Authorizes once and reads once for each product. With an invented token it does not authorize. */
	async send(way: Way, variant: Variant, invented?: string): Promise<Seen> {
		const from = this.steps.length;
		// The client would authorize for each read. Nothing is created, so one token serves both.
		let issued = invented && JSON.stringify({ access_token: invented, token_type: "bearer", expires_in: 299 });
		const fetch: NonNullable<Account["fetch"]> = async (url, init) => {
			const { pathname: path } = new URL(url);
			const isAuthorize = path === AUTHORIZE;
			if (isAuthorize && issued) return new Response(issued, { headers: { "content-type": "application/json" } });
			const sent = isAuthorize
				? [wayOf(way)]
				: [...(invented ? ["an invented token"] : []), ...headersOf(variant, path)];
			const step: Step = { method: init.method ?? "GET", path, sent };
			this.steps.push(step);
			const { response, text } = await this.#fetch(step, url, init);
			if (isAuthorize && response.ok) {
				issued = text;
				const { access_token: token } = Object(parsed(issued)) as { access_token?: unknown };
				if (typeof token === "string") this.#secrets.push(...encodingsOf(token));
			}
			return response;
		};
		const { baseUrl, username, password } = this.#account;
		const pay = new FlinksPay({ baseUrl, username, password, ...way, ...variant, timeoutMs: STEP_MS, fetch });
		await once((call) => pay.getPaymentRequest(crypto.randomUUID(), call), this.#signal);
		const stepTo = (to: string) => this.steps.slice(from).find(({ path }) => path.startsWith(to));
		const v1 = stepTo("/api/v1/paymentrequests/");
		// The details: the status may be read without a token.
		if (v1 && !this.isLocked) await once((call) => pay.getSessionDetails(crypto.randomUUID(), call), this.#signal);
		pay.close();
		return { variant, authorize: stepTo(AUTHORIZE), v1, v2: stepTo("/api/v2/") };
	}

	/** Sends a request, and describes its answer in the step. Gives the answer, and the start of its body. */
	async #fetch(step: Step, url: string, init: RequestInit): Promise<{ response: Response; text: string }> {
		try {
			const response = await (this.#account.fetch ?? globalThis.fetch)(url, init);
			const { status } = response;
			const text = await startOf(response.clone());
			step.status = status;
			this.#describe(step, response, text);
			const isRefused = step.path === AUTHORIZE && !response.ok;
			if ([423, 429].includes(status) || (isRefused && (status === 403 || LOCKED.test(text)))) step.looksLocked = true;
			return { response, text };
		} catch (error) {
			step.failure = init.signal?.aborted ? "no answer in time" : errorWordOf(error);
			throw error;
		}
	}

	#describe(step: Step, { status, headers }: Response, text: string): void {
		const isRedirect = status >= 300 && status < 400;
		const contentType = /^[\w.+-]+\/[\w.+-]+/.exec(headers.get("content-type") ?? "")?.[0];
		if (contentType !== undefined) step.contentType = this.#redacted(contentType);
		const json = /json/.test(contentType ?? "") ? parsed(text) : undefined;
		step.isJson = json !== undefined;
		const names = Object.keys(Object(json)).slice(0, 20);
		if (json !== undefined) step.fields = names.map((name) => this.#redacted(name));
		const location = headers.get("location");
		if (isRedirect && location !== null && URL.canParse(location, this.#account.baseUrl)) {
			step.redirectsTo = this.#redacted(new URL(location, this.#account.baseUrl).origin, /^.{1,200}$/);
		}
		const date = Date.parse(headers.get("date") ?? "");
		if (!Number.isNaN(date)) this.clockSeconds ??= Math.round((date - Date.now()) / 1000);
	}

	/** A host may send back whatever it was sent, in place of a name and in other letters. */
	#redacted(text: string, shape = /^[A-Za-z_./+-]{1,60}$/): string {
		const isSecret = this.#secrets.some((secret) => text.toLowerCase().includes(secret.toLowerCase()));
		return shape.test(text) && !isSecret ? text : "(not shown)";
	}
}

/** Makes a read whose requests are each sent once: the client would repeat some of them. */
async function once(
	read: (call: { signal: AbortSignal; onEvent: (event: AttemptEvent) => void }) => Promise<unknown>,
	signal: AbortSignal,
): Promise<void> {
	const stop = new AbortController();
	const onEvent = ({ outcome }: AttemptEvent) => {
		if (outcome !== "ok") stop.abort();
	};
	// The steps have the result.
	await read({ signal: AbortSignal.any([signal, stop.signal]), onEvent }).catch(() => {});
}

/** The encodings of texts in headers, forms and URLs, of each and of both together. */
function encodingsOf(...texts: string[]): string[] {
	const formOf = (text: string) => new URLSearchParams({ "": text }).toString().slice(1);
	const all = [...texts, texts.join(":"), texts.map(formOf).join(":")];
	const base64 = all.map((text) => btoa(String.fromCharCode(...new TextEncoder().encode(text))).replace(/=+$/, ""));
	return [...all, ...base64, ...texts.flatMap((text) => [formOf(text), encodeURIComponent(text)])];
}

async function startOf({ body }: Response): Promise<string> {
	const reader = body?.getReader();
	const decoder = new TextDecoder();
	let text = "";
	while (reader !== undefined && text.length < MAX_BODY_LENGTH) {
		const { done, value } = await reader.read();
		if (done) break;
		text += decoder.decode(value, { stream: true });
	}
	// It ends with the other half of the cloned answer, which is the client's.
	reader?.cancel().catch(() => {});
	return text;
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

export function wayOf({ credentialsIn, basicEncoding }: Way): string {
	return credentialsIn === "form" ? "form fields" : `Basic, ${basicEncoding}`;
}

function headersOf({ tokenHeader, instance, clientId }: Variant, path: string): string[] {
	return [
		tokenHeader === "bearertoken" ? "BearerToken" : "Authorization",
		...(instance === undefined ? [] : ["BaseURI"]),
		...(clientId === undefined || path.startsWith("/api/v1/") ? [] : ["x-client-id"]),
	];
}

/** The runtime's word for a request without an answer. */
function errorWordOf(error: unknown): string {
	if (!(error instanceof Error)) return "unknown";
	const { code } = Object(error.cause ?? error) as { code?: unknown };
	return typeof code === "string" && /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : error.name;
}
