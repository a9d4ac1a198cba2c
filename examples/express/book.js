import { DatabaseSync } from "node:sqlite";

const db = new DatabaseSync(process.env.BOOK_FILE ?? "book.db", { timeout: 5000 });
db.exec(`
	CREATE TABLE IF NOT EXISTS received (payment TEXT PRIMARY KEY, reference TEXT NOT NULL, amount TEXT NOT NULL);
	CREATE TABLE IF NOT EXISTS payments_taken (payment TEXT PRIMARY KEY, state TEXT NOT NULL);
`);
const received = db.prepare("SELECT payment, amount FROM received WHERE reference = ?");
const credit = db.prepare("INSERT INTO received VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
const reverse = db.prepare("DELETE FROM received WHERE payment = ?");
const state = db.prepare("SELECT state FROM payments_taken WHERE payment = ?");
const swap = db.prepare(`INSERT INTO payments_taken VALUES (?1, ?2)
	ON CONFLICT (payment) DO UPDATE SET state = ?2 WHERE state = ?3`);

export const store = {
	read: (payment) => state.get(payment)?.state,
	swap: (payment, before, after) => swap.run(payment, after, before).changes === 1,
};

// Credits the paid amount and not the price. A call is repeated only if the process dies in it, which the primary key allows for.
export const onCredit = ({ id, referenceId, paidAmount }) => credit.run(id, referenceId, paidAmount);
export const onReverse = ({ id }) => reverse.run(id);

// What was received for an order: compare it with the price before you ship.
export const receivedFor = (reference) => received.all(reference);
