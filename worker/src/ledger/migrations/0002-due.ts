// Jobs get a table of their own. Our state and Flinks' word become two columns. Each filter of a list gets an index.
// Flinks' ids are stored in lower case, in which webhooks are looked up.

export default `
	ALTER TABLE payments RENAME TO payments_0001;
	CREATE TABLE payments (
		id TEXT PRIMARY KEY, key_hash TEXT NOT NULL UNIQUE, fingerprint TEXT NOT NULL,
		fingerprint_version INTEGER NOT NULL, product TEXT NOT NULL, reference_id TEXT NOT NULL, amount TEXT,
		state TEXT NOT NULL, created_at INTEGER NOT NULL, instance TEXT NOT NULL, session_id TEXT, request_id TEXT,
		answer TEXT, status TEXT, status_details TEXT, paid INTEGER NOT NULL DEFAULT 0,
		final INTEGER NOT NULL DEFAULT 0, rank INTEGER NOT NULL DEFAULT 0, read_at INTEGER,
		reads INTEGER NOT NULL DEFAULT 0, hint TEXT, hint_details TEXT,
		hint_reads INTEGER NOT NULL DEFAULT 0, delivery TEXT NOT NULL DEFAULT 'none',
		purged INTEGER NOT NULL DEFAULT 0,
		shown TEXT NOT NULL GENERATED ALWAYS AS
			(COALESCE(status, IIF(state IN ('starting', 'sent'), 'in_progress', state))) VIRTUAL
	) WITHOUT ROWID;
	INSERT INTO payments (id, key_hash, fingerprint, fingerprint_version, product, reference_id, amount, state,
		created_at, instance, session_id, request_id, answer, status, status_details, paid, final, rank, read_at, reads,
		delivery, purged)
	SELECT id, key_hash, fingerprint, 1, product, reference_id, amount, state, created_at, instance, session_id,
		request_id, answer, IIF(state = 'created', status, NULL), status_details, paid,
		IIF(state = 'created', final, 0), rank, read_at, reads, COALESCE(delivery, 'none'), due_at IS NULL
	FROM payments_0001;

	CREATE TABLE due (kind TEXT NOT NULL, owner TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (kind, owner))
		WITHOUT ROWID;
	INSERT INTO due SELECT 'interrupted', id, created_at FROM payments_0001 WHERE state IN ('starting', 'sent');
	-- Those that were not asked for any more are read once, and the merchant gets a message that it was the last time.
	INSERT INTO due SELECT 'read', id, MIN(due_at, created_at + 604800000) FROM payments_0001
		WHERE state = 'created' AND final = 0 AND due_at IS NOT NULL;
	INSERT INTO due SELECT 'claim', id, created_at FROM payments_0001 WHERE state = 'created' AND final = 0;
	INSERT INTO due SELECT 'deliver', payment_id, MIN(COALESCE(due_at, created_at)) FROM messages
		WHERE state = 'pending' GROUP BY payment_id;
	INSERT INTO due SELECT 'purge', '', MIN(created_at) FROM payments_0001 HAVING COUNT(*) > 0;
	CREATE INDEX due_by_time ON due (kind, at);

	DROP TABLE payments_0001;
	CREATE INDEX payments_by_time ON payments (created_at DESC, id DESC);
	CREATE INDEX payments_by_delivery ON payments (delivery, created_at DESC, id DESC);
	CREATE INDEX payments_by_status ON payments (shown, delivery, created_at DESC, id DESC);

	ALTER TABLE messages RENAME TO messages_0001;
	CREATE TABLE messages (
		payment_id TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL,
		created_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'pending',
		PRIMARY KEY (payment_id, number)
	) WITHOUT ROWID;
	INSERT INTO messages SELECT payment_id, number, id, type, json_set(body, '$.sequence', number), created_at, attempts,
		state FROM messages_0001;
	DROP TABLE messages_0001;

	CREATE TABLE claims (flinks_id TEXT PRIMARY KEY, payment_id TEXT NOT NULL) WITHOUT ROWID;
	INSERT OR IGNORE INTO claims SELECT lower(session_id), payment_id FROM sessions;
	CREATE TABLE unclaimed (
		number INTEGER PRIMARY KEY, session_id TEXT NOT NULL, status TEXT NOT NULL, status_details TEXT NOT NULL,
		at INTEGER NOT NULL
	);
	INSERT INTO unclaimed (session_id, status, status_details, at)
		SELECT lower(session_id), status, status_details, at FROM webhooks
		WHERE lower(session_id) NOT IN (SELECT flinks_id FROM claims) ORDER BY at DESC LIMIT 1000;
	INSERT INTO due SELECT 'forget', '', MIN(at) FROM unclaimed HAVING COUNT(*) > 0;
	CREATE INDEX unclaimed_by_session ON unclaimed (session_id);
	CREATE INDEX unclaimed_by_time ON unclaimed (at);
	DROP TABLE sessions;
	DROP TABLE webhooks;

	CREATE TABLE purged (before INTEGER NOT NULL);
	INSERT INTO purged VALUES (0);
`;
