// The labels of the API's values, and the formats of amounts and times. It uses neither the page nor the network.

export const FUNDS = {
	none: "None",
	scheduled: "Scheduled: may still be returned",
	guaranteed: "Guaranteed by Flinks",
	settled: "Settled: paid out",
	returned: "Returned: not there any more",
};

export const PRODUCTS = { interac: "Interac", "e-transfer": "e-Transfer", eft: "EFT", geft: "Guaranteed EFT" };

export const DELIVERIES = { pending: "Not yet", delivered: "Yes", dead: "Given up" };

/** The Worker's own statuses of a payment that Flinks does not have, as far as is known: kind, title and detail. */
const ABSENT = {
	unknown: ["unknown", "Unknown", "The request left and no certain answer came: the payment may exist at Flinks."],
	in_progress: ["open", "Not paid yet", "The payment is being started."],
	rejected: ["unpaid", "Not paid", "Flinks refused it. There is no payment."],
	not_created: ["unpaid", "Not paid", "It was looked up at Flinks, and does not exist there."],
};

/** The Worker's own statuses of a payment that Flinks has. */
const PRESENT = ["guarantee_waiting", "mismatch", "unrecognized"];

/** All statuses of the Worker's own. */
export const OWN_STATUSES = [...Object.keys(ABSENT), ...PRESENT];

/** Whether there is a payment at Flinks, as far as is known. */
export const existsAtFlinks = ({ status }) => !Object.hasOwn(ABSENT, status);

export const MISMATCHES = {
	reference: "Flinks’ answer has another reference id or another id of Flinks’. The answer was ignored.",
	amount: "Flinks’ answer has another amount. The answer was ignored.",
	returned: "Flinks says paid after the money was returned. The answer was ignored.",
};

const MONEY = {
	none: "No money has moved.",
	scheduled: "The payor’s account will be debited, and the bank may return the debit for days. This is not money yet.",
	guaranteed: "Flinks guarantees the money. Your statement says whether it is paid out.",
	settled: "Flinks has paid it out. Look for it on your statement.",
};

/**
 * The state of a payment at a glance. `kind` is mismatch, returned, decide, differs, paid, scheduled, unpaid, open or
 * unknown. Only `paid` says that it is paid, and no word of Flinks' decides anything.
 */
export function stateOf(payment) {
	const [kind, title, detail] = existsAtFlinks(payment) ? present(payment) : ABSENT[payment.status];
	return { kind, title, detail };
}

function present({ status, funds, paid, final, mismatch, guarantee, amountDiffers, returnCode, returnAdvice }) {
	if (mismatch !== undefined) {
		const known = paid ? " The earlier status stays: it counts as paid." : " It does not count as paid.";
		return ["mismatch", "Does not match", `${MISMATCHES[mismatch] ?? mismatch}${known}`];
	}
	if (funds === "returned") {
		const why = [returnCode && `Return code ${returnCode}.`, returnAdvice].filter(Boolean);
		return ["returned", "Returned", ["The money is not there any more.", ...why].join(" ")];
	}
	if (guarantee === "waiting") {
		return [
			"decide",
			"Needs a decision",
			"Flinks offers a guarantee and waits for your decision. How long it waits is not public: decide soon.",
		];
	}
	if (paid && amountDiffers) return ["differs", "Paid another amount", MONEY[funds]];
	if (paid) return ["paid", "Paid", MONEY[funds]];
	if (funds === "scheduled") return ["scheduled", "Scheduled, not paid", MONEY[funds]];
	if (final) return ["unpaid", "Not paid", "The payment has ended, and no money has moved."];
	if (status !== "unrecognized") return ["open", "Not paid yet", MONEY.none];
	return ["open", "Not paid yet", "Flinks’ status is not a word. It counts as not paid."];
}

/** The label of Flinks' figure. Only money that is there is called paid. */
export function amountLabel({ paid, funds }) {
	if (paid) return "Paid";
	return { scheduled: "Scheduled", returned: "Returned" }[funds] ?? "Flinks’ figure";
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
	created: ["The payment exists: the payor can pay", "good"],
	rejected: ["The payment was refused and does not exist", "bad"],
	unknown: ["It is unknown whether the payment exists", "doubt"],
};

const FOUND = {
	created: "An operator found it at Flinks",
	not_created: "An operator did not find it at Flinks",
	unknown: "An operator took back what was recorded",
};

const MESSAGES = {
	"payment.created": "that it exists",
	"payment.rejected": "that it was refused",
	"payment.unknown": "that it is unknown whether it exists",
	"payment.updated": "its present state",
	"payment.returned": "that its money was returned",
	"payment.mismatch": "that an answer of Flinks’ does not match it",
	"payment.guarantee_waiting": "that a guarantee waits for a decision",
	"payment.resolved": "what an operator has recorded",
	"payment.abandoned": "that its status is not polled any more",
};

const DELIVERED = {
	delivered: ["The message was delivered", "good"],
	failed: ["The message could not be delivered", "doubt"],
	dead: ["The message was not delivered: given up", "bad"],
};

