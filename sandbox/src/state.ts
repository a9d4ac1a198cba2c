// GET /sandbox/state: everything that the sandbox's own page shows, at one moment. Not one of Flinks' pages.
import type { Session as Payment } from "./payments.ts";
import { mayMove, ROUTES } from "./payments.ts";
import { OUTCOMES } from "./scenarios.ts";
import { outcomesOf, type Session } from "./sessions.ts";
import type { Outcome, PaymentStatus } from "./types.ts";
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
	status: string;
	/** `statusDetails`, or the status of the e-Transfer's transaction. */
	detail: string | null;
	/** Whether its link can be opened. */
	payable: boolean;
	/** Whether the end of a day would move it. */
	settles: boolean;
	/** What can become of it now. */
	outcomes: Outcome[];
}

/** The last entries of the journal that the page shows. */
const SHOWN = 200;

/** The whole state, newest first. */
export function stateOf({ clock, payments, sessions, outbox, webhooks, journal, faults }: World) {
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
		emails: outbox.sent.slice(-SHOWN).reverse(),
		webhook: url === undefined ? null : { url, scheme, interac },
		webhooks: webhooks.log.slice(-SHOWN).reverse(),
		webhookFaults: webhooks.faults,
		faults: faults.pending,
		journal: journal.slice(-SHOWN).reverse(),
		requests: journal.length,
	};
}

function viewOfV1({ request, ...session }: Payment): PaymentView {
	const { sessionId, customerName: name, customerEmail: email, referenceId, amount } = session;
	const status = request?.status ?? "No payment request";
	const outcomes = request ? OUTCOMES.filter((one) => canBecome(request.status, one)) : [];
	return {
		...{ sessionId, requestId: request?.requestId ?? null, product: "Interac v1", name, email, referenceId, amount },
		...{ status, detail: null, payable: outcomes.length > 0, settles: isGood(request?.status), outcomes },
	};
}

function isGood(status: PaymentStatus | undefined): boolean {
	return status === "Accepted" || status === "Processed";
}

function canBecome(status: PaymentStatus, outcome: Outcome): boolean {
	const route = ROUTES[outcome];
	if (!route) return false;
	const rest = route.length > 1 && route[0] === status ? route.slice(1) : route;
	return rest[0] !== undefined && mayMove(status, rest[0]);
}

function viewOfV2(session: Session): PaymentView {
	const { sessionId, product, payor, referenceId, status, statusDetails, transaction } = session;
	const outcomes = outcomesOf(session);
	const begun = transaction === "Initiated" ? null : transaction;
	const detail = product === "e-Transfer" ? begun : statusDetails;
	return {
		...{ sessionId, requestId: null, product, name: `${payor.firstName} ${payor.lastName}`, email: payor.email },
		...{ referenceId, amount: session.amount?.toFixed(2) ?? null, status, detail },
		...{ payable: status === "Initiated" || status === "InProgress", settles: isGood(transaction), outcomes },
	};
}
