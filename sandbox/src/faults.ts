// Makes calls fail on purpose: before their effect, after it, or in the middle of the answer. The sandbox's own; what
// a client must survive is not in docs.flinks.com.
import type { Context, MiddlewareHandler } from "hono";
import { stepOf } from "./fault-names.ts";
import type { Journaled } from "./journal.ts";
import { Refusal } from "./refusal.ts";
import { type Tokens, unauthorized } from "./tokens.ts";
import type { FaultName, SandboxFault } from "./types.ts";

const SLOW_BODY_MS = 10_000;

/** The faults that are switched on, each met by the calls of its step until its times are over. */
export class Faults {
	readonly pending: SandboxFault[] = [];

	add(fault: SandboxFault): void {
		this.pending.push({ times: 1, ...fault });
	}

	/** The fault that this call meets, one time less for the next. */
	take(method: string, path: string): SandboxFault | undefined {
		const step = stepOf(method, path);
		const index = this.pending.findIndex((fault) => fault.step === step);
		const fault = this.pending[index];
		if (!fault) return undefined;
		const left = (fault.times ?? 1) - 1;
		if (left > 0) this.pending[index] = { ...fault, times: left };
		else this.pending.splice(index, 1);
		return fault;
	}
}

/** Stands between the journal and the routes. */
export function withFaults(faults: Faults, tokens: Tokens): MiddlewareHandler<Journaled> {
	return async (c, next) => {
		const met = faults.take(c.req.method, c.req.path);
		if (!met) return next();
		const { entry } = c.var;
		entry.fault = met.fault;
		await before(c, met, tokens);
		await next();
		await after(c, met, tokens);
	};
}

/** What happens instead of the call. */
async function before(c: Context<Journaled>, { fault, step, retryAfter }: SandboxFault, tokens: Tokens): Promise<void> {
	const status = statusOf(fault);
	if (status) {
		throw new Refusal(status, "A fault that was switched on.", retryAfter === undefined ? {} : { retryAfter });
	}
	if (fault === "timeout_before") await never(c);
	if (fault === "token_expired" && step !== "authorize") {
		const { label } = tokens.require(c);
		tokens.expire(label);
		throw unauthorized("The access token is missing, unknown or expired.");
	}
}

/** What becomes of the answer. */
async function after(c: Context<Journaled>, { fault, delayMs }: SandboxFault, tokens: Tokens): Promise<void> {
	const { status } = c.res;
	const body = await c.res.clone().text();
	if (fault === "timeout_after") await never(c);
	if (fault === "token_expired" && c.var.entry.token) tokens.expire(c.var.entry.token);
	const put = (type: string, content: string | ReadableStream<Uint8Array>) => {
		const headers = new Headers(c.res.headers);
		headers.set("content-type", type);
		headers.delete("content-length");
		// Hono keeps the headers of a response that is replaced, unless it is taken away first.
		c.res = undefined;
		c.res = new Response(content, { status, headers });
	};
	if (fault === "empty") put("application/json", "");
	if (fault === "html") put("text/html; charset=utf-8", "<!doctype html><title>Gateway</title><p>Something else.</p>");
	if (fault === "not_json") put("application/json", body.slice(0, Math.ceil(body.length / 2)));
	if (fault === "slow_body") put("application/json", slowly(body, delayMs ?? SLOW_BODY_MS));
}

function statusOf(fault: FaultName): 429 | 500 | 502 | 503 | undefined {
	return ([429, 500, 502, 503] as const).find((status) => String(status) === fault);
}

/** Waits until the caller hangs up. */
function never(c: Context): Promise<never> {
	const { signal } = c.req.raw;
	return new Promise((_, reject) => {
		const stop = () => reject(new Refusal(503, "The caller hung up."));
		if (signal.aborted) stop();
		signal.addEventListener("abort", stop, { once: true });
	});
}

/** The first half at once, the rest after a while. */
function slowly(body: string, ms: number): ReadableStream<Uint8Array> {
	const bytes = new TextEncoder().encode(body);
	const half = Math.ceil(bytes.length / 2);
	let timer: ReturnType<typeof setTimeout>;
	return new ReadableStream({
		start(stream) {
			stream.enqueue(bytes.slice(0, half));
			timer = setTimeout(() => {
				stream.enqueue(bytes.slice(half));
				stream.close();
			}, ms);
		},
		cancel() {
			clearTimeout(timer);
		},
	});
}
