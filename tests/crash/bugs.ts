// Bugs that are made in the ledger on purpose: each names the tests that must find it. `seeded-bugs.ts` makes them.

import type { Edit } from "./workerd.ts";

/** Tests of a file, by a part of their names. */
export interface Tests {
	/** Under tests/, without its ending. */
	file: string;
	about: string;
}

export interface Bug {
	name: string;
	/** The tests that must find it. */
	tests: Tests;
	/** Whether random runs must find it too, and not only the tests. */
	byChance: boolean;
	edits: readonly Edit[];
}

const LEDGER = "worker/src/ledger";

type Change = readonly [file: string, find: string, replace: string];

function bug(name: string, file: string, about: string, ...changes: readonly Change[]): Bug {
	const edits = changes.map(([file, find, replace]) => ({ file, find, replace }));
	return { name, tests: { file, about }, byChance: false, edits };
}

function byChance(one: Bug): Bug {
	return { ...one, byChance: true };
}

function inLedger(file: string, find: string, replace: string): Change {
	return [`${LEDGER}/${file}.ts`, find, replace];
}

const starting = [
	byChance(
		bug(
			"a step is written down after its answer, not before it leaves",
			...["crash", "dies at a request"],
			inLedger(
				"starting",
				'if (stage !== "authorize" && !this.#leave(begun, sessionId)) throw new Error("The call was given up.");',
				"void stage;",
			),
			inLedger(
				"starting",
				"onEvent: (event) => void attempts.push({ at: Date.now(), ...recordAttempt(event) }),",
				`onEvent: (event) => {
					if (event.stage !== "authorize") this.#leave(begun, seen);
					attempts.push({ at: Date.now(), ...recordAttempt(event) });
				},`,
			),
		),
	),
	byChance(
		bug(
			"an interrupted payment is forgotten, so that its key runs again",
			...["crash", "dies at a request"],
			inLedger(
				"starting",
				"} else {\n\t\t\tconst { referenceId, instance, sessionId } = row;",
				"} else {\n\t\t\tif (row) return this.#forget(id);\n\t\t\tconst { referenceId, instance, sessionId } = row;",
			),
		),
	),
	bug(
		"a payment that is still to leave is not found",
		...["crash", "is not sent yet"],
		inLedger("starting", "begun === undefined ?", "begun !== null ?"),
	),
	bug(
		"interrupted payments are not settled when the object starts",
		...["crash", "dies at a request"],
		inLedger("ledger", "for (const id of store.payments.underWay()) this.#giveUp(id);", ""),
	),
	byChance(
		bug(
			"the answer is not stored",
			...["crash", "get one link"],
			inLedger("payments", "this.change(id, { state, answer, current,", "this.change(id, { state, current,"),
		),
	),
	bug(
		"a payment that is under way is not due",
		...["crash", "settles payments whose Worker died"],
		inLedger("starting", 'this.#store.due.schedule("interrupted", id, this.#calls.deadline() + GRACE_MS);', ""),
	),
	bug(
		"a call that was given up goes on",
		...["crash", "sends nothing"],
		inLedger("payments", 'if (this.byId(id)?.state !== "sent") return false;', ""),
		inLedger("starting", 'return this.#store.payments.byId(id)?.state === "sent";', "return true;"),
	),
	bug(
		"a late answer replaces the one that was given",
		...["crash", "sends nothing"],
		inLedger("payments", 'if (row?.state !== "sent") return false;', "if (row === undefined) return false;"),
	),
	byChance(
		bug(
			"a failure frees the key although a create had left",
			...["crash", "dies later on"],
			inLedger("starting", 'if (row === undefined || (row.state === "sent" && sessionId', "if (row || (sessionId"),
		),
	),
	bug(
		"the key is freed although there is a session",
		...["keys", "there is a session"],
		inLedger(
			"starting",
			'(row.state === "sent" && sessionId === undefined && isNothingCreated',
			'(row.state === "sent" && isNothingCreated',
		),
	),
	bug(
		"the key stays used after a 401 and no new token",
		...["keys", "token is refused and authorize fails"],
		inLedger(
			"starting",
			'if (row === undefined || (row.state === "sent" && sessionId === undefined && isNothingCreated(error))) {',
			"if (row === undefined) {",
		),
	),
	byChance(
		bug(
			"any body gets the key's answer",
			...["crash", "get one link"],
			inLedger(
				"starting",
				"if (row.fingerprint !== fingerprints[row.fingerprintVersion]) {",
				'if (row.fingerprint === "") {',
			),
		),
	),
	byChance(
		bug(
			"an interrupted payment counts as created",
			...["crash", "dies at a request"],
			inLedger(
				"starting",
				'const result = { state: "unknown" as const, answer, current: null, sessionId: sessionId ?? undefined };',
				`void answer;
				const created = { id, referenceId, sessionId: "?", appUrl: "?", status: "Initiated" };
				const result = { state: "created" as const, answer: { created }, current: INITIATED, sessionId: "?" };`,
			),
		),
	),
	byChance(
		bug(
			"the payor is stored",
			...["crash", "dies at a request"],
			inLedger(
				"starting",
				"fingerprintVersion: 2 as const, instance };",
				"fingerprintVersion: 2 as const, instance: JSON.stringify(params) };",
			),
		),
	),
];

