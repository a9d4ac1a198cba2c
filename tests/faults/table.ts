// What the client must make of each fault at each step. Data alone, derived from the documented contract and not from
// the code: the error's code and outcome, whether the caller may repeat, how often the client tried by itself, and what
// the upstream saw of it. Read the meanings first, then the rows; `cells` is every row at each of its steps.

/** A column of the table: steps with the same meaning share one, under the name of the first. */
export const columns = {
	authorize: ["authorize"],
	/** What they create cannot be paid before the caller has it, so a 401 is worth a second token. */
	initiate: ["initiate", "session"],
	/** They are asked for once. */
	payment_request: ["payment_request", "sendrequest", "cancel", "guarantee"],
	/** They change nothing. */
	status: ["status", "session_status", "session_details"],
} as const;

export type Column = keyof typeof columns;
/** A step of a sequence, by the name that errors call it. */
export type Step = (typeof columns)[Column][number];
/** A method of the client. */
export type Call = keyof typeof sequences;
/** Where the suite runs. */
export type Runtime = "node" | "workerd";

/** How a call ends. */
export interface End {
	/** The error's code; `ok` where the answer must be taken. */
	code: string;
	/** What it means for the payment. */
	outcome: "ok" | "not_sent" | "rejected" | "unknown";
	/** Whether the caller may repeat the call. */
	retryable: boolean;
	/** How often the client sent the step's request by itself. */
	tries: number;
	/** The step that the error names. Default: the one at fault. */
	stage?: string;
	/** The error's HTTP status. */
	status?: number;
	/** The error's `retryAfterMs`, or the range in which it lies. */
	retryAfterMs?: number | { least: number; most: number };
	/** How many tokens were asked for because one was refused. Default: none. */
	newTokens?: number;
	/** How often the host sends each try without asking the client. Default: once. */
	sends?: number;
}

/** How a call ends by the step that is at fault; a column that is left out has no such fault. */
export type Ends = Partial<Record<Column, End>>;

/** What ends a call, or limits it, on the client's side. */
export interface Limits {
	timeoutMs?: number;
	deadlineMs?: number;
	/** Ends the call from outside; `asked` is when the request has arrived, `pausing` when its answer has. */
	act?: { does: "abort" | "close"; when: "before" | "asked" | "pausing" };
}

/** One fault and what it means. */
export interface Row {
	fault: string;
	ends: Ends;
	/** The request never arrives in whole, so that the step counts no hit. */
	unread?: true;
	/** The fault happens this often and the upstream is good after it. Default: always. */
	times?: number;
	/** The least time between two tries. */
	waitsMs?: number;
	limits?: Limits;
	/** Where a runtime cannot do what the others do: why, and what must be then. Without `ends` the cell cannot run. */
	unlike?: Partial<Record<Runtime, { because: string; ends?: Ends }>>;
}

/** How often each step's request arrived; a step that is not there: never. */
export type Hits = Partial<Record<Step, number>>;

/** One row at one step. */
export interface Cell {
	name: string;
	fault: string;
	step: Step;
	call: Call;
	limits: Limits;
	times: number;
	waitsMs: number;
	end: End;
	/** How often each step's request arrives. */
	hits: Hits;
	unlike: Partial<Record<Runtime, { because: string; end?: End; hits?: Hits }>>;
}

/** The requests of a call, in order. */
export const sequences = {
	startPayment: ["authorize", "initiate", "payment_request"],
	initiateSession: ["authorize", "initiate"],
	createPaymentRequest: ["authorize", "payment_request"],
	getPaymentRequest: ["authorize", "status"],
	sendRequest: ["authorize", "sendrequest"],
	createSession: ["authorize", "session"],
	getSessionStatus: ["authorize", "session_status"],
	getSessionDetails: ["authorize", "session_details"],
	cancelSession: ["authorize", "cancel"],
	confirmGuarantee: ["authorize", "guarantee"],
} as const satisfies Record<string, readonly Step[]>;

// Meanings.

function ends(code: string, outcome: End["outcome"], more: Partial<End> = {}): End {
	return { code, outcome, retryable: false, tries: 1, ...more };
}

const ok = ends("ok", "ok");
const secondTry = ends("ok", "ok", { tries: 2 });
const retryable = { retryable: true };
const thrice = { retryable: true, tries: 3 };

/** The answer is as good as any. */
const taken: Ends = { authorize: ok, initiate: ok, payment_request: ok, status: ok };

