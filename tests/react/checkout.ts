// A merchant's checkout, for the server and for the page: the test decides what it shows, and its events are recorded.

import type { LaunchError, PaymentStatus } from "flinkspay-edge/launcher";
import { FlinksPay, type FlinksPayProps, useFlinksPay } from "flinkspay-edge/react";
import { createElement, type ReactElement, StrictMode } from "react";

export interface Wanted extends Pick<FlinksPayProps, "worker" | "referenceId" | "mode" | "label" | "className"> {
	/** An order that exists already. Without it, a click asks the shop for one. */
	order?: string;
	/** The page's own button: a child of the component, or one that uses the hook. */
	button?: "child" | "hook";
	throws?: string;
	/** Another component for the same purchase. */
	isTwice?: boolean;
}

export interface PageEvent {
	event: string;
	/** The number of the rendering whose callback was called. */
	render: number;
	detail: Partial<PaymentStatus & LaunchError> & { step?: string };
}

export const events: PageEvent[] = [];
export const counts = { renders: 0 };

/** Each rendering has new callbacks and a new function for the order. */
function optionsOf({ button: _, isTwice: __, throws, order, ...wanted }: Wanted): FlinksPayProps {
	const render = ++counts.renders;
	const record = (event: string) => (detail: PageEvent["detail"]) => {
		events.push({ event, render, detail: { ...detail, cause: String(detail.cause) } });
	};
	const fetched = async () => {
		const answer = await fetch("/order", { method: "POST" });
		if (!answer.ok) throw new Error("the shop is closed");
		return answer.text();
	};
	const onProblem = (problem: LaunchError) => {
		record("problem")(problem);
		if (throws !== undefined) throw new Error(throws);
	};
	return { ...wanted, onStep: record("step"), onStatus: record("status"), onProblem, order: order ?? fetched };
}

function OwnButton(wanted: Wanted): ReactElement {
	const { start, frame, isStarting, status, problem } = useFlinksPay(optionsOf(wanted));
	const says = isStarting ? "One moment" : (problem?.code ?? status?.status ?? "Pay");
	return createElement(
		"main",
		null,
		createElement("button", { type: "button", onClick: start }, says),
		createElement("div", { ref: frame }),
	);
}

function Component(wanted: Wanted): ReactElement {
	const child = createElement("button", { type: "button" }, createElement("b", null, "Pay by Interac"));
	return createElement(FlinksPay, optionsOf(wanted), wanted.button && child);
}

/** In StrictMode, as merchants have it while they develop. */
export function checkout(wanted: Wanted | undefined): ReactElement {
	const shown = wanted && createElement(wanted.button === "hook" ? OwnButton : Component, wanted);
	const again = wanted?.isTwice && createElement(Component, wanted);
	return createElement(StrictMode, null, shown, again);
}
