// The client's `startPayment` by hand in JavaScript, with the same requests and the same checks, as one would write it without
// WebAssembly. The client's own work is compared with it.

const MAX_BODY_BYTES = 65_536;
const TRIES = 3;
const utf8 = new TextDecoder("utf-8", { fatal: true });
const isId = (text) => typeof text === "string" && /^[A-Za-z0-9-]{1,64}$/.test(text);
const isToken = (text) => typeof text === "string" && text.length <= 8192 && /^[A-Za-z0-9\-._~+/]+=*$/.test(text);
const isLine = (text, most) =>
	typeof text === "string" && text.trim() !== "" && [...text].length <= most && !/[\p{Cc}\ufffd]/u.test(text);
const isEmail = (text) =>
	text.length <= 254 && /^[^\s"(),:;<>@[\\\]]{1,64}@[^\s"(),:;<>@[\\\]]+\.[^\s"(),:;<>@[\\\]]+$/.test(text);

let noStore;

/** Forbids caching if the host can: workerd throws on the field with a compatibility date that is too old. */
function forbidCache() {
	if (noStore === undefined) {
		noStore = { cache: "no-store" };
		try {
			new Request("https://example.com", noStore);
		} catch {
			noStore = {};
		}
	}
	return noStore;
}

class StepError extends Error {
	constructor(code, stage, outcome, more = {}) {
		super(code);
		Object.assign(this, { code, stage, outcome, ...more });
	}
}

/** @param {import("./stub.js").SideHost} host */
export function newSide(host) {
	return new HandWritten({ ...host, username: "merchant", password: "password" });
}

class HandWritten {
	#baseUrl;
	#basic;
	#fetch;
	#timeoutMs = 8_000;
	#deadlineMs = 25_000;

	constructor({ baseUrl, username, password, fetch }) {
		this.#baseUrl = new URL(baseUrl).origin;
		this.#basic = `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${username}:${password}`)))}`;
		this.#fetch = fetch;
	}

	async startPayment(params, { signal } = {}) {
		const { referenceId, amount, customerName, customerEmail } = params;
		if (!isLine(referenceId, 255)) throw new StepError("invalid_input", "input", "not_sent", { field: "referenceId" });
		const [, dollars, cents = ""] =
			(typeof amount === "string" && /^(0|[1-9][0-9]{0,12})(?:\.([0-9]{1,2}))?$/.exec(amount)) || [];
		const total = BigInt(dollars ?? 0) * 100n + BigInt(cents.padEnd(2, "0"));
		if (total <= 0n) throw new StepError("invalid_input", "input", "not_sent", { field: "amount" });
		if (!isLine(customerName, 255))
			throw new StepError("invalid_input", "input", "not_sent", { field: "customerName" });
		if (!isLine(customerEmail, 255) || !isEmail(customerEmail)) {
			throw new StepError("invalid_input", "input", "not_sent", { field: "customerEmail" });
		}
		const call = { signal, endsAt: Date.now() + this.#deadlineMs, referenceId };
		const { token, expiresAt } = await this.#authorize(call);
		const headers = {
			accept: "application/json",
			authorization: `Bearer ${token}`,
			"content-type": "application/json",
		};
		const body = { referenceId, amount: Number(amount), customerName, customerEmail };
		const session = await this.#step(call, "initiate", "/api/v1/sessions/initiate", headers, JSON.stringify(body));
		const sessionId = fieldOf(session, "sessionId");
		if (!isId(sessionId)) throw new StepError("upstream_protocol", "initiate", "unknown", { referenceId });
		if (Date.now() >= expiresAt) headers.authorization = `Bearer ${(await this.#authorize(call)).token}`;
		const paymentRequest = JSON.stringify({ sessionId });
		const request = await this.#step(call, "payment_request", "/api/v1/paymentrequests", headers, paymentRequest);
		const requestId = fieldOf(request, "requestId") ?? fieldOf(request, "id");
		if (!isId(requestId))
			throw new StepError("upstream_protocol", "payment_request", "unknown", { referenceId, sessionId });
		return { sessionId, requestId, referenceId, appUrl: `${this.#baseUrl}/app/?sessionId=${sessionId}` };
	}

	async #authorize(call) {
		const headers = {
			accept: "application/json",
			"content-type": "application/x-www-form-urlencoded",
			authorization: this.#basic,
		};
		for (let tried = 1; ; tried += 1) {
			const requestedAt = Date.now();
			try {
				const answer = await this.#step(
					call,
					"authorize",
					"/api/v1/authorize",
					headers,
					"grant_type=client_credentials",
				);
				const [token, type, life] = ["access_token", "token_type", "expires_in"].map((key) => fieldOf(answer, key));
				const expiresAt = requestedAt + life * 1000 - Math.min(30_000, life * 500);
				const isValid =
					isToken(token) && String(type).toLowerCase() === "bearer" && Number.isInteger(life) && life >= 1;
				if (isValid && Date.now() < expiresAt) return { token, expiresAt };
				throw new StepError("upstream_protocol", "authorize", "not_sent");
			} catch (error) {
				if (!["network", "timeout", "rate_limited", "upstream_unavailable"].includes(error.code) || tried === TRIES)
					throw error;
				await new Promise((resolve) => setTimeout(resolve, Math.random() * 250 * tried));
			}
		}
	}

	async #step(call, stage, path, headers, body) {
		const outcome = stage === "authorize" ? "not_sent" : "unknown";
		const about = { referenceId: call.referenceId };
		if (call.signal?.aborted) throw new StepError("aborted", stage, "not_sent", about);
		const controller = new AbortController();
		const limitMs = Math.min(this.#timeoutMs, call.endsAt - Date.now());
		const abort = () => controller.abort();
		const timer = setTimeout(abort, limitMs);
		call.signal?.addEventListener("abort", abort);
		try {
			const { signal } = controller;
			const init = { method: "POST", redirect: "manual", ...forbidCache(), headers, body, signal };
			const response = await this.#fetch(this.#baseUrl + path, init);
			const { status } = response;
			if (response.redirected || status === 0 || (status >= 300 && status < 400)) {
				await response.body?.cancel();
				throw new StepError("unexpected_redirect", stage, outcome, about);
			}
			if (status < 200 || status > 299) {
				await response.body?.cancel();
				throw new StepError(codeOf(status, stage), stage, status >= 500 ? outcome : "rejected", { status, ...about });
			}
			return JSON.parse(await textOf(response));
		} catch (error) {
			if (error instanceof StepError) throw error;
			if (controller.signal.aborted)
				throw new StepError(call.signal?.aborted ? "aborted" : "timeout", stage, outcome, about);
			throw new StepError(error instanceof SyntaxError ? "upstream_protocol" : "network", stage, outcome, about);
		} finally {
			clearTimeout(timer);
			call.signal?.removeEventListener("abort", abort);
		}
	}
}