/** No answer came, or it broke off: hosts do not tell whether the request arrived. */
const lost: Ends = {
	authorize: ends("network", "not_sent", thrice),
	initiate: ends("network", "unknown"),
	payment_request: ends("network", "unknown"),
	status: ends("network", "not_sent", thrice),
};

/** `timeoutMs` passed. */
const late: Ends = {
	authorize: ends("timeout", "not_sent", thrice),
	initiate: ends("timeout", "unknown"),
	payment_request: ends("timeout", "unknown"),
	status: ends("timeout", "not_sent", thrice),
};

/** `deadlineMs` passed. */
const tooLate: Ends = {
	authorize: ends("deadline_exceeded", "not_sent"),
	initiate: ends("deadline_exceeded", "unknown"),
	payment_request: ends("deadline_exceeded", "unknown"),
	status: ends("deadline_exceeded", "not_sent"),
};

/** A 2xx that cannot be read. */
const unreadable = (status = 200): Ends => ({
	authorize: ends("upstream_protocol", "not_sent", { status }),
	initiate: ends("upstream_protocol", "unknown", { status }),
	payment_request: ends("upstream_protocol", "unknown", { status }),
	status: ends("upstream_protocol", "not_sent", { status }),
});

const redirected = (status: number): Ends => ({
	authorize: ends("unexpected_redirect", "not_sent", { status }),
	initiate: ends("unexpected_redirect", "unknown", { status }),
	payment_request: ends("unexpected_redirect", "unknown", { status }),
	status: ends("unexpected_redirect", "not_sent", { status }),
});

const refused =
	(code: string) =>
	(status: number): Ends => ({
		authorize: ends(code, "rejected", { status }),
		initiate: ends(code, "rejected", { status }),
		payment_request: ends(code, "rejected", { status }),
		status: ends(code, "rejected", { status }),
	});

/** 401: the credentials are tried once, a token is replaced once where nothing can have happened twice. */
const unauthorized = (status: number): Ends => ({
	authorize: ends("credentials_rejected", "rejected", { status }),
	initiate: ends("token_rejected", "rejected", { status, tries: 2, newTokens: 1 }),
	payment_request: ends("token_rejected", "rejected", { status }),
	status: ends("token_rejected", "rejected", { status, tries: 2, newTokens: 1 }),
});

const limited = (status: number): Ends => ({
	authorize: ends("rate_limited", "rejected", { status, ...thrice }),
	initiate: ends("rate_limited", "rejected", { status, ...retryable }),
	payment_request: ends("rate_limited", "rejected", { status, ...retryable }),
	status: ends("rate_limited", "rejected", { status, ...thrice }),
});

/** 408 and 425: a 4xx that may come after the request was acted upon. */
const doubtful = (status: number): Ends => ({
	authorize: ends("upstream_unavailable", "rejected", { status, ...thrice }),
	initiate: ends("upstream_unavailable", "unknown", { status }),
	payment_request: ends("upstream_unavailable", "unknown", { status }),
	status: ends("upstream_unavailable", "rejected", { status, ...thrice }),
});

const unavailable = (status: number): Ends => ({
	authorize: ends("upstream_unavailable", "not_sent", { status, ...thrice }),
	initiate: ends("upstream_unavailable", "unknown", { status }),
	payment_request: ends("upstream_unavailable", "unknown", { status }),
	status: ends("upstream_unavailable", "not_sent", { status, ...thrice }),
});

const ended = (code: "aborted" | "closed"): Ends => ({
	authorize: ends(code, "not_sent"),
	initiate: ends(code, "unknown"),
	payment_request: ends(code, "unknown"),
	status: ends(code, "not_sent"),
});

/** What no status of HTTP can mean. */
const impossible = unreadable;

/** What each status means. */
const meanings: readonly (readonly [statuses: readonly number[], meaning: (status: number) => Ends])[] = [
	[[201, 202, 203, 206, 299], () => taken],
	[[204, 205], unreadable],
	[[300, 301, 302, 303, 304, 305, 307, 308, 399], redirected],
	[[401], unauthorized],
	[[403], refused("forbidden")],
	[[404], refused("not_found")],
	[[409], refused("conflict")],
	[[408, 425], doubtful],
	[[429], limited],
	[[400, 402, 405, 406, 407, 410, 411, 412, 413, 414, 415, 417, 418, 421, 422, 423, 424], refused("rejected")],
	[[426, 428, 431, 451, 499], refused("rejected")],
	[[500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 524, 530, 599], unavailable],
	[[600, 999], impossible],
];

