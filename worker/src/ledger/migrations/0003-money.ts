// The meaning of a payment's money gets columns of its own: the funds, Flinks' figure, a mismatch, the guarantee and the
// effects. Before, a regular EFT that is scheduled counted as paid, and a Completed session as final.

/** Payments that counted as final and are not. They are read again. */
const REOPENED = `state = 'created' AND final = 1 AND NOT (funds IN ('settled', 'returned') OR
	(funds = 'guaranteed' AND product = 'geft') OR (funds = 'none' AND
	(status IN ('Cancelled', 'Canceled', 'Expired', 'Failed') OR (status = 'Declined' AND product = 'interac'))))`;

/** A condition on the payment's other messages. */
const other = (condition: string) =>
	`EXISTS (SELECT 1 FROM messages AS other WHERE other.payment_id = messages.payment_id AND ${condition})`;

export default `
	ALTER TABLE payments ADD COLUMN funds TEXT NOT NULL DEFAULT 'none';
	ALTER TABLE payments ADD COLUMN paid_amount TEXT;
	ALTER TABLE payments ADD COLUMN mismatch TEXT;
	ALTER TABLE payments ADD COLUMN guarantee TEXT;
	ALTER TABLE payments ADD COLUMN effects INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE unclaimed ADD COLUMN event TEXT;

	UPDATE payments SET funds = CASE
		WHEN paid AND product = 'eft' THEN 'scheduled'
		WHEN paid AND product = 'interac' AND status = 'Settled' THEN 'settled'
		WHEN paid THEN 'guaranteed'
		WHEN status IN ('Cancelled', 'Canceled', 'Expired', 'Declined', 'Failed') AND EXISTS (SELECT 1 FROM events
			WHERE payment_id = payments.id AND event ->> 'type' = 'status' AND event ->> 'paid') THEN 'returned'
		ELSE 'none' END
	WHERE state = 'created';
	INSERT OR IGNORE INTO due SELECT 'read', id, created_at FROM payments WHERE ${REOPENED};
	UPDATE payments SET final = 0 WHERE ${REOPENED};
	UPDATE payments SET paid = funds IN ('guaranteed', 'settled'), rank = CASE
		WHEN funds = 'returned' THEN 8
		WHEN funds = 'settled' THEN 7
		WHEN funds = 'guaranteed' THEN IIF(product = 'geft' OR status = 'Processed', 6, 5)
		WHEN funds = 'scheduled' THEN 4
		WHEN final THEN 2
		WHEN status = 'Completed' OR rank = 2 THEN 3
		ELSE MIN(rank, 1) END
	WHERE state = 'created';

	-- What waits and says of a scheduled EFT that it is paid is not sent like that.
	UPDATE messages SET body = json_set(body, '$.data.funds', 'scheduled', '$.data.paid', json('false'), '$.data.final',
		json('false')) WHERE state <> 'delivered' AND body ->> '$.data.product' = 'eft' AND body ->> '$.data.paid';
	UPDATE messages SET body = json_set(body, '$.data.funds', IIF(body ->> '$.data.status' = 'Settled', 'settled',
		'guaranteed'), '$.data.paidAmount', body ->> '$.data.amount')
		WHERE state <> 'delivered' AND body ->> '$.data.paid' AND body ->> '$.data.amount' IS NOT NULL;
	UPDATE messages SET body = json_set(body, '$.effect', CASE
		WHEN body ->> '$.data.paid' AND NOT ${other("other.number < messages.number AND other.body ->> '$.data.paid'")}
			THEN 'credit'
		WHEN NOT body ->> '$.data.paid' AND body ->> '$.data.funds' IS NULL AND ${other(
			"other.number = messages.number - 1 AND other.body ->> '$.data.paid'",
		)} THEN 'reverse'
		ELSE 'none' END)
		WHERE state <> 'delivered';
	UPDATE messages SET body = json_set(body, '$.data.funds', CASE
		WHEN body ->> '$.data.paid' THEN IIF(body ->> '$.data.status' = 'Settled', 'settled', 'guaranteed')
		WHEN body ->> '$.data.final' AND ${other("other.number < messages.number AND other.body ->> '$.data.paid'")}
			THEN 'returned'
		ELSE 'none' END)
		WHERE state <> 'delivered' AND body ->> '$.data.funds' IS NULL;
	-- A merchant who got a message that it is paid has credited it, and gets one message if it is not any more.
	UPDATE payments SET effects = 1 WHERE EXISTS (SELECT 1 FROM messages
		WHERE payment_id = payments.id AND body ->> '$.data.paid');
	UPDATE payments SET effects = 2 WHERE effects = 1 AND funds = 'returned' AND EXISTS (SELECT 1 FROM messages
		WHERE payment_id = payments.id AND NOT body ->> '$.data.paid'
		AND number > (SELECT MAX(number) FROM messages WHERE payment_id = payments.id AND body ->> '$.data.paid'));

	DROP INDEX payments_by_status;
	ALTER TABLE payments DROP COLUMN shown;
	ALTER TABLE payments ADD COLUMN shown TEXT NOT NULL GENERATED ALWAYS AS (CASE
		WHEN mismatch IS NOT NULL THEN 'mismatch'
		WHEN guarantee = 'waiting' THEN 'guarantee_waiting'
		ELSE COALESCE(status, IIF(state IN ('starting', 'sent'), 'in_progress', state)) END) VIRTUAL;
	CREATE INDEX payments_by_status ON payments (shown, delivery, created_at DESC, id DESC);
	CREATE INDEX payments_by_funds ON payments (funds, created_at DESC, id DESC);
	CREATE INDEX payments_by_reference ON payments (reference_id, created_at DESC, id DESC);
`;
