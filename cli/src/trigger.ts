// flinkspay trigger: has the sandbox play what a payor, a bank or the clock does, so that the Worker and your receiver see it.

import { randomUUID } from "node:crypto";
import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { EFT_SCENARIOS, OF_GEFT, OUTCOMES, SCENARIOS } from "flinkspay-edge-sandbox/scenarios";
import type { PaymentParams, PaymentProduct } from "flinkspay-edge-worker/src/schemas/params.ts";
import { Failure } from "./failure.ts";
import { type Asking, urlOf, workerCommand, workerOf } from "./options.ts";
import { note, print } from "./output.ts";
import { Refusal, sent } from "./worker.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PAYOR = { firstName: "Avery", lastName: "Tremblay", email: "avery@example.com" };

interface Options extends Asking {
	sandbox: string;
	product?: PaymentProduct;
	amount: string;
	code?: string;
	by?: number;
}

/** `flinkspay trigger <story> [payment]` */
export function triggerCommand(): Command {
	return workerCommand("trigger", "have the sandbox play a story", "trigger accept")
		.addArgument(new Argument("<story>", "what happens").choices([...OUTCOMES, "settle", "reverse", "advance"]))
		.argument("[payment]", "the Worker's id of a payment, or Flinks' of a session; without it, a payment is made first")
		.option("--sandbox <url>", "the sandbox", "http://127.0.0.1:8788")
		.addOption(
			new Option("--product <product>", "of the payment that is made (default: one that has the story)").choices([
				"interac",
				"e-transfer",
				"eft",
				"geft",
			]),
		)
		.option("--amount <dollars>", "of the payment that is made", "12.50")
		.option("--code <digits>", "of reverse: the bank's return code, of EFT and GEFT")
		.option("--by <time>", "of advance: how far, such as 90s, 15m, 72h or 3d", durationOf)
		.action(async (story: string, payment: string | undefined, options: Options) => {
			const sandbox = urlOf(options.sandbox, "The sandbox's address");
			const { json, code, by } = options;
			if (story === "advance") {
				if (by === undefined) throw new Failure("trigger advance needs --by, such as --by 3d.", 2);
				const now = await clockOf(sandbox, by);
				print({ now }, `The sandbox's clock is at ${new Date(now).toISOString()}.`, json);
				return;
			}
			const isAfterwards = story === "settle" || story === "reverse";
			const { sessionId, ...about } =
				payment === undefined ? await made(sandbox, story, options) : await sessionOf(payment, options);
			const session = `sessions/${encodeURIComponent(sessionId)}`;
			let played: object = {};
			if (!isAfterwards || payment === undefined) {
				played = await control(sandbox, `${session}/play`, { outcome: isAfterwards ? "accept" : story });
			}
			// What the Worker never knew as money is no reversal to it, nor to the merchant.
			if (story === "reverse" && about.paymentId !== undefined) await workerOf(options).payment(about.paymentId);
			if (story === "settle") played = await control(sandbox, "settle", { sessionId });
			if (story === "reverse") played = await control(sandbox, `${session}/reverse`, { code });
			const all = { ...about, sessionId, ...played };
			print(
				all,
				Object.entries(all)
					.map(([name, value]) => `${name} ${value}`)
					.join("  "),
				json,
			);
			note("The Worker sees it when it asks next, later the older a payment is, or by the sandbox's webhook.");
			note("flinkspay payments <id> has it ask, half a minute after its last look at the payment.");
		});
}

/** A payment at the Worker, which must be in front of this sandbox: elsewhere somebody would be asked for money. */
async function made(sandbox: URL, story: string, options: Options): Promise<{ paymentId: string; sessionId: string }> {
	const worker = workerOf(options);
	const { bindings } = await worker.configuration();
	const asks = bindings.find(({ name }) => name === "FLINKS_BASE_URL")?.value ?? "nobody";
	if (!URL.canParse(asks) || new URL(asks).origin !== sandbox.origin) {
		throw new Failure(`The Worker asks ${asks}, and not the sandbox at ${sandbox.origin}: no payment was made.`);
	}
	// A host of Flinks' has no clock that can be moved: there, too, somebody would be asked for money.
	await clockOf(sandbox, 0);
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
	if (OF_GEFT.some((outcome) => outcome === story)) return "geft";
	const [isOfEft, isOfInterac] = [EFT_SCENARIOS, SCENARIOS].map((all) => all.some(({ outcome }) => outcome === story));
	return isOfEft && !isOfInterac ? "eft" : "interac";
}

/** The Worker's ids begin with the number of their object, and Flinks' do not. */
async function sessionOf(payment: string, options: Options): Promise<{ paymentId?: string; sessionId: string }> {
	if (!/^\d{1,3}-[\da-f]{8}-/i.test(payment)) return { sessionId: payment };
	const { id, sessionId, status } = await workerOf(options).payment(payment);
	if (sessionId === undefined) throw new Failure(`The payment ${id} is ${status}, and has no session to be played.`);
	return { paymentId: id, sessionId };
}

/** What a sandbox's clock says once it is moved, in milliseconds. */
async function clockOf(sandbox: URL, ms: number): Promise<number> {
	const { now } = await control<{ now?: number }>(sandbox, "advance", { ms });
	if (typeof now === "number") return now;
	throw new Failure(`${sandbox.origin} has no clock as the sandbox has one. Is that the sandbox?`);
}

/** Moves the sandbox by one of its control routes. */
async function control<T extends object>(sandbox: URL, path: string, body: object): Promise<T> {
	const headers = { "Content-Type": "application/json" };
	const url = new URL(`/sandbox/${path}`, sandbox);
	const answer = await sent(url, { method: "POST", headers, body: JSON.stringify(body), redirect: "error" });
	const answered = (await answer.json().catch(() => ({}))) as T & { detail?: string };
	if (answer.ok) return answered;
	const why = answered.detail ?? "Is that the sandbox?";
	throw new Refusal(`The sandbox at ${sandbox.origin} answered ${answer.status}: ${why}`, answer.status);
}

function durationOf(text: string): number {
	const [, figure, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
	if (figure === undefined) throw new InvalidArgumentError("It must be such as 90s, 15m, 72h or 3d.");
	return Number(figure) * (UNITS[unit] ?? 0);
}