/** Every status that the upstream can answer with. */
export const statuses: readonly number[] = meanings.flatMap(([group]) => group);

/** The steps that create an id. */
function creating({ initiate, payment_request }: Ends): Ends {
	return { ...(initiate && { initiate }), ...(payment_request && { payment_request }) };
}

function only(step: Column, all: Ends): Ends {
	return { [step]: all[step] };
}

/** The steps that may be repeated. */
function repeated({ authorize, status }: Ends): Ends {
	return { ...(authorize && { authorize }), ...(status && { status }) };
}

function each(all: Ends, more: Partial<End>): Ends {
	return Object.fromEntries(Object.entries(all).map(([step, end]) => [step, { ...end, ...more }]));
}

/** The same fault by name with the same meaning. */
function alike(names: readonly string[], meaning: Ends, more: Partial<Row> = {}): Row[] {
	return names.map((fault) => ({ fault, ends: meaning, ...more }));
}

// Rows.

/** A limit that bites. Where it bites before the fault is reached, the suite runs the cell again with a longer one. */
const LIMIT_MS = 1_500;
const byTimeout: Limits = { timeoutMs: LIMIT_MS };
const byDeadline: Limits = { deadlineMs: LIMIT_MS };

const ofTime: Row[] = [
	...alike(["silence", "stalled within the headers", "stalled within the body"], late, { limits: byTimeout }),
	...alike(["dripped from the first byte", "dripped body"], late, { limits: byTimeout }),
	...alike(["silence", "stalled within the headers", "stalled within the body"], tooLate, { limits: byDeadline }),
	...alike(["dripped from the first byte", "dripped body"], tooLate, { limits: byDeadline }),
	// The first try is cut by its own limit, the second by what the deadline leaves.
	{
		fault: "silence",
		limits: { timeoutMs: 2 * LIMIT_MS, deadlineMs: 2 * LIMIT_MS + 2_500 },
		ends: each(repeated(tooLate), { tries: 2 }),
	},
	...alike(["late"], taken),
	{ fault: "token dead on arrival", ends: only("authorize", unreadable()) },
];

const ofTheConnection: Row[] = [
	...alike(["refused", "reset before the request", "reset within the request"], lost, { unread: true }),
	...alike(["no TLS where it is due"], only("authorize", lost), { unread: true }),
	...alike(["reset after the request", "reset after the request, on a kept connection"], lost),
	...alike(["closed after the request", "closed within the status line", "closed within the headers"], lost),
	...alike(["closed within a body of known length", "closed within a chunk", "closed before the last chunk"], lost),
	...alike(["reset within the body", "chunk size that is no number"], lost),
	...alike(["garbage", "body without a status line", "status code that is no number", "two lengths"], lost),
	...alike(["header of 1 MiB"], lost),
	// Hosts do not tell a compression that breaks off from a connection that does.
	...alike(["gzip that is none"], lost),
];

const ofSize: Row[] = [
	...alike(["64 KiB", "gzip"], taken),
	...alike(["64 KiB and a byte", "endless body", "gzip bomb"], unreadable()),
];

const ofStatuses: Row[] = [
	...meanings.flatMap(([group, meaning]) =>
		group.map((status): Row => ({ fault: `status ${status}`, ends: meaning(status), ...hostsOwn(status) })),
	),
	...["stalled", "endless"].flatMap((body): Row[] => [
		{ fault: `status 302, body ${body}`, ends: redirected(302) },
		{ fault: `status 400, body ${body}`, ends: refused("rejected")(400) },
		{ fault: `status 500, body ${body}`, ends: unavailable(500) },
	]),
	...alike(["102 before the answer", "103 before the answer"], taken),
	...alike(["100 before the answer"], taken, {
		unlike: {
			node: { because: "Node's fetch takes a 100 that it has not asked for for a broken connection", ends: lost },
		},
	}),
	...alike(["101 in place of the answer"], impossible(101), {
		unlike: {
			node: { because: "Node's fetch takes a 101 that it has not asked for for a broken connection", ends: lost },
		},
	}),
];

/** What a host makes of a status before the client sees it. */
function hostsOwn(status: number): Partial<Row> {
	if (status === 407) {
		const because = "the Fetch standard lets no script see a 407 outside a window; Node keeps to it";
		return { unlike: { node: { because, ends: lost } } };
	}
	if (status === 421) {
		// RFC 9110, section 15.5.20: the request was not acted upon, so that even a POST may be sent again.
		const because = "the Fetch standard has the host send the request once more on a new connection; Node keeps to it";
		return { unlike: { node: { because, ends: each(refused("rejected")(421), { sends: 2 }) } } };
	}
	return {};
}