const asking = [
	bug("an object that died is asked to cancel once more", ...["crash", "a cancellation is sent at most once"], [
		"worker/src/payments.ts",
		"callAboutPayment(c, call, { twice: false })",
		"callAboutPayment(c, call, { twice: true })",
	]),
	bug(
		"an object that died is not asked again",
		...["crash", "a payment recovers, after a death at each of its writes"],
		inLedger("client", "if (!twice || !isFirst) throw error;", "throw error;"),
	),
	bug(
		"LEDGER_SHARDS is not checked by reads",
		...["shards", "LEDGER_SHARDS"],
		inLedger("shard-count", "const mine = establish", "if (!establish) return;\n\t\tconst mine = establish"),
	),
];

const watching = [
	bug(
		"a webhook is believed",
		...["crash", "in a webhook is not believed"],
		inLedger(
			"watching",
			"this.#store.payments.change(id, { hints: withHint(hints, hint, current ?? INITIATED, product) });",
			"this.applyRead(id, hint);",
		),
	),
	bug(
		"a cancellation is not written down before it leaves",
		...["crash", "a cancellation whose Worker died"],
		inLedger("watching", 'by });\n\t\t\tthis.#store.due.schedule("hinted", id, Date.now() + GRACE_MS);', "by });"),
	),
	bug(
		"a webhook is ignored that says what one before the last has said",
		...["notifications", "comes again after another"],
		inLedger(
			"watching",
			"if (!this.#store.timeline.repeats(id, event)) this.#store.timeline.appendEvent(id, event);",
			`const known = this.#store.timeline.of(id).map(({ at: _, ...one }) => JSON.stringify(one));
			if (known.includes(JSON.stringify(event))) return;
			this.#store.timeline.appendEvent(id, event);`,
		),
	),
	bug(
		"a webhook is ignored that says the same as the one before it",
		...["notifications", "a day later"],
		inLedger(
			"watching",
			"if (!this.#store.timeline.repeats(id, event)) this.#store.timeline.appendEvent(id, event);",
			"if (this.#store.timeline.repeats(id, event)) return;\n\t\t\tthis.#store.timeline.appendEvent(id, event);",
		),
	),
	bug(
		"a webhook after the deadline is ignored",
		...["notifications", "that comes after it is read"],
		inLedger(
			"watching",
			'if (row?.state !== "created") return this.#store.commit(() => this.#store.due.drop(id, "hinted"));',
			`const { statusDeadlineMs = Number.POSITIVE_INFINITY } = settingsOf(this.#env);
			if (row?.state !== "created" || Date.now() > row.createdAt + statusDeadlineMs) return this.#stopHint(id);`,
		),
	),
	bug(
		"a webhook leads to one read only",
		...["notifications", "before the API shows the change"],
		inLedger(
			"watching",
			"const delay = hintDelayMs(row.hintReads);",
			"const delay = hintDelayMs(99) ?? (row.hintReads > 99 ? 0 : undefined);",
		),
	),
	bug(
		"a webhook takes the place of one that no read has shown",
		...["funds", "although an older one comes after it"],
		inLedger("status", "unshown([...hints, hint], now, product)", "unshown([hint], now, product)"),
	),
	bug(
		"a webhook about an unknown payment is forgotten",
		...["funds", "once that is resolved: before"],
		inLedger("watching", 'row.state === "sent" || row.state === "rejected"', 'row.state !== "created"'),
	),
	bug(
		"a webhook that comes during a read is spent by it",
		...["notifications", "a read during which it came"],
		inLedger("watching", 'if (this.#store.due.at("hinted", id) !== at) return;', ""),
		inLedger("watching", "const isDone = isRead &&", "const isDone = true || isRead &&"),
	),
	bug(
		"a payment is polled after the deadline",
		...["notifications", "that comes after it is read"],
		inLedger(
			"watching",
			'this.#store.due.drop(id, "read");\n\t\t\tif (current.final) return;',
			"if (current.final) return;",
		),
	),
	bug(
		"the merchant does not hear that watching has stopped",
		...["notifications", "watching has stopped"],
		inLedger("watching", 'this.#outbox.enqueueMessage(id, "payment.abandoned");', ""),
	),
	bug(
		"the last poll is later than the deadline",
		...["notifications", "watching has stopped"],
		inLedger(
			"watching",
			"return Math.min(now + pollDelayMs(reads + 1, Math.random()), deadline);",
			"return now + pollDelayMs(reads + 1, Math.random());",
		),
	),
	bug(
		"the last poll at the deadline is skipped",
		...["notifications", "the last read|a last read"],
		inLedger(
			"watching",
			"const next = this.#nextRead(row, current, now);\n\t\tthis.#store.commit",
			"const next = this.#nextRead(row, current, now);\n\t\tif (next === undefined) return this.#stopPolling(id, now);\n\t\tthis.#store.commit",
		),
	),
	bug(
		"a poll fails while a setting cannot be used",
		...["alarms", "under settings"],
		inLedger(
			"watching",
			"const { statusDeadlineMs = Number.POSITIVE_INFINITY, returnMs } = settingsOf(this.#env);",
			'const { statusDeadlineMs, returnMs } = settingsOf(this.#env);\n\t\tif (statusDeadlineMs === undefined) throw new Error("unset");',
		),
	),
	bug(
		"a status of Flinks' that is no word is stored",
		...["unrecognized-status", "appears? nowhere"],
		inLedger("status", "!OUR_WORDS.includes(text) ? text : UNRECOGNIZED;", "!OUR_WORDS.includes(text) ? text : text;"),
	),
];

