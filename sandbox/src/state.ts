// GET /sandbox/state: everything that the sandbox's own page shows, at one moment. Not one of Flinks' pages.
import { bookOf, entryOfV1, entryOfV2 } from "./book.ts";
import { isPaid, mayMove, type Session as Payment, ROUTES, amountTold as toldOfV1 } from "./payments.ts";
import { OUTCOMES } from "./scenarios.ts";
import { amountTold, isOpen, isReversible, isWaiting, outcomesOf, type Session } from "./session.ts";
import type { Outcome, PaymentStatus, SandboxBookEntry } from "./types.ts";
import type { World } from "./world.ts";

/** One payment of either version, as the page has it. */
export interface PaymentView {
	sessionId: string;
	requestId: string | null;
	product: string;
	name: string;
	email: string | null;
	referenceId: string | null;
	/** Dollars with two decimals. */
	amount: string | null;
	/** The amount that the answers name where it is another one. */
	told: string | null;
	status: string;
	/** `statusDetails`, the status of the e-Transfer's transaction, or that it waits for the client. */
	detail: string | null;
	/** What its bank has of it, as in the book. */
	money: string;
	scheduled: string;
	/** Whether its link can be opened. */
	payable: boolean;
	/** Whether the end of a day would move it. */
	settles: boolean;
	/** Whether the bank can take it back: with a return code, or without. */
	reverses: "return" | "reverse" | null;
	/** What can become of it now. */
	outcomes: Outcome[];
}

/** The last entries of the journal that the page shows. */
const SHOWN = 200;

/** The whole state, newest first. */
export function stateOf(world: World) {
	const { clock, payments, sessions, outbox, webhooks, journal, faults } = world;
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
		book: totalOf(bookOf(world)),
		emails: outbox.sent.slice(-SHOWN).reverse(),
		webhook: url === undefined ? null : { url, scheme, interac },
		webhooks: webhooks.log.slice(-SHOWN).reverse(),
		webhookFaults: webhooks.faults,
		faults: faults.pending,
		journal: journal.slice(-SHOWN).reverse(),
		requests: journal.length,
	};
}

/** What all payments come to, added up in cents. */
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
		told: differs ? toldOfV1(payment).toFixed(2) : null,
		...{ status, detail: null, money, scheduled, payable: outcomes.length > 0, settles: settles(request?.status) },
		...{ reverses: request && isPaid(request.status) ? "reverse" : null, outcomes },
	};
}

function settles(status: PaymentStatus | undefined): boolean {
	return status === "Accepted" || status === "Processed";
}

function canBecome(status: PaymentStatus, outcome: Outcome): boolean {
	const route = ROUTES[outcome];
	if (!route) return false;
	const rest = route.length > 1 && route[0] === status ? route.slice(1) : route;
	return rest[0] !== undefined && mayMove(status, rest[0]);
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
		told: differs ? (amountTold(session)?.toFixed(2) ?? null) : null,
		...{ status, detail, money, scheduled, payable: isOpen(session) && !waiting, settles: settles(transaction) },
		...{ reverses: isReversible(session) ? reverses : null, outcomes: outcomesOf(session) },
	};
}