/** What passes by itself is not seen by the caller where the step may be repeated. */
const ofOnce: Row[] = [
	...["reset after the request", "closed within a chunk", "status 408", "status 425", "status 429", "status 503"].map(
		(fault): Row => ({ fault, times: 1, ends: { authorize: secondTry, status: secondTry } }),
	),
	{
		fault: "status 401",
		times: 1,
		ends: { initiate: { ...secondTry, newTokens: 1 }, status: { ...secondTry, newTokens: 1 } },
	},
	{ fault: "status 503", times: 2, ends: { authorize: { ...ok, tries: 3 }, status: { ...ok, tries: 3 } } },
];

const DAY_MS = 86_400_000;
const waitable = { 408: doubtful, 429: limited, 503: unavailable };

/** Retry-After is waited for where the step may be repeated and the deadline allows, and always reported. */
const ofRetryAfter: Row[] = Object.entries(waitable).flatMap(([status, meaning]) => {
	const all = meaning(Number(status));
	const fault = (wait: string) => `${status}, Retry-After ${wait}`;
	// A longer wait than is left: the first try's error, at once. The code is the status's own.
	const atOnce = (retryAfterMs: number) => each(all, { tries: 1, retryAfterMs });
	return [
		{ fault: fault("1 second"), ends: each(all, { retryAfterMs: 1_000 }), waitsMs: 1_000 },
		{ fault: fault("100 seconds"), ends: atOnce(100_000), limits: { deadlineMs: 90_000 } },
		{ fault: fault("a date two seconds ahead"), ends: each(all, { retryAfterMs: { least: 0, most: 2_000 } }) },
		{ fault: fault("a date in the past"), ends: each(all, { retryAfterMs: 0 }) },
		{ fault: fault("two days"), ends: atOnce(DAY_MS) },
		{ fault: fault("a date far ahead"), ends: atOnce(DAY_MS) },
		{ fault: fault("more digits than fit"), ends: atOnce(DAY_MS) },
		...alike(["nonsense", "a negative number", "a fraction"].map(fault), all),
	];
});

const ofTypes: Row[] = [
	...alike(["HTML", "HTML that says it is JSON", "empty", "empty without a type", "no type"], unreadable()),
	...alike(["type text/plain", "type application/octet-stream", "type application/jsonx"], unreadable()),
	...alike(["type application/json; charset=utf-8", "type APPLICATION/JSON"], taken),
	...alike(["type application/problem+json", "type text/json"], taken),
];

const ofText: Row[] = [
	...alike(["byte order mark", "duplicate keys, the last good", "extra fields", "a __proto__ field"], taken),
	...alike(["keys in capitals", "keys in Pascal case", "ten thousand levels in a field"], taken),
	...alike(["bytes that are no UTF-8", "UTF-16", "half of the JSON", "the request in place of JSON"], unreadable()),
	...alike(["JSON and more", "JSON null", "JSON number", "JSON text", "JSON list of the answer"], unreadable()),
	...alike(["JSON object without keys", "ten thousand levels", "duplicate keys, the last bad"], unreadable()),
];

const wrong = ["missing", "null", "number", "boolean", "list", "object", "empty text"];
const badIds = ["../x", "a/b", "a?b", "a#b", "a%2fb", "a.b", "a b", "a\n", "a\u0000", "é", "😀"];

const ofValues: Row[] = [
	...alike(
		wrong.map((value) => `vital key: ${value}`),
		unreadable(),
	),
	...alike(
		badIds.map((id) => `id ${JSON.stringify(id)}`),
		creating(unreadable()),
	),
	...alike(["id of 65 characters"], creating(unreadable())),
	...alike(["id of 64 characters"], creating(taken)),
	...alike(["requestId named id"], { payment_request: ok, status: ok }),
	...alike(["requestId of another", "requestId null"], only("status", unreadable())),
	...alike(["requestId missing", "requestId in capitals"], only("status", taken)),
	...alike(["undocumented status", "status in small letters"], only("status", taken)),
	...alike(
		["with CR LF", "with a space", "with an emoji", "with a comma", "of = alone", "of 10 KB"].map(
			(is) => `token ${is}`,
		),
		only("authorize", unreadable()),
	),
	...alike(["token of 8 KiB", "token_type BEARER"], only("authorize", taken)),
	...alike(
		[...wrong, "mac"].map((value) => `token_type ${value}`),
		only("authorize", unreadable()),
	),
	...alike(
		["missing", "-1", "0", "1.5", '"299"', "null", "true", "[299]", "1e400"].map((value) => `expires_in ${value}`),
		only("authorize", unreadable()),
	),
	...alike(["expires_in 299.0", "expires_in 1e9"], only("authorize", taken)),
];

