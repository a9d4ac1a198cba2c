// The schema of the first build of 0.1.0. It had no table of versions, so everything is made only where it is missing.

export default `
	CREATE TABLE IF NOT EXISTS payments (
		id TEXT PRIMARY KEY, key_hash TEXT NOT NULL UNIQUE, fingerprint TEXT NOT NULL, product TEXT NOT NULL,
		reference_id TEXT NOT NULL, amount TEXT, state TEXT NOT NULL, created_at INTEGER NOT NULL,
		instance TEXT NOT NULL, session_id TEXT, request_id TEXT, answer TEXT, status TEXT NOT NULL,
		status_details TEXT, paid INTEGER NOT NULL DEFAULT 0, final INTEGER NOT NULL DEFAULT 0,
		rank INTEGER NOT NULL DEFAULT 0, read_at INTEGER, reads INTEGER NOT NULL DEFAULT 0, due_at INTEGER, delivery TEXT
	) WITHOUT ROWID;
	CREATE INDEX IF NOT EXISTS payments_by_time ON payments (created_at DESC, id DESC);
	CREATE INDEX IF NOT EXISTS payments_by_status ON payments (status, created_at DESC, id DESC);
	CREATE INDEX IF NOT EXISTS payments_due ON payments (due_at) WHERE due_at IS NOT NULL;
	CREATE INDEX IF NOT EXISTS payments_undelivered ON payments (created_at DESC, id DESC) WHERE delivery = 'dead';
	CREATE TABLE IF NOT EXISTS events (
		payment_id TEXT NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, event TEXT NOT NULL,
		PRIMARY KEY (payment_id, number)
	) WITHOUT ROWID;
	CREATE TABLE IF NOT EXISTS messages (
		payment_id TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL,
		created_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'pending',
		due_at INTEGER, PRIMARY KEY (payment_id, number)
	) WITHOUT ROWID;
	CREATE INDEX IF NOT EXISTS messages_due ON messages (due_at) WHERE due_at IS NOT NULL;
	CREATE TABLE IF NOT EXISTS agreed (shards INTEGER NOT NULL);
	CREATE TABLE IF NOT EXISTS sessions (session_id TEXT PRIMARY KEY, payment_id TEXT NOT NULL) WITHOUT ROWID;
	CREATE TABLE IF NOT EXISTS webhooks (
		session_id TEXT NOT NULL, status TEXT NOT NULL, status_details TEXT NOT NULL, at INTEGER NOT NULL,
		PRIMARY KEY (session_id, status, status_details)
	) WITHOUT ROWID;
	CREATE INDEX IF NOT EXISTS webhooks_by_time ON webhooks (at);
`;