const sessions = [
	bug(
		"a webhook is marked as seen before it is handled",
		...["notifications", "the Worker dies after any write of it"],
		inLedger(
			"owners",
			"if (owner !== undefined) return owner;",
			`if (owner !== undefined) {
				const { sql } = this.#store;
				sql.exec("CREATE TABLE IF NOT EXISTS seen (webhook TEXT PRIMARY KEY)");
				const { rowsWritten } = sql.exec("INSERT OR IGNORE INTO seen VALUES (?)", sessionId + JSON.stringify(content));
				return rowsWritten > 0 ? owner : undefined;
			}`,
		),
	),
	bug(
		"webhooks that come before their payment are lost",
		...["notifications", "before its payment is known"],
		inLedger("owners", "webhooks: this.#unclaimedOf(flinksId) };", "webhooks: [] };"),
	),
	bug(
		"an id may be two payments'",
		...["resolutions", "cannot claim"],
		inLedger("owners", "INSERT OR IGNORE INTO claims", "INSERT OR REPLACE INTO claims"),
	),
	bug(
		"ids are compared in their case",
		...["notifications", "another case"],
		inLedger("shards", "const lower = flinksId.toLowerCase();", "const lower = flinksId;"),
	),
	bug(
		"unclaimed webhooks are kept without a bound",
		...["notifications", "a thousand others"],
		inLedger("owners", "WHERE number <= (SELECT MAX(number) FROM unclaimed) - ?", "WHERE number < 0 AND number < ?"),
	),
];

