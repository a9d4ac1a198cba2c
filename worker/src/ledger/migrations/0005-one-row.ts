// A payment becomes one row with its timeline and the deliveries of its messages, so that a change is one write. The jobs
// of a payment become one row, too. The feed keeps the messages, without amounts. One index answers each filter of a list
// but the reference. Calls that had not left when the Worker died are no longer stored. The table has row ids: without
// them each of these long rows would get a page of its own.

/** The events that stay of a payment with more events than its row has room for. */
const KEPT = "'outcome', 'status', 'mismatch', 'guarantee', 'resolution', 'abandoned', 'late_answer', 'claim_refused'";
const last = "(SELECT MAX(number) FROM events WHERE payment_id = payments_0004.id)";

export default `
	ALTER TABLE payments RENAME TO payments_0004;
	CREATE TABLE payments (
		id TEXT PRIMARY KEY, key_hash TEXT NOT NULL UNIQUE, fingerprint TEXT NOT NULL,
		fingerprint_version INTEGER NOT NULL, product TEXT NOT NULL, reference_id TEXT NOT NULL, amount TEXT,
		state TEXT NOT NULL, created_at INTEGER NOT NULL, instance TEXT NOT NULL, session_id TEXT, request_id TEXT,
		answer TEXT, status TEXT, status_details TEXT, funds TEXT NOT NULL, paid INTEGER NOT NULL, paid_amount TEXT,
		final INTEGER NOT NULL, rank INTEGER NOT NULL, mismatch TEXT, guarantee TEXT, shown TEXT NOT NULL,
		effects INTEGER NOT NULL, read_at INTEGER, hint TEXT, hint_details TEXT, delivery TEXT NOT NULL,
		purged INTEGER NOT NULL, events TEXT NOT NULL, notices TEXT NOT NULL
	);
	INSERT INTO payments SELECT id, key_hash, fingerprint, fingerprint_version, product, reference_id, amount, state,
		created_at, instance, session_id, request_id, answer, status, status_details, funds, paid, paid_amount, final, rank,
		mismatch, guarantee, shown, effects, read_at, hint, hint_details, delivery, purged,
		(SELECT json_group_array(json_set(event, '$.at', at) ORDER BY number) FROM events WHERE payment_id = payments_0004.id
			AND (number > ${last} - 1000 OR event ->> 'type' IN (${KEPT}))),
		(SELECT json_group_array(json_object('position', position, 'number', number, 'effect', body ->> '$.effect',
			'attempts', attempts, 'state', state, 'amounts', json_patch('{}', json_object('amount', body ->> '$.data.amount',
			'paidAmount', body ->> '$.data.paidAmount'))) ORDER BY number) FROM messages WHERE payment_id = payments_0004.id)
	FROM payments_0004 WHERE state <> 'starting';

	CREATE TABLE feed (
		position INTEGER PRIMARY KEY, payment_id TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL,
		body TEXT NOT NULL, created_at INTEGER NOT NULL
	);
	INSERT INTO feed SELECT position, payment_id, number, id, type, json_remove(body, '$.data.amount', '$.data.paidAmount'),
		created_at FROM messages;

	ALTER TABLE due RENAME TO due_0004;
	CREATE TABLE due (
		owner TEXT PRIMARY KEY, hinted INTEGER, claim INTEGER, decide INTEGER, read INTEGER, deliver INTEGER, purge INTEGER,
		forget INTEGER, read_at INTEGER, reads INTEGER NOT NULL, hint_reads INTEGER NOT NULL
	) WITHOUT ROWID;
	INSERT INTO due SELECT owner, MAX(IIF(kind = 'hinted', at, NULL)), MAX(IIF(kind = 'claim', at, NULL)),
		MAX(IIF(kind = 'decide', at, NULL)), MAX(IIF(kind = 'read', at, NULL)), MAX(IIF(kind = 'deliver', at, NULL)),
		MAX(IIF(kind = 'purge', at, NULL)), MAX(IIF(kind = 'forget', at, NULL)), read_at, COALESCE(reads, 0),
		COALESCE(hint_reads, 0)
	FROM due_0004 LEFT JOIN payments_0004 ON id = owner WHERE kind <> 'interrupted' GROUP BY owner;

	DROP TABLE payments_0004;
	DROP TABLE due_0004;
	DROP TABLE events;
	DROP TABLE messages;
	CREATE INDEX payments_by_class ON payments (shown, funds, delivery, created_at DESC, id DESC);
	CREATE INDEX payments_by_reference ON payments (reference_id, created_at DESC, id DESC);
`;
