// Messages become the feed of `GET /events`: every change in one order, kept for good, with or without an endpoint.
// Messages of earlier versions get the fields about money that later ones have.

/** Whether an earlier message of the payment says paid. */
const paidBefore = `EXISTS (SELECT 1 FROM messages_0003 AS other WHERE other.payment_id = messages_0003.payment_id
	AND other.number < messages_0003.number AND other.body ->> '$.data.paid')`;

export default `
	ALTER TABLE messages RENAME TO messages_0003;
	UPDATE messages_0003 SET body = json_set(body, '$.data.funds', CASE
		WHEN body ->> '$.data.paid' THEN IIF(body ->> '$.data.status' = 'Settled', 'settled', 'guaranteed')
		WHEN body ->> '$.data.final' AND ${paidBefore} THEN 'returned'
		ELSE 'none' END)
		WHERE body ->> '$.data.funds' IS NULL;
	UPDATE messages_0003 SET body = json_set(body, '$.effect', CASE
		WHEN body ->> '$.data.paid' AND NOT ${paidBefore} THEN 'credit'
		WHEN NOT body ->> '$.data.paid' AND EXISTS (SELECT 1 FROM messages_0003 AS other
			WHERE other.payment_id = messages_0003.payment_id AND other.number = messages_0003.number - 1
			AND other.body ->> '$.data.paid') THEN 'reverse'
		ELSE 'none' END)
		WHERE body ->> '$.effect' IS NULL;

	CREATE TABLE messages (
		position INTEGER PRIMARY KEY, payment_id TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL,
		type TEXT NOT NULL, body TEXT NOT NULL, created_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
		state TEXT NOT NULL
	);
	INSERT INTO messages (payment_id, number, id, type, body, created_at, attempts, state)
		SELECT payment_id, number, id, type, body, created_at, attempts, state FROM messages_0003
		-- By time, but those of a payment in their own order: a clock may have been set back between two of them.
		ORDER BY MAX(created_at) OVER (PARTITION BY payment_id ORDER BY number), payment_id, number;
	DROP TABLE messages_0003;
	CREATE UNIQUE INDEX messages_by_payment ON messages (payment_id, number);
`;
