// The shop's book: its orders, and the money that came for them and went again. A payment is credited by one insert and
// taken back by another, so that a message that comes twice, or after the one that followed it, changes nothing.

import { DatabaseSync } from "node:sqlite";

const TABLES = `
	CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, tea TEXT NOT NULL, cents INTEGER NOT NULL) STRICT;
	CREATE TABLE IF NOT EXISTS credits (payment TEXT PRIMARY KEY, order_id TEXT NOT NULL, cents INTEGER NOT NULL) STRICT;
	CREATE TABLE IF NOT EXISTS reversals (payment TEXT PRIMARY KEY, order_id TEXT NOT NULL) STRICT;
	CREATE INDEX IF NOT EXISTS credits_by_order ON credits (order_id);
	CREATE INDEX IF NOT EXISTS reversals_by_order ON reversals (order_id);
	-- What is really there for each order, whether the shop knows it or not.
	CREATE VIEW IF NOT EXISTS book AS
		SELECT credits.order_id AS order_id, sum(iif(reversals.payment IS NULL, cents, 0)) AS cents
		FROM credits LEFT JOIN reversals USING (payment) GROUP BY credits.order_id;
`;

/** An order and its money, as text. */
export interface Order {
	tea: string;
	/** The price. */
	amount: string;
	/** What is really there of it. */
	received: string;
	/** Only `paid` is a reason to send anything. */
	standing: "open" | "paid" | "another_amount" | "returned";
}

export type Book = ReturnType<typeof openBook>;

/** Opens the book in a file, or in memory with `:memory:`. */
export function openBook(file: string) {
	const db = new DatabaseSync(file);
	db.exec(TABLES);
	const order = db.prepare("INSERT INTO orders VALUES (?, ?, ?)");
	const credit = db.prepare("INSERT INTO credits VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
	const reversal = db.prepare("INSERT INTO reversals VALUES (?, ?) ON CONFLICT DO NOTHING");
	const found = db.prepare(`
		SELECT tea, orders.cents AS price, coalesce((SELECT cents FROM book WHERE order_id = ?1), 0) AS received,
			EXISTS (SELECT 1 FROM reversals WHERE order_id = ?1) AS returned
		FROM orders WHERE id = ?1
	`);
	return {
		addOrder: (id: string, tea: string, amount: string) => void order.run(id, tea, centsOf(amount)),
		/** Whether it is news: a payment is credited once, by what was paid, and not by what was asked. */
		credit: (payment: string, orderId: string, paidAmount: string) =>
			credit.run(payment, orderId, centsOf(paidAmount)).changes > 0,
		/** Whether it is news. What is taken back is what was credited, also where that comes later. */
		reverse: (payment: string, orderId: string) => reversal.run(payment, orderId).changes > 0,
		find(id: string): Order | undefined {
			const row = found.get(id);
			if (row === undefined) return undefined;
			const [price, received] = [Number(row.price), Number(row.received)];
			const standing =
				received === price ? "paid" : received > 0 ? "another_amount" : row.returned ? "returned" : "open";
			return { tea: String(row.tea), amount: textOf(price), received: textOf(received), standing };
		},
	};
}

/** Money is text outside and whole cents inside. What is no amount is in nobody's book. */
function centsOf(amount: string): number {
	const [, dollars, cents = ""] = /^(\d{1,13})(?:\.(\d{1,2}))?$/.exec(amount) ?? [];
	if (dollars === undefined) throw new Error(`${amount} is no amount of dollars`);
	return Number(dollars + cents.padEnd(2, "0"));
}

function textOf(cents: number): string {
	const digits = String(cents).padStart(3, "0");
	return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
