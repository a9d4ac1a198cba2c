// What the ledger's words mean, for whoever runs the shop. Pure: it knows neither the page nor the network.

/** Where the money is, to filter by. */
export const FUNDS = {
	none: "None",
	scheduled: "Scheduled: may still come back",
	guaranteed: "Guaranteed: Flinks answers for it",
	settled: "Settled: paid out",
	returned: "Returned: gone again",
};

export const PRODUCTS = { interac: "Interac", "e-transfer": "e-Transfer", eft: "EFT", geft: "Guaranteed EFT" };

/** Whether the merchant's systems heard of it. */
export const DELIVERIES = { pending: "Not yet", delivered: "Yes", dead: "Given up" };

/** Statuses of the ledger's own while there is no payment at Flinks that it could know. */
const ABSENT = {
	unknown: ["unknown", "Nobody knows", "The request left and no certain answer came: the payment may exist at Flinks."],
	in_progress: ["open", "Not paid yet", "Flinks is being asked for it just now."],
	rejected: ["unpaid", "Not paid", "Flinks refused it. There is no payment."],
	not_created: ["unpaid", "Not paid", "It was looked up at Flinks and is not there."],
};

/** Statuses of the ledger's own for one that is there. */
const PRESENT = ["guarantee_waiting", "mismatch", "unrecognized"];

/** All statuses that are no word of Flinks'. */
export const OWN = [...Object.keys(ABSENT), ...PRESENT];

/** Whether there is a payment at Flinks, as far as is known. */
export const isAtFlinks = ({ status }) => !Object.hasOwn(ABSENT, status);

export const MISMATCHES = {
	reference:
		"Flinks’ answer is about another payment, by its reference id or by an id of Flinks’. Nothing of it was believed.",
	amount: "Flinks’ answer names another amount. Nothing of it was believed.",
	returned: "Flinks calls it paid after it had come back. That was not believed.",
};

const MONEY = {
	none: "No money has moved.",
	scheduled: "The payor’s bank will be debited, and may send it back for days: this is no money yet.",
	guaranteed: "Flinks answers for the money. Your statement says whether it is paid out.",
	settled: "Flinks has paid it out. Look for it on your statement.",
};

/**
 * How a payment stands, at a glance. `kind` is mismatch, returned, decide, differs, paid, scheduled, unpaid, open or
 * unknown; only `paid` says that it is paid, and no word of Flinks' decides anything.
 */
export function standingOf(payment) {
	const [kind, title, detail] = isAtFlinks(payment) ? present(payment) : ABSENT[payment.status];
	return { kind, title, detail };
}

function present({ status, funds, paid, final, mismatch, guarantee, amountDiffers, returnCode, returnAdvice }) {
	if (mismatch !== undefined) {
		const known = paid ? " What was known before stands: it counts as paid." : " It does not count as paid.";
		return ["mismatch", "Does not fit", `${MISMATCHES[mismatch] ?? mismatch}${known}`];
	}
	if (funds === "returned") {
		const why = [returnCode && `Return code ${returnCode}.`, returnAdvice].filter(Boolean);
		return ["returned", "Returned", ["The money is not there any more.", ...why].join(" ")];
	}
	if (guarantee === "waiting") {
		return [
			"decide",
			"Waits for you",
			"Flinks offers a guarantee and waits for your decision. Without one it fails soon.",
		];
	}
	if (paid && amountDiffers) return ["differs", "Paid another amount", MONEY[funds]];
	if (paid) return ["paid", "Paid", MONEY[funds]];
	if (funds === "scheduled") return ["scheduled", "Scheduled, not paid", MONEY[funds]];
	if (final) return ["unpaid", "Not paid", "It has ended, and no money has moved."];
	if (status !== "unrecognized") return ["open", "Not paid yet", MONEY.none];
	return ["open", "Not paid yet", "What Flinks says of it is no word that could be one. It counts as not paid."];
}