/** The caller ends the call: it settles at once, whatever the upstream does. */
const ofTheCaller: Row[] = (["abort", "close"] as const).flatMap((does): Row[] => {
	const code = does === "abort" ? "aborted" : "closed";
	const asked: Limits = { act: { does, when: "asked" } };
	const pausing: Limits = { act: { does, when: "pausing" } };
	return [
		...alike(["silence", "stalled within the body", "dripped body"], ended(code), { limits: asked }),
		...alike(["429, Retry-After 1 second", "503, Retry-After 1 second"], repeated(ended(code)), { limits: pausing }),
		{
			fault: "silence",
			// A closed client refuses calls before they begin; a signal belongs to a call.
			ends: { authorize: ends(code, "not_sent", { tries: 0, ...(does === "close" && { stage: "input" }) }) },
			limits: { act: { does, when: "before" } },
		},
	];
});

/** What takes long is first, so that the rest runs beside it. */
export const rows: readonly Row[] = [
	...ofTime,
	...ofRetryAfter,
	...ofTheCaller,
	...ofTheConnection,
	...ofSize,
	...ofStatuses,
	...ofOnce,
	...ofTypes,
	...ofText,
	...ofValues,
];

/** Faults that are tried at every step and by every call, and not only by the first one of each column. */
const everywhere = new Set([
	...["refused", "reset after the request", "closed within a chunk", "HTML", "endless body", "half of the JSON"],
	...["silence", "vital key: null", "status 204", "status 302", "status 400", "status 401", "status 403", "status 404"],
	...["status 409", "status 408", "status 429", "status 503", "429, Retry-After two days"],
]);

// Cells.

/** The steps of a column that have the fault, each with the calls that have the step. */
function placesOf(column: Column, fault: string): [Step, Call][] {
	const steps: readonly Step[] = everywhere.has(fault) ? columns[column] : columns[column].slice(0, 1);
	return steps.flatMap((step) => {
		const calls = (Object.keys(sequences) as Call[]).filter((call) => sequenceOf(call).includes(step));
		return (everywhere.has(fault) ? calls : calls.slice(0, 1)).map((call): [Step, Call] => [step, call]);
	});
}

/** The requests of a call, in order. */
export function sequenceOf(call: Call): readonly Step[] {
	return sequences[call];
}

/** What arrives at the upstream: once what comes before the fault, each try, and what follows if there is a good end. */
function hitsOf(call: Call, step: Step, end: End, unread: boolean): Hits {
	const hits: Hits = {};
	const at = sequenceOf(call).indexOf(step);
	for (const [index, each] of sequenceOf(call).entries()) {
		if (index < at || (index > at && end.code === "ok")) hits[each] = 1;
		if (index === at) hits[each] = unread ? 0 : end.tries * (end.sends ?? 1);
	}
	if (step !== "authorize") hits.authorize = 1 + (end.newTokens ?? 0);
	return hits;
}

function cellsOf(row: Row): Cell[] {
	const { fault, limits = {}, times = Number.POSITIVE_INFINITY, waitsMs = 0, unread = false } = row;
	const { act, ...numbers } = limits;
	const details = [
		...Object.entries(numbers).map(([name, value]) => `${name} ${value}`),
		...(act ? [`${act.does} ${act.when}`] : []),
		...(row.times ? [`${row.times} times`] : []),
	];
	return (Object.entries(row.ends) as [Column, End][]).flatMap(([column, end]) =>
		placesOf(column, fault).map(([step, call]): Cell => {
			const hits = hitsOf(call, step, end, unread);
			const unlike = Object.entries(row.unlike ?? {}).map(([runtime, { because, ends }]) => {
				const other = ends?.[column];
				return [runtime, { because, ...(other && { end: other, hits: hitsOf(call, step, other, unread) }) }];
			});
			const name = [`${fault} at ${step} of ${call}`, ...details].join(", ");
			return { name, fault, step, call, limits, times, waitsMs, end, hits, unlike: Object.fromEntries(unlike) };
		}),
	);
}

export const cells: readonly Cell[] = rows.flatMap(cellsOf);
