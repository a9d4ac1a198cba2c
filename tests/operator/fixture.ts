// What the tests of the operator's page run on: the Worker and its configuration as they ship, with a clock that can be moved;
// the sandbox behind it; a merchant's endpoint that can refuse; and payments of every kind, some of them days old.

import { text } from "node:stream/consumers";
import { GUARANTEE_EVENT, registerWebhook, startSandbox, startWorker } from "../../tools/processes.ts";
import { newSecret } from "../merchant/messages.ts";
import { serve } from "../serve.ts";

export interface Payment {
	id: string;
	referenceId: string;
	requestId?: string;
	sessionId?: string;
}

interface Listed {
	payments: Record<string, unknown>[];
}

export type Fixture = Awaited<ReturnType<typeof openFixture>>;

const HOUR_MS = 3_600_000;
const PERSON = { firstName: "Zephyrine", lastName: "Canary" };
const PAYOR = { customerName: "Zephyrine Canary", customerEmail: "zephyrine.canary@example.com" };

/** Text that would run in a page that used it as markup. */
export const HOSTILE = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

export async function openFixture() {
	const [apiKey, username, password] = Array.from({ length: 3 }, () => crypto.randomUUID()) as [string, string, string];
	const webhookSecret = crypto.randomUUID();
	/** References whose messages the merchant refuses. */
	const refused = new Set<string>();
	const taken: { type: string; referenceId: string }[] = [];
	/** A status in place of Flinks' own, by payment request. */
	const statuses = new Map<string, string>();
	const closers: (() => unknown)[] = [];

	const sandbox = await startSandbox({ username, password });
	closers.push(sandbox.stop);
	const merchant = await serve(async (request, response) => {
		const { type, data } = JSON.parse(await text(request));
		const isRefused = refused.has(data.referenceId);
		if (!isRefused) taken.push({ type, referenceId: data.referenceId });
		response.writeHead(isRefused ? 500 : 204).end();
	});
	const flinks = await serve(async (request, response) => {
		const { method = "GET", url = "/" } = request;
		const headers = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
		for (const name of ["host", "content-length"]) headers.delete(name);
		headers.set("connection", "close");
		const body = method === "GET" ? null : await text(request);
		const answer = await fetch(sandbox.url + url, { method, headers, body });
		const status = statuses.get(/^\/api\/v1\/paymentrequests\/([^/]+)$/.exec(url)?.[1] ?? "");
		const json = await answer.text();
		const type = answer.headers.get("content-type") ?? "application/json";
		response.writeHead(answer.status, { "Content-Type": type });
		response.end(status ? JSON.stringify({ ...JSON.parse(json), status }) : json);
	});
	closers.push(merchant.close, flinks.close);
	const worker = await startWorker({
		sandboxUrl: flinks.url,
		entry: "../tests/crash/worker.ts",
		secrets: {
			...{ FLINKS_USERNAME: username, FLINKS_PASSWORD: password, API_KEY: apiKey },
			FLINKS_WEBHOOK_SECRET: webhookSecret,
		},
		vars: {
			MERCHANT_WEBHOOK_URL: `${merchant.url}/hooks`,
			MERCHANT_WEBHOOK_SECRET: newSecret(),
			FLINKS_GUARANTEE_EVENT: GUARANTEE_EVENT,
			...{ FLINKS_TIMEOUT_MS: "60000", FLINKS_DEADLINE_MS: "100000" },
			LEDGER_SHARDS: "2",
			MOVED_MS: "0",
		},
	});
	closers.push(worker.stop);

	async function ask(method: string, url: string, body?: unknown): Promise<Record<string, unknown>> {
		const headers = {
			Authorization: `Bearer ${apiKey}`,
			// A kept-alive connection may be closed just when the next request is sent.
			Connection: "close",
			"Idempotency-Key": crypto.randomUUID(),
			...(body === undefined ? {} : { "Content-Type": "application/json" }),
		};
		const response = await fetch(url, {
			method,
			headers,
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		const json = await response.text();
		return json === "" ? {} : JSON.parse(json);
	}
	const api = (method: string, path: string, body?: unknown) => ask(method, worker.url + path, body);
	const control = (method: string, path: string, body?: unknown) => ask(method, `${sandbox.url}/sandbox/${path}`, body);

	/** Asks for a payment, and gives it or the problem with its id. */
	async function pay(referenceId: string, other: Record<string, unknown> = {}): Promise<Payment> {
		const payor = other.product === undefined ? PAYOR : { payor: PERSON };
		return (await api("POST", "/payments", { referenceId, amount: "12.50", ...payor, ...other })) as unknown as Payment;
	}

	/** A payment after the payor's act, which the ledger has read. */
	async function paid(referenceId: string, outcome = "accept", other: Record<string, unknown> = {}): Promise<Payment> {
		const payment = await pay(referenceId, other);
		await control("POST", `sessions/${payment.sessionId}/play`, { outcome });
		await api("GET", `/payments/${payment.id}`);
		return payment;
	}

	/** Waits until the ledger's view of a payment fits. Flinks' webhook causes the read. */
	async function untilKnown(payment: Payment, isIt: (view: Record<string, unknown>) => boolean): Promise<void> {
		for (const deadline = Date.now() + 120_000; ; ) {
			const { payments } = (await api("GET", `/payments?referenceId=${payment.referenceId}`)) as unknown as Listed;
			const view = payments.find(({ id }) => id === payment.id);
			if (view && isIt(view)) return;
			if (Date.now() > deadline) throw new Error(`${payment.referenceId} is ${JSON.stringify(view)}`);
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
	}

	/** A guaranteed EFT whose guarantee waits for a decision. */
	async function waiting(referenceId: string): Promise<Payment> {
		const payment = await pay(referenceId, { product: "geft", amount: "640" });
		await control("POST", `sessions/${payment.sessionId}/play`, { outcome: "guarantee_waits" });
		await untilKnown(payment, ({ guarantee }) => guarantee === "waiting");
		return payment;
	}

	/** A payment whose outcome is unknown, since the answer to this step cannot be read. */
	async function unknown(
		referenceId: string,
		step = "initiate",
		other: Record<string, unknown> = {},
	): Promise<Payment> {
		await control("POST", "faults", { step, fault: "html" });
		return pay(referenceId, other);
	}

	/** The sandbox's ids for a reference whose payment is unknown to the ledger. */
	async function idsAtFlinks(referenceId: string): Promise<{ sessionId: string; requestId: string }> {
		const { payments } = (await control("GET", "state")) as unknown as {
			payments: { referenceId: string; sessionId: string; requestId: string }[];
		};
		const one = payments.find((payment) => payment.referenceId === referenceId);
		if (!one) throw new Error(`the sandbox does not know ${referenceId}`);
		return one;
	}

	/** Moves the Worker's clock this many hours from the real one, and rings its alarms. */
	async function moveClock(hours: number): Promise<void> {
		await api("GET", `/-/clock?ms=${hours * HOUR_MS}`);
		await api("GET", "/-/alarm");
	}

	/** Makes each try of a message that the merchant refuses, from this many hours ago. */
	async function giveUp(hoursAgo: number): Promise<void> {
		for (let tries = 0; tries < 10; tries++) await moveClock(-hoursAgo + tries * 23);
	}

	async function close(): Promise<void> {
		for (const closer of closers.reverse()) await closer();
	}

	await registerWebhook(sandbox.url, worker.url, webhookSecret);

	return {
		...{ url: worker.url, apiKey, refused, taken, statuses, api, control, close },
		...{ pay, paid, untilKnown, waiting, unknown, idsAtFlinks, moveClock, giveUp },
	};
}
