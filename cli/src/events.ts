// flinkspay events: every change of every payment.

import type { Command } from "commander";
import type { RecordedMessage } from "flinkspay-edge-worker/src/schemas/events.ts";
import { type WorkerOptions, workerCommand, workerOf } from "./options.ts";
import { note, print } from "./output.ts";
import { lineOf } from "./payments.ts";
import type { Query } from "./worker.ts";

/** `flinkspay events` */
export function eventsCommand(): Command {
	return workerCommand(
		"events",
		"show the changes of payments, the oldest first",
		"events --type payment.returned --all",
	)
		.option("--payment-id <id>", "changes of this payment")
		.option("--type <type>", "changes of this type, such as payment.updated")
		.option("--limit <n>", "changes on a page, 1 to 100 (default 50)")
		.option("--cursor <next>", "the cursor of an earlier page, or latest for none but a cursor")
		.option("--all", "all pages up to now")
		.action(async (options: WorkerOptions & Query & { all?: true; envFile?: string }) => {
			const { json, all, worker: _, envFile: __, ...query } = options;
			const worker = workerOf(options);
			let page = await worker.events(query);
			for (;;) {
				for (const event of page.events) print(event, changeOf(event), json);
				if (!all || !page.more) break;
				page = await worker.events({ ...query, cursor: page.next });
			}
			if (page.missing)
				note(`Objects ${page.missing.join(", ")} of the ledger do not answer. Their changes come later: read on.`);
			note(`${page.more ? "There are more" : "To continue from here later"}: --cursor ${page.next}`);
		});
}

/** A change as a line. */
export function changeOf({ type, effect, sequence, data }: RecordedMessage): string {
	return `${type} #${sequence}${effect === "none" ? "" : `, ${effect}`}  ${lineOf(data)}`;
}