const resolving = [
	bug(
		"a resolution binds before it is looked up",
		...["resolutions", "binds nothing"],
		inLedger(
			"resolving",
			"const found = await this.#fetchStatus(row, resolution);",
			"this.#write(row, before, resolution, by, INITIATED);\n\t\tconst found = await this.#fetchStatus(row, resolution);",
		),
	),
	bug(
		"a claim without a resolution keeps the id",
		...["resolutions", "the Worker dies before the resolution is written"],
		inLedger("client", "if (has) return result;", "return result;"),
	),
	bug(
		"a read is of the ids that a payment had when it began",
		...["resolutions", "got another id during the read"],
		inLedger(
			"watching",
			"if (now?.sessionId === row.sessionId && now.requestId === row.requestId) this.applyRead(row.id, read);",
			"if (now) this.applyRead(row.id, read);",
		),
	),
	bug(
		"a session that Flinks gives to two payments is both payments'",
		...["notifications", "never counts as paid"],
		inLedger("claims", "if (other !== undefined) this.#watching.rejectClaim(id, other.owner);\n\t\telse for", "for"),
	),
];

const notifications = [
	bug(
		"a change and its message are not one transaction",
		...["alarms", "of its writes: thrown"],
		inLedger("store", "this.#storage.transactionSync(() => {", "(<T>(work: () => T) => work())(() => {"),
	),
	bug(
		"a message is enqueued after its change",
		...["alarms", "of its writes: lost"],
		inLedger(
			"watching",
			'this.#outbox.enqueueMessage(id, isReturned ? "payment.returned" : "payment.updated");',
			'setTimeout(() => this.#outbox.enqueueMessage(id, isReturned ? "payment.returned" : "payment.updated"), 0);',
		),
	),
	bug(
		"a message is enqueued only while it can be sent",
		...["notifications", "secret cannot be used"],
		inLedger("outbox", 'merchantWebhook.is !== "unset"', 'merchantWebhook.is === "on"'),
	),
	bug(
		"the numbers of messages do not rise",
		...["notifications", "have numbers that rise"],
		inLedger("outbox", "sequence: number, effect, data", "sequence: 1, effect, data"),
	),
	bug(
		"a later message goes before an earlier one",
		...["notifications", "have numbers that rise|next try"],
		inLedger("outbox", '.find(({ state }) => state === "pending")', '.findLast(({ state }) => state === "pending")'),
	),
	bug(
		"the amount stays in messages that wait",
		...["notifications", "lose the amount"],
		inLedger("outbox", "needsAmounts(notice) ? notice : { ...notice, amounts: {} }", "notice"),
	),
];

const funds = [
	bug(
		"the merchant credits what is scheduled",
		...["funds", "weeks after an EFT was scheduled"],
		inLedger("effects", "effects === 0 && current?.paid", 'effects === 0 && funds !== "none"'),
	),
	bug(
		"the merchant credits with each message that says paid",
		...["funds", "credits once"],
		inLedger("effects", "effects === 0 && current?.paid", "current?.paid"),
	),
	bug(
		"what is returned is not reversed",
		...["funds", "is reversed once"],
		inLedger("effects", 'effects === 1 && (funds === "none"', 'effects === 2 && (funds === "none"'),
	),
	bug(
		"an answer about another reference is believed",
		...["funds", "another reference"],
		inLedger(
			"watching",
			"const mismatchFound = findMismatch(row, read);",
			"const mismatchFound: FoundMismatch | undefined = undefined;",
		),
	),
	bug(
		"an answer for another amount is believed",
		...["funds", "another amount, eft"],
		inLedger("mismatch", "toTheCent(named) !== toTheCent(expected)", "false"),
	),
	bug(
		"a mismatch is sent with each read",
		...["funds", "another reference"],
		inLedger(
			"watching",
			"const isKnown = mismatchFound.found === undefined || this.#store.timeline.repeats(id, event);",
			"const isKnown = false;",
		),
	),
	bug(
		"what is final is never read again",
		...["funds", "although it was final"],
		inLedger(
			"watching",
			'if (row?.state !== "created") return this.#store.commit(() => this.#store.due.drop(id, "hinted"));',
			'if (row?.state !== "created" || row.current?.final) return this.#stopHint(id);',
		),
	),
	bug(
		"a scheduled EFT is not read after the deadline",
		...["funds", "weeks after an EFT was scheduled"],
		inLedger("watching", "return canReturn(funds) && now < until ?", "return now < 0 ?"),
	),
	bug(
		"a guarantee that is refused counts once Flinks says completed",
		...["guarantees", "can be refused"],
		inLedger("watching", 'row.guarantee === "refused" ? { ...read, ...GUARANTEE_REFUSED } : read', "read"),
	),
	bug(
		"a decision on a guarantee is not written down before it leaves",
		...["guarantees", "after a person had accepted it"],
		inLedger("guarantees", 'this.#store.due.schedule("hinted", id, Date.now() + GRACE_MS);', ""),
	),
	bug(
		"a resolution binds an id that is for another amount",
		...["funds", "is not bound by a resolution"],
		inLedger(
			"resolving",
			"if (mismatchFound === undefined) return found;",
			'if (mismatchFound?.what !== "reference") return found;',
		),
	),
];

