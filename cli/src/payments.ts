// flinkspay payments and flinkspay resend.

import type { Command } from "commander";
import type { Timeline } from "flinkspay-edge-worker/src/schemas/events.ts";
import type { PaymentsPage, PaymentView } from "flinkspay-edge-worker/src/schemas/payment.ts";
import { Failure } from "./failure.ts";
import { type WorkerOptions, workerCommand, workerOf } from "./options.ts";
import { note, paint, print } from "./output.ts";
import type { Query, Worker } from "./worker.ts";

/** The options of a list: the Worker's own parameters, and whether to read all pages. */
type ListOptions = WorkerOptions & Query & { all?: true; envFile?: string };

/** `flinkspay payments [id]` */
export function paymentsCommand(): Command {
	return workerCommand("payments", "list payments, or show one with its timeline", "payments --status unknown")
		.argument("[id]", "the Worker's id of a payment; without it, a list, newest first")
		.option("--reference-id <id>", "payments with this reference id")
		.option("--status <word>", "payments with this status, such as unknown")
		.option("--funds <word>", "none, scheduled, guaranteed, settled or returned")
		.option("--delivery <word>", "pending, delivered or dead")
		.option("--from <time>", "created at this time or later, such as 2026-01-01T00:00:00Z")
		.option("--to <time>", "created before this time")
		.option("--limit <n>", "payments on a page, 1 to 100 (default 50)")
		.option("--cursor <next>", "the cursor of the page before")
		.option("--all", "all pages")
		.action(async (id: string | undefined, options: ListOptions) => {
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
	return workerCommand("resend", "make the Worker send messages again", "resend 3-5f2c1f0e-…")
		.argument("<id...>", "the Worker's ids of the payments")
		.action(async (ids: string[], options: WorkerOptions) => {
			const worker = workerOf(options);
			for (const id of ids) {
				const payment = await worker.resend(id);
				print(payment, lineOf(payment), options.json);
			}
		});
}

/** The payments of all pages of a list. */
export async function* everyPayment(worker: Worker, query: Query): AsyncGenerator<PaymentView> {
	let cursor = query.cursor;
	do {
		const page = await worker.payments({ limit: "100", ...query, cursor });
		refuseGaps(page);
		yield* page.payments;
		cursor = page.next;
	} while (cursor !== undefined);
}

/** An incomplete page is a failure: a reconciliation with it would report payments as missing. */
function refuseGaps({ missing }: PaymentsPage): void {
	if (missing === undefined) return;
	throw new Failure(`The list is incomplete: objects ${missing.join(", ")} of the ledger do not answer. Try again.`);
}

/** A payment as a line. */
export function lineOf(payment: Omit<PaymentView, "delivery"> & Pick<PaymentView, "delivery">): string {
	const { createdAt, status, funds, paid, referenceId, id, delivery, amount = "?", paidAmount = amount } = payment;
	const amounts = paidAmount === amount ? amount : `${paidAmount} of ${amount}`;
	const state = paint(paid ? "green" : funds === "returned" ? "red" : "yellow", `${status} (${funds})`);
	return [createdAt, state, amounts, referenceId, id, ...(delivery ? [`delivery: ${delivery}`] : [])].join("  ");
}

async function show(worker: Worker, id: string, json: true | undefined): Promise<void> {
	const payment = await worker.payment(id);
	const { events } = await worker.timeline(id);
	const fields = Object.entries(payment).map(([name, value]) => `${name.padEnd(14)} ${value}`);
	print({ ...payment, events }, [...fields, ...events.map(eventLine)], json);
}

/** An event of a timeline as a line. */
function eventLine({ at, type, ...fields }: Timeline["events"][number]): string {
	const values = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
	return [at, type, values.join(" ")].join("  ");
}
