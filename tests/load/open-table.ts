// What `npm run test:slow -- backlog` has measured, and its table in docs/scale.md.

/** Of one object, and of the other that is nearly empty. */
export type Pair = [ours: number, empty: number];

/** Milliseconds. */
export interface Times {
	count: number;
	p50: Pair;
	p99: Pair;
}

/** What a page of a list costs, by its filter. */
export type Pages = Record<string, Times & { rowsRead: number; rowsReadEmpty: number }>;

/** What was measured with so many payments. */
export interface Size {
	/** Payments that are not final. */
	payments: number;
	/** What the object had at the end. */
	found: { open: number; waiting: number };
	started: Times;
	/** A new payment while nothing is due. */
	idle: Times;
	/** Processor time of workerd for such a payment. */
	processorMs: number;
	processorMsEmpty: number;
	pages: Pages;
	/** Polls a second that come due. */
	due: number;
	/** While they come at that pace: polls a second, a new payment, and how often it logged that they are late. */
	paced?: { done: number; payment: Times; late: number };
	/** While all are overdue: polls a second, how often that was logged, and with how many. */
	overdue?: { done: number; late: number; count: number };
	/** MB: of the isolate and of the other's once they have started, and what workerd holds then, and at most. */
	memory: { heap: Pair; started: number; most: number };
}

export interface Figures {
	machine: string;
	date: string;
	loadAverage: number[];
	seconds: number;
	/** The age of the oldest payments in seconds, which decides how often polls come due. */
	age: number;
	/** Messages that wait in each object. */
	messages: number;
	/** Payments on a page. */
	page: number;
	/** Milliseconds that a poll takes Flinks. */
	pollMs: number;
	sizes: Size[];
}

export function openTable({ sizes }: Figures): string[][] {
	const row = (what: string, cell: (size: Size) => string) => [what, ...sizes.map(cell)];
	const filters = Object.keys(sizes[0]?.pages ?? {});
	return [
		row("payments that are not final", ({ payments }) => payments.toLocaleString("en")),
		row("a payment, nothing due: p50", ({ idle }) => compared(idle.p50)),
		row("the same: p99", ({ idle }) => compared(idle.p99)),
		row("the same: processor time of workerd", ({ processorMs, processorMsEmpty }) =>
			compared([processorMs, processorMsEmpty]),
		),
		row("a payment while polls come at their pace: p50", ({ paced }) => (paced ? compared(paced.payment.p50) : "")),
		row("the same: p99", ({ paced }) => (paced ? compared(paced.payment.p99) : "")),
		row("polls a second: due, done", ({ due, paced }) => (paced ? `${due.toFixed(1)}, ${paced.done.toFixed(1)}` : "")),
		row("polls a second while all are overdue", ({ overdue }) => (overdue ? overdue.done.toFixed(0) : "")),
		...filters.flatMap((filter) => [
			row(`a page of 50, ${filter === "all" ? "of all" : `by \`${filter}\``}: rows read, time`, ({ pages }) => {
				const page = pages[filter];
				return page ? `${page.rowsRead} (${page.rowsReadEmpty}), ${compared(page.p50)}` : "";
			}),
		]),
		row("an object starts and answers", ({ started }) => compared(started.p50)),
		row("memory of the isolate, started", ({ memory: { heap } }) => {
			return `${heap[0].toFixed(1)} MB (${(heap[0] / heap[1]).toFixed(2)} x)`;
		}),
		row("memory of workerd: started, at most", ({ memory }) => {
			return `${memory.started.toFixed(0)} MB, ${memory.most.toFixed(0)} MB`;
		}),
	];
}

/** The object's time, and how much more that is than the nearly empty object's. */
function compared([ours, empty]: Pair): string {
	return `${ours.toFixed(1)} ms (${(ours / empty).toFixed(2)} x)`;
}