const EVENTS = {
	attempt: ({ stage, attempt, httpStatus, outcome, durationMs }) => ({
		title: STAGES[stage] ?? `Asked Flinks: ${stage}`,
		details: [attempt > 1 && `try ${attempt}`, ANSWERS[outcome], http(httpStatus), `${durationMs} ms`],
		mood: { ok: "plain", not_sent: "plain", rejected: "bad" }[outcome] ?? "doubt",
	}),
	outcome: ({ outcome, code }) => ({ title: OUTCOMES[outcome][0], details: [code], mood: OUTCOMES[outcome][1] }),
	status: ({ status, statusDetails, amount, ...event }) => {
		const { kind, title } = stateOf({ status, ...event });
		return {
			title: `Flinks says ${statusText(status, statusDetails)}: ${title.toLowerCase()}`,
			details: [amount && `Flinks’ figure: ${formatAmount(amount)}`, event.final && "this is final"],
			mood: { paid: "good", differs: "doubt", unpaid: "bad", returned: "bad" }[kind] ?? "plain",
		};
	},
	mismatch: ({ what, found }) => ({
		title: "An answer of Flinks’ does not match this payment",
		details: [
			MISMATCHES[what] ?? what,
			found !== undefined && `It has ${what === "amount" ? formatAmount(found) : withoutBidi(found)}.`,
		],
		mood: "bad",
	}),
	guarantee_waiting: () => ({
		title: "Flinks asks whether you accept the guarantee",
		details: ["by the webhook that FLINKS_GUARANTEE_EVENT names"],
		mood: "doubt",
	}),
	guarantee: ({ accepted, by }) => ({
		title: accepted ? "The guarantee was accepted" : "The guarantee was refused",
		details: [`with ${by}`],
		mood: accepted ? "good" : "bad",
	}),
	unknown_webhook: ({ name }) => ({
		title: "An undocumented webhook from Flinks",
		details: [name !== undefined && withoutBidi(name), "it has no meaning by itself"],
		mood: "doubt",
	}),
	webhook: ({ status, statusDetails }) => ({
		title: `A webhook from Flinks said ${statusText(status, statusDetails)}`,
		details: ["a reason to read the status, and no proof"],
	}),
	read_failed: ({ code }) => ({ title: "The status could not be read at Flinks", details: [code], mood: "doubt" }),
	abandoned: () => ({
		title: "Its status is not polled any more",
		details: ["STATUS_DEADLINE_HOURS have passed; a webhook, or opening it here, still causes a read"],
		mood: "doubt",
	}),
	claim_refused: ({ owner, requestId, sessionId }) => ({
		title: "Flinks has given it an id of another payment",
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
		title: "Flinks answered after the call was given up",
		details: [requestId && `payment request ${requestId}`, sessionId && `session ${sessionId}`],
		mood: "doubt",
	}),
	delivery: ({ event, attempt, httpStatus, outcome, nextAt, message }) => ({
		title: DELIVERED[outcome][0],
		details: [MESSAGES[event] ?? event, attempt > 1 && `try ${attempt}`, http(httpStatus) || "no answer", message],
		next: nextAt,
		mood: DELIVERED[outcome][1],
	}),
	resend: ({ by }) => ({ title: "An operator sent the messages again", details: [`with ${by}`] }),
};

/** The text of an event: a title, details, a mood (plain, good, bad, doubt), and the time of the next attempt. */
export function describeEvent({ at: _, ...event }) {
	if (!Object.hasOwn(EVENTS, event.type)) return { title: event.type, details: [JSON.stringify(event)], mood: "plain" };
	const { details, mood = "plain", ...said } = EVENTS[event.type](event);
	return { ...said, details: details.filter(Boolean), mood };
}

function http(status) {
	return status === undefined ? "" : `HTTP ${status}`;
}

/** Flinks' word, with its reason. */
export function statusText(status, statusDetails) {
	return withoutBidi(statusDetails === undefined ? status : `${status} (${statusDetails})`);
}

/** Text from outside, without characters that would change the direction of the text after it. */
export function withoutBidi(text) {
	return text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

/** Dollars with cents. The text never becomes a number. */
export function formatAmount(amount) {
	if (amount === undefined) return "—";
	const [whole, cents = ""] = amount.split(".");
	return `$${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${cents.padEnd(2, "0")}`;
}

/**
 * The start of a day of the operator's, or of the day `later` days after it. Some days have no midnight and start at one.
 */
export function startOfDay(day, later = 0) {
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

export function ago(at, now = Date.now()) {
	const ms = Date.parse(at) - now;
	const [unit, size] = UNITS.find(([, size]) => Math.abs(ms) >= size) ?? ["second", 1000];
	return relative.format(Math.trunc(ms / size), unit);
}

const absolute = new Intl.DateTimeFormat("en-CA", {
	...{ year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" },
	hourCycle: "h23",
});

/** The day and the time to the second, in the operator's zone. */
export function formatTime(at) {
	return absolute.format(new Date(at));
}
