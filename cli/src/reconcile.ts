// flinkspay reconcile: compares Flinks' daily reports with the Worker's payments.

import { confirm } from "@clack/prompts";
import type { Command } from "commander";
import type { PaymentView, Resolution } from "flinkspay-edge-worker/src/schemas/payment.ts";
import { Failure } from "./failure.ts";
import { bytesOf, type WorkerOptions, workerCommand, workerOf } from "./options.ts";
import { note, paint, print } from "./output.ts";
import { everyPayment } from "./payments.ts";
import { endOf, type Ids, type Mapping, mappingOf, type Row, rowsOf, startOf } from "./report.ts";
import type { Worker } from "./worker.ts";

const DAY_MS = 86_400_000;
/** The period is read in so many parts, concurrently. */
const PARTS = 6;

type Kind =
	| "matched"
	| "missing_here"
	| "missing_there"
	| "other_amount"
	| "other_status"
	| "other_reference"
	| "duplicate"
	| "unknown";

/** The result for a row, a payment, or both. */
interface Finding {
	finding: Kind;
	why?: string;
	row?: Row;
	payment?: PaymentView;
	/** How the report resolves an unknown payment. */
	resolution?: Resolution;
}

interface Options extends WorkerOptions {
	map?: string;
	from?: string;
	to?: string;
	resolve?: true;
	yes?: true;
}

/** `flinkspay reconcile <report...>` */
export function reconcileCommand(): Command {
	return workerCommand("reconcile", "compare Flinks' daily reports with the Worker's payments", "reconcile report.csv")
		.argument("<report...>", "CSV files; the files of several days are read as one")
		.option("--map <file>", "a JSON file with the names of the columns")
		.option("--from <day>", "the first day, such as 2026-01-31 (default: the first in the report)")
		.option("--to <day>", "the last day (default: the last in the report)")
		.option("--resolve", "resolve unknown payments that are in the report, after a confirmation")
		.option("--yes", "resolve without a confirmation, for scripts")
		.action(async (files: string[], options: Options) => {
			const { json, resolve, yes } = options;
			if (resolve && !yes && !process.stdin.isTTY)
				throw new Failure("stdin is not a terminal, so --resolve cannot ask for a confirmation. Give --yes.", 2);
			const worker = workerOf(options);
			const mapping = mappingOf(options.map && (await bytesOf(options.map)).toString());
			const read = files.map(async (file) => rowsOf(await bytesOf(file), file, mapping));
			const rows = (await Promise.all(read)).flat();
			const [from, to] = daysOf(rows, options, mapping);
			// A day more on both sides, since clocks and time zones may differ.
			const payments = await paymentsOf(worker, from - DAY_MS, to + DAY_MS);
			const findings = compare(rows, payments, from, to);
			for (const finding of findings) if (json || finding.finding !== "matched") printFinding(finding, json);
			if (resolve) await resolveUnknown(worker, findings, json, yes);
			const counts = new Map<Kind, number>();
			for (const { finding } of findings) counts.set(finding, (counts.get(finding) ?? 0) + 1);
			note(`${rows.length} rows: ${[...counts].map(([kind, count]) => `${count} ${kind}`).join(", ")}`);
			if (findings.some(({ finding }) => finding !== "matched")) process.exitCode = 1;
		});
}

/** The period of which the report has all payments. */
function daysOf(rows: readonly Row[], { from, to }: Options, { timeZone }: Mapping): [from: number, to: number] {
	const days = rows.flatMap(({ day }) => day ?? []).sort();
	const [first, last] = [from ?? days[0], to ?? days.at(-1)];
	if (first === undefined || last === undefined) {
		throw new Failure("The report has no days. Give --from and --to, or map the column createdAt.", 2);
	}
	return [startOf(first, timeZone), endOf(last, timeZone)];
}

async function paymentsOf(worker: Worker, from: number, to: number): Promise<PaymentView[]> {
	const bounds = Array.from({ length: PARTS + 1 }, (_, part) =>
		new Date(from + ((to - from) * part) / PARTS).toISOString(),
	);
	const read = async (part: number) => {
		const all: PaymentView[] = [];
		for await (const one of everyPayment(worker, { from: bounds[part], to: bounds[part + 1] })) all.push(one);
		return all;
	};
	return (await Promise.all(Array.from({ length: PARTS }, (_, part) => read(part)))).flat();
}