const purging = [
	bug(
		"a purged payment is forgotten, so that its key runs again",
		...["notifications", "lose the amount"],
		inLedger("purging", "payments.purge(id);", "payments.forget(id);"),
	),
	bug(
		"what was read of a message before it left is written back",
		...["notifications", "one of them is on its way"],
		inLedger(
			"outbox",
			"#countAttempt(id: string, { number }: Notice,",
			"#countAttempt(id: string, { number, amounts }: Notice,",
		),
		inLedger(
			"outbox",
			"attempts: one.attempts + 1, state } : one",
			"attempts: one.attempts + 1, state, amounts } : one",
		),
	),
];

const alarms = [
	bug(
		"what cannot be given up when the object starts is never due",
		...["alarms", "its predecessor had under way"],
		inLedger("ledger", 'this.#store.commit(() => this.#store.due.schedule("interrupted", id, Date.now()));', ""),
	),
	bug(
		"a change sets no alarm",
		...["alarms", "under settings"],
		inLedger("store", "if (isKept) this.scheduleAlarm();", ""),
	),
	bug(
		"an alarm that should have rung counts as set",
		...["alarms", "has lost"],
		inLedger("store", "&& this.#alarmAt > now - LOST_ALARM_MS;", ";"),
	),
	bug(
		"what has failed once is never due again",
		...["alarms", "of its writes: thrown"],
		inLedger(
			"jobs",
			"this.#postpone(kind, owner, Date.now() + FAILED_DELAY_MS);",
			"this.#store.commit(() => this.#store.due.drop(owner, kind));",
		),
	),
	bug(
		"what is urgent comes after the backlog",
		...["notifications", "before those whose polls are due"],
		inLedger("jobs", '["interrupted", "hinted", "decide", "read"]', '["read", "decide", "hinted", "interrupted"]'),
	),
	bug(
		"messages share the lane of reads",
		...["notifications", "a merchant who hangs"],
		inLedger("jobs", '"decide", "read"], width: 3 },', '"decide", "read", "deliver"], width: 3 },'),
		inLedger("jobs", '{ kinds: ["deliver"], width: 2 },', ""),
	),
];

const upgrading = [
	bug(
		"a key of an earlier version is compared with today's hash",
		...["migrations", "answers to their keys"],
		inLedger("starting", "fingerprints[row.fingerprintVersion]", "fingerprints[2]"),
	),
	bug(
		"a migration loses the messages that wait",
		...["migrations", "who did not get them"],
		inLedger("migrations/0002-due", "state FROM messages_0001;", "state FROM messages_0001 WHERE state <> 'pending';"),
	),
	bug(
		"a migration leaves the messages that wait undue",
		...["migrations", "who did not get them"],
		inLedger(
			"migrations/0002-due",
			"WHERE state = 'pending' GROUP BY payment_id;",
			"WHERE state = '' GROUP BY payment_id;",
		),
	),
	bug(
		"a migration leaves a scheduled EFT paid",
		...["migrations", "but for a scheduled EFT"],
		inLedger("migrations/0003-money", "WHEN paid AND product = 'eft' THEN 'scheduled'", ""),
	),
	bug(
		"storage of a newer version is taken for today's",
		...["migrations", "newer version"],
		inLedger("migrations/migrate", "if (version > STEPS.length)", "if (version < 0)"),
	),
];

