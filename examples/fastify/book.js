import { DatabaseSync } from "node:sqlite";

const db = new DatabaseSync(process.env.BOOK_FILE ?? "book.db");
db.exec(`
	CREATE TABLE IF NOT EXISTS credits (payment TEXT PRIMARY KEY, reference TEXT NOT NULL, amount TEXT NOT NULL);
	CREATE TABLE IF NOT EXISTS reversals (payment TEXT PRIMARY KEY);
	CREATE VIEW IF NOT EXISTS received AS SELECT * FROM credits WHERE payment NOT IN (SELECT payment FROM reversals);
`);
const credit = db.prepare("INSERT INTO credits VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
const reversal = db.prepare("INSERT INTO reversals VALUES (?) ON CONFLICT DO NOTHING");
const received = db.prepare("SELECT payment, amount FROM received WHERE reference = ?");

// Not by `paid`, which is true in each message about a payment that is paid. The insert decides: a message may come twice,
// also at the same moment.
export function take({ effect, data }) {
	if (effect === "credit") credit.run(data.id, data.referenceId, data.paidAmount);
	if (effect === "reverse") reversal.run(data.id);
}

// What is really there for an order: compare it with the price before you ship.
export const receivedFor = (reference) => received.all(reference);