function compare(rows: readonly Row[], payments: readonly PaymentView[], from: number, to: number): Finding[] {
	const byId = new Map(payments.flatMap((one) => idsOf(one).map((id) => [id, one] as const)));
	const byReference = new Map<string, PaymentView[]>();
	for (const one of payments) {
		const others = byReference.get(one.referenceId);
		if (others) others.push(one);
		else byReference.set(one.referenceId, [one]);
	}
	const claimed = new Set<PaymentView>();
	const seen = new Set<string>();
	const found = rows.map((row): Finding => {
		const named = idsOf(row).flatMap((id) => byId.get(id) ?? [])[0];
		const ofReference = byReference.get(row.referenceId ?? "") ?? [];
		const candidates = named ? [named] : ofReference.filter((one) => !claimed.has(one) && mayBe(row, one));
		const right = candidates.filter((one) => centsOf(one) === row.cents);
		const payment = right.find((one) => !isUnknown(one)) ?? right[0] ?? candidates[0];
		const isAgain = seen.has(row.text);
		seen.add(row.text);
		if (payment === undefined) return { finding: isAgain ? "duplicate" : "missing_here", row };
		if (claimed.has(payment)) return { finding: "duplicate", row, payment };
		claimed.add(payment);
		return judge(row, payment, named !== undefined || ofReference.filter(isUnknown).length === 1);
	});
	const left = payments.filter((one) => {
		const at = Date.parse(one.createdAt);
		return !claimed.has(one) && at >= from && at < to;
	});
	const missing = left.flatMap((payment): Finding[] => {
		if (isUnknown(payment)) return [{ finding: "unknown", payment, why: "it is not in the report" }];
		return payment.paid ? [{ finding: "missing_there", payment }] : [];
	});
	return [...found, ...missing];
}

/** `isOnly`: no other unknown payment has the reference, or the row has the payment's id. */
function judge(row: Row, payment: PaymentView, isOnly: boolean): Finding {
	const { funds, paid, product, referenceId } = payment;
	if ((row.referenceId ?? referenceId) !== referenceId) return { finding: "other_reference", row, payment };
	if (centsOf(payment) !== row.cents) return { finding: "other_amount", row, payment };
	if (isUnknown(payment)) {
		const name = product === "interac" ? "requestId" : "sessionId";
		if (!isOnly) return { finding: "unknown", row, payment, why: "several unknown payments have this reference" };
		if (row[name] === undefined) return { finding: "unknown", row, payment, why: `the row has no ${name}` };
		return { finding: "unknown", row, payment, resolution: { outcome: "created", [name]: row[name] } };
	}
	// A regular EFT stays scheduled until it is known to be returned.
	const fits = row.isMoney ? paid || funds === "scheduled" : !paid;
	return { finding: fits ? "matched" : "other_status", row, payment };
}

/** Resolves unknown payments that are in the report: the Worker reads them from Flinks by the report's ids. */
async function resolveUnknown(
	worker: Worker,
	findings: Finding[],
	json: true | undefined,
	yes: true | undefined,
): Promise<void> {
	const all = findings.filter(({ resolution }) => resolution !== undefined);
	const message = `Resolve ${all.length} unknown payments as created, by the ids of the report?`;
	if (all.length === 0 || !(yes || (await confirm({ message, output: process.stderr })) === true)) return;
	for (const found of all) {
		const { row, payment, resolution } = found;
		if (!row || !payment || !resolution) continue;
		try {
			const resolved = await worker.resolve(payment.id, resolution);
			Object.assign(found, { why: "resolved by the report" }, judge(row, resolved, true));
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			found.why = error.message;
		}
		printFinding(found, json);
	}
}

function printFinding({ finding, why, row, payment }: Finding, json: true | undefined): void {
	const reported = row && `${Math.trunc(row.cents / 100)}.${String(row.cents % 100).padStart(2, "0")}`;
	const { id, status, funds, amount, paidAmount = amount } = payment ?? {};
	const { file, line, referenceId = payment?.referenceId, requestId = payment?.requestId } = row ?? {};
	const { sessionId = payment?.sessionId } = row ?? {};
	const ids = { referenceId, requestId, sessionId };
	const value = { finding, why, file, line, reported, ...ids, id, status, funds, amount: paidAmount };
	const parts = [
		paint(finding === "matched" ? "green" : "red", finding),
		referenceId ?? requestId ?? sessionId,
		...(row ? [`${file}:${line}: ${reported}`] : ["not in the report"]),
		...(payment ? [`${id}: ${status} (${funds}), ${paidAmount ?? "no amount"}`] : ["not at the Worker"]),
		...(why ? [why] : []),
	];
	print(value, parts.join("  "), json);
}

function isUnknown({ status }: PaymentView): boolean {
	return status === "unknown";
}

function idsOf({ requestId, sessionId }: Ids): string[] {
	return [requestId, sessionId].flatMap((id) => id?.toLowerCase() ?? []);
}

/** Whether a row can be about a payment of the same reference: not if both have an id, since those differ. */
function mayBe(row: Row, payment: PaymentView): boolean {
	return !(row.requestId && payment.requestId) && !(row.sessionId && payment.sessionId);
}

/** The paid amount in cents, or else the requested one. */
function centsOf({ amount, paidAmount = amount }: PaymentView): number | undefined {
	const [dollars, cents = ""] = paidAmount?.split(".") ?? [];
	return dollars === undefined ? undefined : Number(dollars + cents.padEnd(2, "0"));
}