/** What the figure of Flinks' is called, since only money that is there is paid. */
export function figureOf({ paid, funds }) {
	if (paid) return "Paid";
	return { scheduled: "Scheduled", returned: "Returned" }[funds] ?? "Told by Flinks";
}

const STAGES = {
	authorize: "Signed in at Flinks",
	initiate: "Asked Flinks for a session",
	session: "Asked Flinks for a session",
	sendrequest: "Asked Flinks to e-mail the link",
	payment_request: "Asked Flinks for the payment",
	cancel: "Asked Flinks to cancel it",
};

const ANSWERS = {
	ok: "answered",
	not_sent: "nothing was sent",
	rejected: "refused",
	unknown: "no certain answer",
};

const OUTCOMES = {
	created: ["The payment exists: the payor can make it", "good"],
	rejected: ["The payment was refused: there is none", "bad"],
	unknown: ["Nobody knows whether the payment exists", "doubt"],
};

const FOUND = {
	created: "An operator found it at Flinks",
	not_created: "An operator did not find it at Flinks",
	unknown: "An operator took back what was recorded",
};

/** What a message to the merchant is about. */
const MESSAGES = {
	"payment.created": "that it exists",
	"payment.rejected": "that it was refused",
	"payment.unknown": "that nobody knows whether it exists",
	"payment.updated": "how it stands",
	"payment.returned": "that its money was returned",
	"payment.mismatch": "that an answer of Flinks’ does not fit it",
	"payment.guarantee_waiting": "that a guarantee waits for a decision",
	"payment.resolved": "what an operator has recorded",
	"payment.abandoned": "that nobody asks for it any more",
};

const DELIVERED = {
	delivered: ["The merchant was told", "good"],
	failed: ["The merchant could not be told", "doubt"],
	dead: ["The merchant was not told: given up", "bad"],
};

const EVENTS = {
	attempt: ({ stage, attempt, httpStatus, outcome, durationMs }) => ({
		title: STAGES[stage] ?? `Asked Flinks: ${stage}`,
		details: [attempt > 1 && `try ${attempt}`, ANSWERS[outcome], http(httpStatus), `${durationMs} ms`],
		mood: { ok: "plain", not_sent: "plain", rejected: "bad" }[outcome] ?? "doubt",
	}),
	outcome: ({ outcome, code }) => ({ title: OUTCOMES[outcome][0], details: [code], mood: OUTCOMES[outcome][1] }),
	status: ({ status, statusDetails, amount, ...event }) => {
		const { kind, title } = standingOf({ status, ...event });
		return {
			title: `Flinks says ${word(status, statusDetails)}: ${title.toLowerCase()}`,
			details: [amount && `Flinks’ figure: ${dollars(amount)}`, event.final && "this is final"],
			mood: { paid: "good", differs: "doubt", unpaid: "bad", returned: "bad" }[kind] ?? "plain",
		};
	},
	mismatch: ({ what, found }) => ({
		title: "An answer of Flinks’ does not fit this payment",
		details: [
			MISMATCHES[what] ?? what,
			found !== undefined && `It has ${what === "amount" ? dollars(found) : unturned(found)}.`,
		],
		mood: "bad",
	}),
	guarantee_waiting: () => ({
		title: "Flinks asks whether the guarantee is taken",
		details: ["by the webhook that FLINKS_GUARANTEE_EVENT names"],
		mood: "doubt",
	}),
	guarantee: ({ accepted, by }) => ({
		title: accepted ? "The guarantee was accepted" : "The guarantee was refused",
		details: [`with ${by}`],
		mood: accepted ? "good" : "bad",
	}),
	unknown_webhook: ({ name }) => ({
		title: "A webhook of Flinks that no page documents",
		details: [name !== undefined && unturned(name), "it says nothing by itself"],
		mood: "doubt",
	}),
	webhook: ({ status, statusDetails }) => ({
		title: `A webhook of Flinks said ${word(status, statusDetails)}`,
		details: ["a reason to ask, and no proof"],
	}),
	read_failed: ({ code }) => ({ title: "Flinks could not be asked how it stands", details: [code], mood: "doubt" }),
	abandoned: () => ({
		title: "Nobody asks for it any more",
		details: ["STATUS_DEADLINE_HOURS have passed; a webhook, or whoever looks at it, still has it asked for"],
		mood: "doubt",
	}),
	claim_refused: ({ owner, requestId, sessionId }) => ({
		title: "Flinks has given it what another payment has",
		details: [`payment ${owner}`, requestId && `payment request ${requestId}`, sessionId && `session ${sessionId}`],
		mood: "bad",
	}),
	cancel: ({ by }) => ({ title: "An operator cancelled it", details: [`with ${by}`] }),
	resolution: ({ outcome, requestId, sessionId, by }) => ({
		title: FOUND[outcome],
		details: [`with ${by}`, requestId && `payment request ${requestId}`, sessionId && `session ${sessionId}`],
		mood: { created: "good", not_created: "bad" }[outcome] ?? "doubt",
	}),
	late_answer: ({ requestId, sessionId }) => ({
		title: "Flinks answered after the ledger had given up",
		details: [requestId && `payment request ${requestId}`, sessionId && `session ${sessionId}`],
		mood: "doubt",
	}),
	delivery: ({ event, attempt, httpStatus, outcome, nextAt, message }) => ({
		title: DELIVERED[outcome][0],
		details: [MESSAGES[event] ?? event, attempt > 1 && `try ${attempt}`, http(httpStatus) || "no answer", message],
		next: nextAt,
		mood: DELIVERED[outcome][1],
	}),
	resend: ({ by }) => ({ title: "An operator had the merchant told again", details: [`with ${by}`] }),
};