async function textOf(response) {
	if (!/^application\/(?:[^;]+\+)?json *(?:;|$)/i.test(response.headers.get("content-type") ?? "")) {
		await response.body?.cancel();
		throw new SyntaxError("the answer is not JSON");
	}
	const reader = response.body.getReader();
	const chunks = [];
	let size = 0;
	for (;;) {
		const { done, value } = await reader.read();
		if (done) break;
		size += value.byteLength;
		if (size > MAX_BODY_BYTES) {
			await reader.cancel();
			throw new SyntaxError("the answer is too long");
		}
		chunks.push(value);
	}
	if (chunks.length === 1) return utf8.decode(chunks[0]);
	const all = new Uint8Array(size);
	let offset = 0;
	for (const chunk of chunks) {
		all.set(chunk, offset);
		offset += chunk.byteLength;
	}
	return utf8.decode(all);
}

/** Flinks' pages write keys with either capitals or small letters. */
function fieldOf(answer, key) {
	if (answer === null || typeof answer !== "object") return undefined;
	if (key in answer) return answer[key];
	const found = Object.keys(answer).find((other) => other.toLowerCase() === key.toLowerCase());
	return found === undefined ? undefined : answer[found];
}

function codeOf(status, stage) {
	if (status === 401) return stage === "authorize" ? "credentials_rejected" : "token_rejected";
	if (status === 408 || status === 425 || status >= 500) return "upstream_unavailable";
	return { 403: "forbidden", 404: "not_found", 409: "conflict", 429: "rate_limited" }[status] ?? "rejected";
}
