// What the ledger's words mean, for whoever runs the shop. Pure: it knows neither the page nor the network.

/** The statuses to filter by: the ledger's own, then those that Flinks documents. */
export const STATUSES = {
	"The ledger’s own": ["unknown", "in_progress", "rejected", "not_created"],
	"Flinks’": [
		...["Initiated", "InProgress", "Processing", "Accepted", "Processed", "Settled", "Completed"],
		...["Cancelled", "Canceled", "Expired", "Declined", "Failed", "unrecognized"],
	],
};

export const PRODUCTS = { interac: "Interac", "e-transfer": "e-Transfer", eft: "EFT", geft: "Guaranteed EFT" };

/** Whether the merchant's systems heard of it. */
export const DELIVERIES = { pending: "Not yet", delivered: "Yes", dead: "Given up" };

const OWN = {
	unknown: ["unknown", "Nobody knows", "The request left and no certain answer came: the payment may exist at Flinks."],
	in_progress: ["open", "Not paid yet", "Flinks is being asked for it just now."],
	rejected: ["unpaid", "Not paid", "Flinks refused it. There is no payment."],
	not_created: ["unpaid", "Not paid", "It was looked up at Flinks and is not there."],
};

const ENDS = {
	Cancelled: "It was cancelled.",
	Canceled: "It was cancelled.",
	Expired: "The payor did not make it in time.",
	Declined: "It was declined.",
	Failed: "It failed.",
};

const WAITS = {
	Initiated: "The payor has not begun.",
	InProgress: "The payor has begun.",
	Processing: "The bank is at work on it.",
	Completed: "The payor is done, but a signature or the transfer is still missing.",
	unrecognized: "What Flinks says of it is no word that could be one. It counts as not paid.",
};

/** How a payment stands, at a glance: `kind` is paid, unpaid, open or unknown. Only `paid` says that it is paid. */
export function standingOf({ status, paid, final }) {
	const [kind, title, detail] = Object.hasOwn(OWN, status) ? OWN[status] : flinks(status, paid, final);
	return { kind, title, detail };
}

function flinks(status, paid, final) {
	if (paid && final) return ["paid", "Paid", "Nothing changes it any more."];
	if (paid) return ["paid", "Paid", "It is not settled yet: until then it can still come back."];
	if (final) return ["unpaid", "Not paid", (Object.hasOwn(ENDS, status) && ENDS[status]) || "It has ended."];
	const wait = Object.hasOwn(WAITS, status)
		? WAITS[status]
		: "Flinks’ word for it is not documented. It counts as not paid.";
	return ["open", "Not paid yet", wait];
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
	status: ({ status, statusDetails, paid, final }) => {
		const { kind, title } = standingOf({ status, paid, final });
		return {
			title: `Flinks says ${word(status, statusDetails)}: ${title.toLowerCase()}`,
			details: [final && "this is final"],
			mood: { paid: "good", unpaid: "bad" }[kind] ?? "plain",
		};
	},
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
		details: [event, attempt > 1 && `try ${attempt}`, http(httpStatus) || "no answer", message],
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
