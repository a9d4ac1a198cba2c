// The soak: many callers of one client in workerd for a long time. A hang, a mix-up or growing memory is a complaint.

import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { bundle, Workerd } from "../crash/workerd.ts";
import { type Answer, type Call, Callers } from "./callers.ts";
import { complaintsOf, isLate } from "./laws.ts";
import { Upstream } from "./upstream.ts";
import type { CallResult } from "./worker.ts";

/** With fewer payments than this, the laws have checked too little. */
const FEWEST_PAID = 100;
const CALLERS = 128;
/** Few enough to be paid on a busy machine too, where most of many would exceed their deadline. */
const FEW_CALLERS = 4;
/** The end for a client that pays nothing. */
const FEW_PAID_WITHIN_MS = 600_000;
/** The first part of the time, after which memory must have found its level. */
const WARM_UP = 0.1;
/** The last part, in which calls are abandoned too. Abandoned calls may leave memory behind, so it is checked before. */
const ABANDON = 0.1;
const ABANDONED_SHARE = 0.2;
/** What memory may grow by: more calls at once than before need a little more. */
const GROWTH_BYTES = 2 * 65_536;
/** Calls whose callers have hung up end within this time. */
const SETTLE_MS = 60_000;

export interface Figures {
	calls: number;
	paid: number;
	/** Errors by their code. */
	errors: Record<string, number>;
	/** Time limits that ended a request which the upstream had answered. Too many mean that the machine is too slow. */
	late: number;
	aborted: number;
	hungUp: number;
	abandoned: number;
	upstream: { requests: number; faults: number };
	wasmBytes: { start: number; end: number; afterAbandoned: number };
	residentMegabytes: { start: number; end: number };
}

export async function soak(seconds: number): Promise<{ figures: Figures; complaints: string[] }> {
	const upstream = new Upstream();
	const folder = await bundle([], "tests/soak/worker.ts");
	const workerd = await Workerd.start({ folder, state: "state", bindings: { UPSTREAM: await upstream.listen() } });
	const tally = new Tally(upstream);
	const callers = new Callers(workerd.url, (call, answer) => tally.add(call, answer));
	const measure = async () => ({ ...(await callers.state()), resident: residentMegabytes(workerd.pid) });
	try {
		await callers.run(CALLERS, seconds * WARM_UP);
		const start = await measure();
		await callers.run(CALLERS, seconds * (1 - WARM_UP - ABANDON));
		const lastEnd = performance.now() + FEW_PAID_WITHIN_MS;
		while (tally.paid < FEWEST_PAID && performance.now() < lastEnd) await callers.run(FEW_CALLERS, 1);
		const end = await measure();
		await callers.run(CALLERS, seconds * ABANDON, ABANDONED_SHARE);
		const pending = await pendingOf(callers);
		upstream.isFaultless = true;
		const { paid } = tally;
		// On a busy machine one of them may exceed its limits.
		for (let tries = 0; tries < 100 && tally.paid === paid; tries += 1) await callers.payWithoutFaults();

		const complaints: string[] = [];
		if (pending > 0) complaints.push(`${pending} calls have not settled`);
		if (tally.paid === paid) complaints.push("of the last payments, which nothing disturbed, none was paid");
		if (tally.paid < FEWEST_PAID)
			complaints.push(`only ${tally.paid} payments in ${FEW_PAID_WITHIN_MS / 1_000} s more`);
		const grown = end.wasmBytes - start.wasmBytes;
		if (grown > GROWTH_BYTES) complaints.push(`the wasm's memory has grown by ${grown} bytes`);
		if (workerd.output() !== "") complaints.push(`workerd printed: ${workerd.output().slice(0, 4_000)}`);
		// The complaints of single calls come last, since they may be many.
		complaints.push(...upstream.complaints, ...tally.complaints);
		const afterAbandoned = (await callers.state()).wasmBytes;
		const figures = {
			...tally.figures(),
			wasmBytes: { start: start.wasmBytes, end: end.wasmBytes, afterAbandoned },
			residentMegabytes: { start: start.resident, end: end.resident },
		};
		return { figures, complaints };
	} finally {
		callers.close();
		await workerd.kill();
		upstream.close();
	}
}

class Tally {
	readonly complaints: string[] = [];
	calls = 0;
	paid = 0;
	readonly #errors: Record<string, number> = {};
	#late = 0;
	#aborted = 0;
	#hungUp = 0;
	#abandoned = 0;
	readonly #upstream: Upstream;

	constructor(upstream: Upstream) {
		this.#upstream = upstream;
	}

	add(call: Call, answer: Answer): void {
		const met = this.#upstream.takeMet(call.reference);
		this.complaints.push(...complaintsOf(call, answer, met));
		this.calls += 1;
		if (call.abortAfterMs !== undefined) this.#aborted += 1;
		if (call.abandoned) this.#abandoned += 1;
		if ("ended" in answer) {
			if (answer.ended === "hung up") this.#hungUp += 1;
		} else if (answer.status === 200) {
			const result = JSON.parse(answer.text) as CallResult;
			if (result.started) this.paid += 1;
			if (result.error) this.#errors[String(result.error.code)] = (this.#errors[String(result.error.code)] ?? 0) + 1;
			if (isLate(result, met)) this.#late += 1;
		}
	}

	figures(): Omit<Figures, "wasmBytes" | "residentMegabytes"> {
		const faults = Object.values(this.#upstream.faults).reduce((sum, count) => sum + count, 0);
		return {
			...{ calls: this.calls, paid: this.paid },
			errors: Object.fromEntries(Object.entries(this.#errors).sort()),
			...{ late: this.#late, aborted: this.#aborted, hungUp: this.#hungUp, abandoned: this.#abandoned },
			upstream: { requests: this.#upstream.requests, faults },
		};
	}
}

/** How many calls have not settled after SETTLE_MS. */
async function pendingOf(callers: Callers): Promise<number> {
	const until = performance.now() + SETTLE_MS;
	for (;;) {
		const { pending } = await callers.state();
		if (pending === 0 || performance.now() > until) return pending;
		await pause(50);
	}
}

function residentMegabytes(pid: number): number {
	const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
	return Math.round(Number(kilobytes) / 1024);
}
