// The shop's book: the orders, and the credits and reversals of their payments. Each is one insert for a payment, so that a
// message that is repeated or comes too late changes nothing.

import { DatabaseSync } from "node:sqlite";

const TABLES = `
	CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, tea TEXT NOT NULL, cents INTEGER NOT NULL) STRICT;
	CREATE TABLE IF NOT EXISTS credits (payment TEXT PRIMARY KEY, order_id TEXT NOT NULL, cents INTEGER NOT NULL) STRICT;
	CREATE TABLE IF NOT EXISTS reversals (payment TEXT PRIMARY KEY, order_id TEXT NOT NULL) STRICT;
	CREATE INDEX IF NOT EXISTS credits_by_order ON credits (order_id);
	CREATE INDEX IF NOT EXISTS reversals_by_order ON reversals (order_id);
	-- The received money of each order, also of orders that the shop does not know.
	CREATE VIEW IF NOT EXISTS book AS
		SELECT credits.order_id AS order_id, sum(iif(reversals.payment IS NULL, cents, 0)) AS cents
		FROM credits LEFT JOIN reversals USING (payment) GROUP BY credits.order_id;
`;

/** An order and its money, as text. */
export interface Order {
	tea: string;
	/** The price. */
	amount: string;
	/** The received amount. */
	received: string;
	/** Ship only what is `paid`. */
	state: "open" | "paid" | "another_amount" | "returned";
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
		/** Credits the paid amount, which may differ from the price. Gives false if the payment was credited before. */
		credit: (payment: string, orderId: string, paidAmount: string) =>
			credit.run(payment, orderId, centsOf(paidAmount)).changes > 0,
		/** Reverses the credit of a payment, also if the credit comes later. Gives false if it was reversed before. */
		reverse: (payment: string, orderId: string) => reversal.run(payment, orderId).changes > 0,
		find(id: string): Order | undefined {
			const row = found.get(id);
			if (row === undefined) return undefined;
			const [price, received] = [Number(row.price), Number(row.received)];
			const state = received === price ? "paid" : received > 0 ? "another_amount" : row.returned ? "returned" : "open";
			return { tea: String(row.tea), amount: textOf(price), received: textOf(received), state };
		},
	};
}

/** The cents of an amount, which is text everywhere else. */
function centsOf(amount: string): number {
	const [, dollars, cents = ""] = /^(\d{1,13})(?:\.(\d{1,2}))?$/.exec(amount) ?? [];
	if (dollars === undefined) throw new Error(`${amount} is not an amount of dollars`);
	return Number(dollars + cents.padEnd(2, "0"));
}

function textOf(cents: number): string {
	const digits = String(cents).padStart(3, "0");
	return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
