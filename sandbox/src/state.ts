// GET /sandbox/state: all that the sandbox's own page shows. Not one of Flinks' pages.
import { bookOf, entryOfV1, entryOfV2 } from "./book.ts";
import { answeredAmount as answeredAmountOfV1, isPaid, mayMove, PATHS, type Payment, restOf } from "./payments.ts";
import { OUTCOMES } from "./scenarios.ts";
import { answeredAmount, isOpen, isReversible, isWaiting, outcomesOf, type Session } from "./session.ts";
import type { Simulator } from "./simulator.ts";
import type { Outcome, PaymentStatus, SandboxBookEntry } from "./types.ts";

/** A payment of either version, as the page shows it. */
export interface PaymentView {
	sessionId: string;
	requestId: string | null;
	product: string;
	name: string;
	email: string | null;
	referenceId: string | null;
	/** Dollars with two decimals. */
	amount: string | null;
	/** The amount in answers, where it differs from the one that moves. */
	answeredAmount: string | null;
	status: string;
	/** `statusDetails`, the status of an e-Transfer's transaction, or that the session waits for the client. */
	detail: string | null;
	/** As in the bank's book. */
	money: string;
	scheduled: string;
	/** Whether its link can be opened. */
	payable: boolean;
	/** Whether the end of a day would move it. */
	settles: boolean;
	/** Whether the bank can take it back: `return` with a return code, `reverse` without one. */
	reverses: "return" | "reverse" | null;
	/** The outcomes that can be played now. */
	outcomes: Outcome[];
}

/** How many of the newest entries of each list the page shows. */
const SHOWN = 200;

/** The whole state, newest first. */
export function stateOf(simulator: Simulator) {
	const { clock, payments, sessions, outbox, webhooks, journal, faults } = simulator;
	const { url, scheme = "geft", interac = false } = webhooks.registration ?? {};
	const all = [
		...payments.all().map((one) => ({ at: one.at, view: viewOfV1(one) })),
		...sessions.all().map((one) => ({ at: one.createdAt, view: viewOfV2(one) })),
	];
	return {
		now: clock.now(),
		payments: all
			.map((one, index) => ({ ...one, index }))
			.sort((a, b) => b.at - a.at || b.index - a.index)
			.slice(0, SHOWN)
			.map(({ view }) => view),
		book: totalOf(bookOf(simulator)),
		emails: outbox.sent.slice(-SHOWN).reverse(),
		webhook: url === undefined ? null : { url, scheme, interac },
		webhooks: webhooks.log.slice(-SHOWN).reverse(),
		webhookFaults: webhooks.faults,
		faults: faults.pending,
		journal: journal.slice(-SHOWN).reverse(),
		requests: journal.length,
	};
}

/** The total of all payments, added up in cents. */
function totalOf(book: SandboxBookEntry[]): Pick<SandboxBookEntry, "money" | "scheduled"> {
	const sum = (name: "money" | "scheduled") =>
		(book.reduce((cents, entry) => cents + Math.round(Number(entry[name]) * 100), 0) / 100).toFixed(2);
	return { money: sum("money"), scheduled: sum("scheduled") };
}

function viewOfV1(payment: Payment): PaymentView {
	const { sessionId, customerName: name, customerEmail: email, referenceId, amount, request, differs } = payment;
	const status = request?.status ?? "No payment request";
	const outcomes = request ? OUTCOMES.filter((one) => canBecome(request.status, one)) : [];
	const { money, scheduled } = entryOfV1(payment);
	return {
		...{ sessionId, requestId: request?.requestId ?? null, product: "Interac v1", name, email, referenceId, amount },
		answeredAmount: differs ? answeredAmountOfV1(payment).toFixed(2) : null,
		...{ status, detail: null, money, scheduled, payable: outcomes.length > 0, settles: settles(request?.status) },
		...{ reverses: request && isPaid(request.status) ? "reverse" : null, outcomes },
	};
}

function settles(status: PaymentStatus | undefined): boolean {
	return status === "Accepted" || status === "Processed";
}

function canBecome(status: PaymentStatus, outcome: Outcome): boolean {
	const [next] = restOf(PATHS[outcome] ?? [], status);
	return next !== undefined && mayMove(status, next);
}

function viewOfV2(session: Session): PaymentView {
	const { sessionId, product, payor, referenceId, status, statusDetails, transaction, differs } = session;
	const waiting = isWaiting(session);
	const begun = transaction === "Initiated" ? null : transaction;
	const detail = product === "e-Transfer" ? begun : waiting ? "waits for the client" : statusDetails;
	const { money, scheduled } = entryOfV2(session);
	const reverses = product === "e-Transfer" ? "reverse" : "return";
	return {
		...{ sessionId, requestId: null, product, name: `${payor.firstName} ${payor.lastName}`, email: payor.email },
		...{ referenceId, amount: session.amount?.toFixed(2) ?? null },
		answeredAmount: differs ? (answeredAmount(session)?.toFixed(2) ?? null) : null,
		...{ status, detail, money, scheduled, payable: isOpen(session) && !waiting, settles: settles(transaction) },
		...{ reverses: isReversible(session) ? reverses : null, outcomes: outcomesOf(session) },
	};
}
