// What must hold of each answer: it is about its own payment, and explained by what the upstream and the caller did to it.

import type { Answer, Call } from "./callers.ts";
import type { Fault, Met } from "./upstream.ts";
import type { CallResult } from "./worker.ts";

/** What an error says of a fault, where the request is not repeated. */
const CODES: Record<Fault, string> = { "500": "upstream_unavailable", dropped: "network", stalled: "timeout" };
/** A machine with other work can be late by itself. */
const LATE = ["timeout", "deadline_exceeded"];

/** What nothing explains, in words. */
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

/** Whether no id in it is another payment's, and none is missing. */
function isOwn({ reference, reads }: Call, { started, read, error }: CallResult): boolean {
	const [sessionId, requestId] = [`s-${reference}`, `r-s-${reference}`];
	if (started) {
		const { appUrl } = started;
		if (started.referenceId !== reference || started.sessionId !== sessionId) return false;
		if (started.requestId !== requestId || !appUrl.endsWith(`sessionId=${sessionId}`)) return false;
	}
	if (read && (read.requestId !== requestId || read.referenceId !== reference || read.status !== "Settled"))
		return false;
	// A question how a payment stands has no reference.
	if (error) {
		const isSame = error.sessionId === undefined || error.sessionId === sessionId;
		return isSame && error.referenceId === (started ? undefined : reference);
	}
	return started !== undefined && (read !== undefined) === reads;
}

/** Whether it says what was done to the payment, and nothing else. */
function explains({ abortAfterMs }: Call, { started, error }: CallResult, met: readonly Met[]): boolean {
	// What creates something is sent once, so that its first fault is its end.
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

/** Whether a time limit ended a create that the upstream had answered: the machine was late, or the client was. */
export function isLate({ error }: CallResult, met: readonly Met[]): boolean {
	const isCreate = error?.stage === "initiate" || error?.stage === "payment_request";
	return isCreate && LATE.includes(error.code ?? "") && met.length === 0;
}
