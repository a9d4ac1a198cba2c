// What the types of `flinkspay-edge/react` and of an app's messages accept and refuse. The compiler checks it; nothing runs.

import type { LaunchError, NativeMessage, Payment } from "flinkspay-edge/launcher";
import { FlinksPay, type FlinksPayProps, useFlinksPay } from "flinkspay-edge/react";
import { createElement } from "react";

const worker = "https://pay.example.com";
const maybe: string | undefined = undefined;

const some: FlinksPayProps[] = [
	{ worker, order: "signed" },
	{ worker, order: () => "signed", referenceId: maybe, label: maybe, className: maybe, mode: undefined },
	{ worker, order: async () => "signed", onProblem: ({ outcome }: LaunchError) => outcome },
	// @ts-expect-error: the order is missing
	{ worker },
	// @ts-expect-error: an order is signed text
	{ worker, order: { id: "a" } },
	// @ts-expect-error: the answer's text, and not the answer
	{ worker, order: () => fetch("/order") },
	// @ts-expect-error: there is no such mode
	{ worker, order: "signed", mode: "popup" },
	// @ts-expect-error: a step has no funds
	{ worker, order: "signed", onStep: ({ paid }) => paid },
];
createElement(FlinksPay, some[0], "Pay");
// @ts-expect-error: the Worker is missing
createElement(FlinksPay, { order: "signed" });

export function useOwn(): [Promise<void>, boolean | undefined, Payment | undefined] {
	const { start, status, payment } = useFlinksPay({ worker, order: "signed" });
	return [start(), status?.paid, payment];
}

export function heard(message: NativeMessage): boolean | string {
	// @ts-expect-error: only a status says whether it is paid
	if (message.detail.paid) return true;
	return message.event === "status" ? message.detail.paid : message.event;
}
