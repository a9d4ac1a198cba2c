// flinkspay trigger: makes the sandbox play a payor, a bank or the clock, so that the Worker and your receiver see the result.

import { randomUUID } from "node:crypto";
import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { EFT_SCENARIOS, GEFT_ONLY, OUTCOMES, SCENARIOS } from "flinkspay-edge-sandbox/scenarios";
import type { PaymentParams, PaymentProduct } from "flinkspay-edge-worker/src/schemas/params.ts";
import { Failure } from "./failure.ts";
import { urlOf, type WorkerOptions, workerCommand, workerOf } from "./options.ts";
import { note, print } from "./output.ts";
import { Refusal, send } from "./worker.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PRODUCTS: readonly PaymentProduct[] = ["interac", "e-transfer", "eft", "geft"];
const PAYOR = { firstName: "Avery", lastName: "Tremblay", email: "avery@example.com" };

interface Options extends WorkerOptions {
	sandbox: string;
	product?: PaymentProduct;
	amount: string;
	code?: string;
	by?: number;
}

/** `flinkspay trigger <story> [payment]` */
export function triggerCommand(): Command {
	return workerCommand("trigger", "make the sandbox play a story", "trigger accept")
		.addArgument(new Argument("<story>", "what happens").choices([...OUTCOMES, "settle", "reverse", "advance"]))
		.argument("[payment]", "a payment's id at the Worker, or a session's at Flinks (default: a new payment)")
		.option("--sandbox <url>", "the sandbox", "http://127.0.0.1:8788")
		.addOption(new Option("--product <product>", "of the new payment (default: fits the story)").choices(PRODUCTS))
		.option("--amount <dollars>", "of the new payment", "12.50")
		.option("--code <digits>", "of reverse: the bank's return code, for EFT and GEFT")
		.option("--by <time>", "of advance: how far, such as 90s, 15m, 72h or 3d", durationOf)
		.action(async (story: string, payment: string | undefined, options: Options) => {
			const sandbox = urlOf(options.sandbox, "The sandbox's address");
			const { json, code, by } = options;
			if (story === "advance") {
				if (by === undefined) throw new Failure("trigger advance needs to know how far. Give --by 3d, for example.", 2);
				const now = await advanceClock(sandbox, by);
				print({ now }, `The sandbox's clock is at ${new Date(now).toISOString()}.`, json);
				return;
			}
			const isAfterwards = story === "settle" || story === "reverse";
			const { sessionId, ...about } =
				payment === undefined ? await createPayment(sandbox, story, options) : await sessionOf(payment, options);
			const session = `sessions/${encodeURIComponent(sessionId)}`;
			let played: object = {};
			if (!isAfterwards || payment === undefined) {
				played = await control(sandbox, `${session}/play`, { outcome: isAfterwards ? "accept" : story });
			}
			// The Worker must have seen the payment as paid: only then is the return a reversal.
			if (story === "reverse" && about.paymentId !== undefined) await workerOf(options).payment(about.paymentId);
			if (story === "settle") played = await control(sandbox, "settle", { sessionId });
			if (story === "reverse") played = await control(sandbox, `${session}/reverse`, { code });
			const all = { ...about, sessionId, ...played };
			const facts = Object.entries(all).map(([name, value]) => `${name} ${value}`);
			print(all, facts.join("  "), json);
			note("The Worker sees it at its next read, or at once by the sandbox's webhook if that is set.");
			note("flinkspay payments <id> makes it read, if its last read was half a minute ago.");
		});
}

/** Creates a payment at the Worker, which must use this sandbox: otherwise a person would get a request for money. */
async function createPayment(
	sandbox: URL,
	story: string,
	options: Options,
): Promise<{ paymentId: string; sessionId: string }> {
	const worker = workerOf(options);
	const { bindings } = await worker.configuration();
	const baseUrl = bindings.find(({ name }) => name === "FLINKS_BASE_URL")?.value ?? "";
	if (!URL.canParse(baseUrl) || new URL(baseUrl).origin !== sandbox.origin) {
		const facts = `FLINKS_BASE_URL of the Worker is ${baseUrl || "not set"}, and the sandbox is ${sandbox.origin}`;
		throw new Failure(`No payment was created: ${facts}. Set it to the sandbox, or give --sandbox.`);
	}
	// A host of Flinks has no clock to move, so this fails there before a person gets a request for money.
	await advanceClock(sandbox, 0);
	const { amount, product = productOf(story) } = options;
	const common = { referenceId: `trigger-${randomUUID().slice(0, 8)}`, amount };
	const params: PaymentParams =
		product === "interac"
			? { ...common, product, customerName: `${PAYOR.firstName} ${PAYOR.lastName}`, customerEmail: PAYOR.email }
			: { ...common, product, payor: PAYOR };
	const { id, sessionId } = await worker.create(params);
	return { paymentId: id, sessionId };
}

/** A product that has the story. */
function productOf(story: string): PaymentProduct {
	if (GEFT_ONLY.some((outcome) => outcome === story)) return "geft";
	const [isOfEft, isOfInterac] = [EFT_SCENARIOS, SCENARIOS].map((all) => all.some(({ outcome }) => outcome === story));
	return isOfEft && !isOfInterac ? "eft" : "interac";
}

/** The Worker's ids begin with the number of their object, and Flinks' do not. */
async function sessionOf(payment: string, options: Options): Promise<{ paymentId?: string; sessionId: string }> {
	if (!/^\d{1,3}-[\da-f]{8}-/i.test(payment)) return { sessionId: payment };
	const { id, sessionId, status } = await workerOf(options).payment(payment);
	if (sessionId === undefined)
		throw new Failure(`The payment ${id} has no session to play: its status is ${status}. Choose another payment.`);
	return { paymentId: id, sessionId };
}

/** Moves the sandbox's clock and gives its time, in milliseconds. */
async function advanceClock(sandbox: URL, ms: number): Promise<number> {
	const { now } = await control<{ now?: number }>(sandbox, "advance", { ms });
	if (typeof now === "number") return now;
	throw new Failure(`${sandbox.origin} did not answer as the sandbox does. Is that the sandbox?`);
}

/** Calls a control route of the sandbox. */
async function control<T extends object>(sandbox: URL, path: string, body: object): Promise<T> {
	const headers = { "Content-Type": "application/json" };
	const url = new URL(`/sandbox/${path}`, sandbox);
	const response = await send(url, { method: "POST", headers, body: JSON.stringify(body), redirect: "error" });
	const answer = (await response.json().catch(() => null)) as (T & { detail?: string }) | null;
	if (response.ok && answer) return answer;
	const why = answer?.detail ?? "Is that the sandbox?";
	throw new Refusal(`The sandbox at ${sandbox.origin} answered ${response.status}: ${why}`, response.status);
}

function durationOf(text: string): number {
	const [, figure, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
	if (figure === undefined) throw new InvalidArgumentError("It must be such as 90s, 15m, 72h or 3d.");
	return Number(figure) * (UNITS[unit] ?? 0);
}
