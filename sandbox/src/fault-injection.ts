// Makes calls fail on purpose: before their effect, after it, or in the middle of the answer. The sandbox's own, not one
// of Flinks' pages.
import type { Context, MiddlewareHandler } from "hono";
import { stepOf } from "./fault-settings.ts";
import type { Journaled } from "./journal.ts";
import { Refusal } from "./refusal.ts";
import { type Tokens, unauthorized } from "./tokens.ts";
import type { FaultName, SandboxFault } from "./types.ts";

const SLOW_BODY_MS = 10_000;

/** The faults that are switched on. Each applies to the next `times` calls of its step. */
export class Faults {
	readonly pending: SandboxFault[] = [];

	add(fault: SandboxFault): void {
		this.pending.push({ times: 1, ...fault });
	}

	/** Removes and gives the fault for this call; one with more `times` left stays for the next. */
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

/** Middleware between the journal and the routes. */
export function withFaults(faults: Faults, tokens: Tokens): MiddlewareHandler<Journaled> {
	return async (c, next) => {
		const fault = faults.take(c.req.method, c.req.path);
		if (!fault) return next();
		c.var.entry.fault = fault.fault;
		await failBefore(c, fault, tokens);
		await next();
		await failAfter(c, fault, tokens);
	};
}

/** Fails instead of the call, where the fault has no effect on the payment. */
async function failBefore(
	c: Context<Journaled>,
	{ fault, step, retryAfter }: SandboxFault,
	tokens: Tokens,
): Promise<void> {
	const status = statusOf(fault);
	if (status) {
		throw new Refusal(status, "A fault that was switched on.", retryAfter === undefined ? {} : { retryAfter });
	}
	if (fault === "timeout_before") await waitForHangUp(c);
	if (fault === "token_expired" && step !== "authorize") {
		const { label } = tokens.require(c);
		tokens.expire(label);
		throw unauthorized("The access token is missing, unknown or expired.");
	}
}

/** Spoils the answer after the call has had its effect. */
async function failAfter(c: Context<Journaled>, { fault, delayMs }: SandboxFault, tokens: Tokens): Promise<void> {
	const { status } = c.res;
	const body = await c.res.clone().text();
	if (fault === "timeout_after") await waitForHangUp(c);
	if (fault === "token_expired" && c.var.entry.token) tokens.expire(c.var.entry.token);
	const replace = (type: string, content: string | ReadableStream<Uint8Array>) => {
		const headers = new Headers(c.res.headers);
		headers.set("content-type", type);
		headers.delete("content-length");
		// Hono keeps the headers of the old response unless it is removed first.
		c.res = undefined;
		c.res = new Response(content, { status, headers });
	};
	if (fault === "empty") replace("application/json", "");
	if (fault === "html")
		replace("text/html; charset=utf-8", "<!doctype html><title>Gateway</title><p>Something else.</p>");
	if (fault === "not_json") replace("application/json", body.slice(0, Math.ceil(body.length / 2)));
	if (fault === "slow_body") replace("application/json", slowBody(body, delayMs ?? SLOW_BODY_MS));
}

function statusOf(fault: FaultName): 429 | 500 | 502 | 503 | undefined {
	return ([429, 500, 502, 503] as const).find((status) => String(status) === fault);
}

/** Never answers: waits until the caller hangs up. */
function waitForHangUp(c: Context): Promise<never> {
	const { signal } = c.req.raw;
	return new Promise((_, reject) => {
		const stop = () => reject(new Refusal(503, "The caller hung up."));
		if (signal.aborted) stop();
		signal.addEventListener("abort", stop, { once: true });
	});
}

/** Sends the first half at once and the rest later. */
function slowBody(body: string, ms: number): ReadableStream<Uint8Array> {
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
