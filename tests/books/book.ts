// The merchant's book, kept as docs/webhooks.md says, in a file: a message with the effect `credit` credits its payment
// once, and one with `reverse` takes that back. The bank's book is the sandbox's.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Sandbox } from "../../sandbox/src/sandbox.ts";
import type { Message } from "../notifications/merchant.ts";
import { sample } from "./sample.ts";

/** Dollars and cents, by the reference id of their payment. Where there is no money there is no entry. */
export type Book = Readonly<Record<string, string>>;

/** What is in the merchant's book after these messages, in the order and as often as they came. */
export function merchantBook(messages: readonly Pick<Message, "effect" | "data">[]): Book {
	const folder = mkdtempSync(join(tmpdir(), "flinkspay-edge-book-"));
	const database = new DatabaseSync(join(folder, "book.sqlite"));
	try {
		database.exec(sample("sql"));
		const credit = database.prepare("INSERT INTO credits VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
		const reverse = database.prepare("INSERT INTO reversals VALUES (?) ON CONFLICT DO NOTHING");
		for (const { effect, data } of messages) {
			if (effect === "credit") credit.run(data.id, data.referenceId, data.paidAmount ?? "no amount");
			else if (effect === "reverse") reverse.run(data.id);
		}
		const received = database.prepare("SELECT reference, amount FROM received").all();
		return Object.fromEntries(received.map(({ reference, amount }) => [String(reference), String(amount)]));
	} finally {
		database.close();
		rmSync(folder, { recursive: true });
	}
}

/** What is at the merchant's bank, for good or guaranteed. */
export function bankBook(sandbox: Sandbox): Book {
	const entries = sandbox.book().map(({ referenceId, money }) => [String(referenceId), money] as const);
	return Object.fromEntries(entries.filter(([, money]) => money !== "0.00"));
}
