// flinkspay payments, and flinkspay resend.

import type { Command } from "commander";
import type { Timeline } from "flinkspay-edge-worker/src/schemas/events.ts";
import type { PaymentsPage, PaymentView } from "flinkspay-edge-worker/src/schemas/payment.ts";
import { Failure } from "./failure.ts";
import { type Asking, workerCommand, workerOf } from "./options.ts";
import { note, paint, print } from "./output.ts";
import type { Query, Worker } from "./worker.ts";

/** What is asked of a list: the Worker's own parameters, and whether to read on to its end. */
type Listing = Asking & Query & { all?: true; envFile?: string };

/** `flinkspay payments [id]` */
export function paymentsCommand(): Command {
	return workerCommand("payments", "list payments, or show one with its timeline", "payments --status unknown")
		.argument("[id]", "the Worker's id of a payment; without it, a list, the newest first")
		.option("--reference-id <id>", "those with this id of yours")
		.option("--status <word>", "those with this status, such as unknown")
		.option("--funds <word>", "none, scheduled, guaranteed, settled or returned")
		.option("--delivery <word>", "pending, delivered or dead")
		.option("--from <time>", "created at this time or later, such as 2026-01-01T00:00:00Z")
		.option("--to <time>", "created before this time")
		.option("--limit <n>", "how many on a page, 1 to 100 (default 50)")
		.option("--cursor <next>", "the next of the page before")
		.option("--all", "all pages")
		.action(async (id: string | undefined, options: Listing) => {
			const worker = workerOf(options);
			if (id !== undefined) return show(worker, id, options.json);
			const { json, all, worker: _, envFile: __, ...query } = options;
			if (all) {
				for await (const payment of everyPayment(worker, query)) print(payment, lineOf(payment), json);
				return;
			}
			const page = await worker.payments(query);
			for (const payment of page.payments) print(payment, lineOf(payment), json);
			refuseGaps(page);
			if (page.next) note(`There are more: --cursor ${page.next}`);
		});
}

/** `flinkspay resend <id...>` */
export function resendCommand(): Command {
	return workerCommand("resend", "have the Worker tell your endpoint of payments again", "resend 3-5f2c1f0e-…")
		.argument("<id...>", "the Worker's ids of the payments")
		.action(async (ids: string[], options: Asking) => {
			const worker = workerOf(options);
			for (const id of ids) {
				const payment = await worker.resend(id);
				print(payment, lineOf(payment), options.json);
			}
		});
}

/** All pages of a list, one after the other. */
export async function* everyPayment(worker: Worker, query: Query): AsyncGenerator<PaymentView> {
	let cursor = query.cursor;
	do {
		const page = await worker.payments({ limit: "100", ...query, cursor });
		refuseGaps(page);
		yield* page.payments;
		cursor = page.next;
	} while (cursor !== undefined);
}

/** What a page lacks is told: books that are held against it would have a gap. */
function refuseGaps({ missing }: PaymentsPage): void {
	if (missing === undefined) return;
	throw new Failure(
		`Objects ${missing.join(", ")} of the ledger do not answer: their payments are missing here. Try again.`,
	);
}

/** A payment in a line. */
export function lineOf(payment: Omit<PaymentView, "delivery"> & Pick<PaymentView, "delivery">): string {
	const { createdAt, status, funds, paid, referenceId, id, delivery, amount = "?", paidAmount = amount } = payment;
	const figure = paidAmount === amount ? amount : `${paidAmount} of ${amount}`;
	const standing = paint(paid ? "green" : funds === "returned" ? "red" : "yellow", `${status} (${funds})`);
	return [createdAt, standing, figure, referenceId, id, ...(delivery ? [`told: ${delivery}`] : [])].join("  ");
}

async function show(worker: Worker, id: string, json: true | undefined): Promise<void> {
	const payment = await worker.payment(id);
	const { events } = await worker.timeline(id);
	const facts = Object.entries(payment).map(([name, value]) => `${name.padEnd(14)} ${value}`);
	print({ ...payment, events }, [...facts, ...events.map(happening)], json);
}

/** An event of a timeline in a line. */
function happening({ at, type, ...facts }: Timeline["events"][number]): string {
	return `${at}  ${type}  ${Object.entries(facts)
		.map(([name, value]) => `${name}=${value}`)
		.join(" ")}`;
}
