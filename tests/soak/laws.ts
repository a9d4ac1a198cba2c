// What must hold of each answer: it is about its own payment, and the upstream's or the caller's faults explain it.

import type { Answer, Call } from "./callers.ts";
import type { Fault, Met } from "./upstream.ts";
import type { CallResult } from "./worker.ts";

/** The error's code for a fault, when the request is not repeated. */
const CODES: Record<Fault, string> = { "500": "upstream_unavailable", dropped: "network", stalled: "timeout" };
/** Codes that a busy machine can cause without a fault. */
const LATE = ["timeout", "deadline_exceeded"];

export function complaintsOf(call: Call, answer: Answer, met: readonly Met[]): string[] {
	const about = (what: string) => `${JSON.stringify(call)}: ${what}`;
	if ("ended" in answer) {
		return answer.ended === "hung up" ? [] : [about(`${answer.ended}: ${answer.why}`)];
	}
	if (answer.status !== 200) return [about(`${answer.status} ${answer.text.slice(0, 300)}`)];
	const result = JSON.parse(answer.text) as CallResult;
	const broken = [
		...(isOwn(call, result) ? [] : ["not its own ids"]),
		...(explains(call, result, met) ? [] : ["unexplained"]),
	];
	return broken.map((what) => about(`${what}, after ${JSON.stringify(met)}: ${answer.text}`));
}

/** Whether every id is there, and is this payment's. */
function isOwn({ reference, reads }: Call, { started, read, error }: CallResult): boolean {
	const [sessionId, requestId] = [`s-${reference}`, `r-s-${reference}`];
	if (started) {
		const { appUrl } = started;
		if (started.referenceId !== reference || started.sessionId !== sessionId) return false;
		if (started.requestId !== requestId || !appUrl.endsWith(`sessionId=${sessionId}`)) return false;
	}
	if (read && (read.requestId !== requestId || read.referenceId !== reference || read.status !== "Settled"))
		return false;
	// A read of a status has no reference.
	if (error) {
		const isSame = error.sessionId === undefined || error.sessionId === sessionId;
		return isSame && error.referenceId === (started ? undefined : reference);
	}
	return started !== undefined && (read !== undefined) === reads;
}

/** Whether the result fits the payment's faults. */
function explains({ abortAfterMs }: Call, { started, error }: CallResult, met: readonly Met[]): boolean {
	// A request that creates is sent once, so its first fault ends it.
	const create = met.find(({ step }) => step !== "status");
	if (started && create) return false;
	if (!error) return true;
	const { name, code = "", stage } = error;
	if (name !== "FlinksPayError") return false;
	if (code === "aborted") return abortAfterMs !== undefined;
	if (LATE.includes(code)) return true;
	if (stage === "authorize") return Object.values(CODES).includes(code);
	return met.some((one) => one.step === stage && CODES[one.fault] === code);
}

/** Whether a time limit ended a create that the upstream had answered: the machine or the client was late. */
export function isLate({ error }: CallResult, met: readonly Met[]): boolean {
	const isCreate = error?.stage === "initiate" || error?.stage === "payment_request";
	return isCreate && LATE.includes(error.code ?? "") && met.length === 0;
}