/** An event in plain words: a title, details, how good it is (plain, good, bad, doubt), and when the next try is. */
export function describe({ at: _, ...event }) {
	if (!Object.hasOwn(EVENTS, event.type)) return { title: event.type, details: [JSON.stringify(event)], mood: "plain" };
	const { details, mood = "plain", ...said } = EVENTS[event.type](event);
	return { ...said, details: details.filter(Boolean), mood };
}

function http(status) {
	return status === undefined ? "" : `HTTP ${status}`;
}

/** Flinks' own word, with its reason. */
export function word(status, statusDetails) {
	return unturned(statusDetails === undefined ? status : `${status} (${statusDetails})`);
}

/** Text that others chose, without what would turn the direction of the words of ours after it. */
export function unturned(text) {
	return text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

/** Always with cents. The text is never made a number. */
export function dollars(amount) {
	if (amount === undefined) return "—";
	const [whole, cents = ""] = amount.split(".");
	return `$${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${cents.padEnd(2, "0")}`;
}

/** When a day of the operator's begins, or the one so many days later. Some days have no midnight: they begin at one. */
export function startOf(day, later = 0) {
	const [year, month, date] = day.split("-").map(Number);
	return new Date(year, month - 1, date + later).toISOString();
}

const UNITS = [
	["day", 86_400_000],
	["hour", 3_600_000],
	["minute", 60_000],
	["second", 1000],
];
const relative = new Intl.RelativeTimeFormat("en-CA", { numeric: "auto" });

/** How long ago, or in how long. */
export function ago(at, now = Date.now()) {
	const ms = Date.parse(at) - now;
	const [unit, size] = UNITS.find(([, size]) => Math.abs(ms) >= size) ?? ["second", 1000];
	return relative.format(Math.trunc(ms / size), unit);
}

const absolute = new Intl.DateTimeFormat("en-CA", {
	...{ year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" },
	hourCycle: "h23",
});

/** The day and the time, to the second, where the operator is. */
export function moment(at) {
	return absolute.format(new Date(at));
}
