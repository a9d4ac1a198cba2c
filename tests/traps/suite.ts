// What happens to a wasm instance that traps, and to the calls on it. It runs inside each runtime, on the build that traps on
// demand; the upstream is a function.

import type * as Package from "flinkspay-edge";

/** One case: its name, and what was wrong. */
export interface Verdict {
	name: string;
	complaints: string[];
}

/** The part of the package that is tested. The build that traps has a class of its own. */
interface Client {
	FlinksPay: new (
		options: Package.FlinksPayOptions,
	) => Pick<Package.FlinksPay, "startPayment" | "getPaymentRequest" | "warm" | "close">;
}
type Step = "authorize" | "initiate" | "paymentrequests" | "r-1";

const kinds = ["panic", "overflow", "memory"];
const places = {
	input: ["input", "not_sent"],
	authorize: ["authorize", "not_sent"],
	initiate: ["initiate", "unknown"],
	paymentrequests: ["payment_request", "unknown"],
} as const;

/** Every place and kind of trap, and many traps in a row. */
export async function suite(client: Client): Promise<Verdict[]> {
	const verdicts: Verdict[] = [];
	for (const place of Object.keys(places) as (keyof typeof places)[]) {
		for (const kind of kinds) verdicts.push(await oneTrap(client, place, kind));
	}
	verdicts.push(await manyTraps(client));
	verdicts.push(await warmTrap(client));
	verdicts.push(await readTrap(client));
	return verdicts;
}

/** A payment traps while others wait for their answers: all of them end as they must, and the next one is paid. */
async function oneTrap(client: Client, place: keyof typeof places, kind: string): Promise<Verdict> {
	const upstream = new Upstream();
	const pay = clientOn(client, upstream);
	upstream.holdAuthorizes = 4;
	const start = (reference: string) => outcomeOf(pay.startPayment(params(reference)));
	const waiting = Array.from({ length: 4 }, () => start("held at authorize"));
	await upstream.holds(4);
	waiting.push(...Array.from({ length: 4 }, () => start("held at initiate")));
	await upstream.holds(8);

	const trapped = await outcomeOf(pay.startPayment(params(`poison:${place}:${kind}`)));
	const complaints: string[] = [];
	const [stage, outcome] = places[place];
	expect(complaints, "the call that trapped", trapped, `instance_lost ${stage} ${outcome}`);
	for (const [index, one] of (await Promise.all(waiting)).entries()) {
		const due = index < 4 ? "instance_lost authorize not_sent" : "instance_lost initiate unknown";
		expect(complaints, `waiting call ${index}`, one, due);
	}
	const sent = upstream.sent;
	upstream.release();
	await new Promise((resolve) => setTimeout(resolve, 5));
	expect(complaints, "requests of calls that were over", upstream.sent, sent);
	expect(complaints, "the next call", await outcomeOf(pay.startPayment(params("next"))), "started");
	return { name: `${kind} at ${place}`, complaints };
}

/** Each loss must leave nothing behind that the next one needs. */
async function manyTraps(client: Client): Promise<Verdict> {
	const pay = clientOn(client, new Upstream());
	const complaints: string[] = [];
	for (let round = 0; round < 100; round += 1) {
		const trapped = await outcomeOf(pay.startPayment(params("poison:initiate:panic")));
		expect(complaints, `round ${round}`, trapped, "instance_lost initiate unknown");
		expect(complaints, `after round ${round}`, await outcomeOf(pay.startPayment(params("next"))), "started");
	}
	pay.close();
	expect(complaints, "closed", await outcomeOf(pay.startPayment(params("late"))), "closed input not_sent");
	return { name: "a hundred traps in a row", complaints };
}

/** Warm tokens are lost with the instance, and those that were on their way are dropped. */
async function warmTrap(client: Client): Promise<Verdict> {
	const upstream = new Upstream();
	const pay = clientOn(client, upstream);
	const complaints: string[] = [];
	await pay.warm(3);
	upstream.holdAuthorizes = 1;
	const warming = outcomeOf(pay.warm(4));
	await upstream.holds(1);
	const trapped = await outcomeOf(pay.startPayment(params("poison:initiate:panic")));
	expect(complaints, "the call that trapped", trapped, "instance_lost initiate unknown");
	expect(complaints, "who warmed", await warming, "instance_lost authorize not_sent");
	upstream.release();
	const sent = upstream.sent;
	expect(complaints, "the next call", await outcomeOf(pay.startPayment(params("next"))), "started");
	expect(complaints, "its requests", upstream.sent, sent + 3);
	return { name: "warm tokens", complaints };
}

/** The token that reads share is lost with the instance. */
async function readTrap(client: Client): Promise<Verdict> {
	const upstream = new Upstream();
	const pay = clientOn(client, upstream);
	const complaints: string[] = [];
	const requests = async () => {
		const before = upstream.sent;
		await pay.getPaymentRequest("r-1");
		return upstream.sent - before;
	};
	expect(complaints, "the first read", await requests(), 2);
	expect(complaints, "the next read", await requests(), 1);
	await outcomeOf(pay.startPayment(params("poison:initiate:panic")));
	expect(complaints, "a read after the loss", await requests(), 2);
	return { name: "a shared token", complaints };
}

/** Answers at once, except that it holds back the answers of payments that say so. */
class Upstream {
	sent = 0;
	/** How many of the next authorizes to hold back, which do not name their payment. */
	holdAuthorizes = 0;
	#held: (() => void)[] = [];

	fetch = async (url: string, init: RequestInit): Promise<Response> => {
		this.sent += 1;
		const step = url.split("/").pop() as Step;
		const held = step === "authorize" ? this.holdAuthorizes-- > 0 : String(init.body).includes(`held at ${step}`);
		if (held) await new Promise<void>((resolve) => this.#held.push(resolve));
		const answers = {
			authorize: { access_token: "t", token_type: "bearer", expires_in: 299 },
			initiate: { sessionId: "s-1", referenceId: "R" },
			paymentrequests: { requestId: "r-1" },
			"r-1": { requestId: "r-1", status: "Accepted" },
		};
		return Response.json(answers[step]);
	};

	async holds(count: number): Promise<void> {
		while (this.#held.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
	}

	release(): void {
		for (const release of this.#held) release();
	}
}

function clientOn({ FlinksPay }: Client, upstream: Upstream) {
	return new FlinksPay({
		baseUrl: "https://pay.example.com",
		username: "u",
		password: "p",
		fetch: upstream.fetch,
	});
}

function params(referenceId: string): Package.PaymentParams {
	return { referenceId, amount: "1.00", customerName: "Zoë", customerEmail: "z@example.com" };
}

/** How a call ended, in words; one that does not end is a complaint, not a test that hangs. */
async function outcomeOf(call: Promise<unknown>): Promise<string> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<string>((resolve) => {
		timer = setTimeout(() => resolve("never settled"), 60_000);
	});
	const ended = call.then(
		() => "started",
		(error) => `${error.code} ${error.stage} ${error.outcome}`,
	);
	return Promise.race([ended, late]).finally(() => clearTimeout(timer));
}

function expect(complaints: string[], what: string, got: unknown, due: unknown): void {
	if (got !== due) complaints.push(`${what}: ${got}, and not ${due}`);
}