const queries = [
	bug(
		"a list by a status sorts all that have it",
		...["queries", "sorts more than a page"],
		inLedger("lists", "AND funds = ?$", "AND funds >= ?$"),
	),
	bug(
		"the kinds of payments are found by going through all of them",
		...["queries", "scans a table"],
		inLedger(
			"migrations/0005-one-row",
			"CREATE INDEX payments_by_class ON payments (shown, funds",
			"CREATE INDEX payments_by_class ON payments (funds, shown",
		),
	),
	bug(
		"a list by a reference goes through all payments",
		...["queries", "only payments with that reference"],
		inLedger("migrations/0005-one-row", "payments (reference_id, created_at", "payments (created_at"),
	),
];

const events = [
	bug("a cursor goes past what a page had no room for", ...["events", "while several objects write"], [
		"worker/src/paging.ts",
		"this.first === undefined ? this.#chunk.looked : taken.place",
		"this.#chunk.looked",
	]),
	bug(
		"a page of a type ends with what it has room for",
		...["events", "goes on from there"],
		inLedger("outbox", "wanted.length > limit ? page.at(-1)", "false ? page.at(-1)"),
	),
	bug(
		"a change without an endpoint is not kept",
		...["events", "needs no endpoint"],
		inLedger("outbox", "if (row === undefined) return;", "if (row === undefined || !this.isWanted) return;"),
	),
	bug(
		"a migration leaves earlier credits without their effect",
		...["migrations", "among the events"],
		inLedger("migrations/0004-feed", "THEN 'credit'", "THEN 'none'"),
	),
];

const money = [
	bug(
		"what is scheduled counts as paid",
		...["books", "a regular EFT is scheduled"],
		inLedger(
			"status",
			"return { status, statusDetails, ...meaning, rank: Math.max(rank, now.rank), amount };",
			`const paid = meaning.paid || meaning.funds === "scheduled";
			return { status, statusDetails, ...meaning, paid, rank: Math.max(rank, now.rank), amount };`,
		),
	),
	bug(
		"each message about a paid payment has it credited",
		...["books", "is credited once between"],
		inLedger("outbox", 'effects: effect === "credit" ? 1 : 2', "effects: row.effects"),
	),
	bug(
		"the amount that was asked counts as paid",
		...["books", "next best offer"],
		inLedger("status", "return current.amount ?? asked ?? undefined;", "return asked ?? current.amount;"),
	),
	bug(
		"what is final is read no more",
		...["books", "by a webhook alone"],
		inLedger(
			"watching",
			'if (row?.state !== "created") return this.#store.commit(() => this.#store.due.drop(id, "hinted"));',
			'if (row?.state !== "created" || row.current?.final) return this.#stopHint(id);',
		),
	),
	bug(
		"an answer about another amount is believed",
		...["books", "not paid until the amount fits"],
		inLedger("mismatch", "if (isAnotherAmount(read.amount, expected, payment)) {", "if (false as boolean) {"),
	),
];

export const bugs: readonly Bug[] = [
	...money,
	...starting,
	...asking,
	...watching,
	...sessions,
	...resolving,
	...notifications,
	...funds,
	...purging,
	...alarms,
	...upgrading,
	...queries,
	...events,
];

/** The bug that the environment names, for `bundle`; none where it names none. */
export function seededBug(): readonly Edit[] {
	const name = process.env.SEEDED_BUG;
	if (name === undefined) return [];
	const found = bugs.find((bug) => bug.name === name);
	if (!found) throw new Error(`there is no bug "${name}"`);
	return found.edits;
}
