// The command's reconcile: Flinks' report against the Worker's payments.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { endOf, startOf } from "../cli/src/report.ts";
import { linesOf, type Output, show } from "./cli/command.ts";
import { close, files, fixture, runHere } from "./cli/fixture.ts";

after(close);

// Today in the time zone of reports, which is another day than UTC's for some hours.
const today = new Date().toLocaleDateString("sv-SE", { timeZone: "America/Toronto" });
const header = "Request ID,Reference ID,Amount,Customer Name,Request Created Date\r\n";
const rowOf = (id = "", reference = "", amount = "12.50", day = today) =>
	`${id},${reference},"${amount}","Tremblay, ""A""",${day}\r\n`;
const days = ["--from", today, "--to", today];

async function reconcile(text: string | Uint8Array, more: string[] = [], name = "report.csv"): Promise<Output> {
	return runHere(["reconcile", await files.write(name, text), ...more]);
}
const kindsOf = (output: Output) => linesOf(output).map(({ finding, referenceId }) => `${finding} ${referenceId}`);

test("prints each kind of finding", async () => {
	const matched = await fixture.pay("books-matched");
	const differs = await fixture.pay("books-differs");
	await fixture.pay("books-left-out");
	const named = await fixture.pay("books-named");
	const unpaid = await fixture.pay("books-unpaid", { isPaid: false });
	const byReference = await fixture.pay("books-by-reference", { amount: "1234.50" });
	await fixture.lose("payment_request");
	const unknown = await fixture.pay("books-unknown");
	assert.equal(unknown.code, "outcome_unknown");
	const rows = [
		rowOf(String(matched.requestId).toUpperCase(), "books-matched"),
		rowOf(differs.requestId, "books-differs", "$12.51"),
		rowOf(unpaid.requestId, "books-unpaid"),
		rowOf("", "books-by-reference", "1,234.50"),
		rowOf(crypto.randomUUID(), "books-elsewhere"),
		rowOf(matched.requestId, "books-matched"),
		rowOf(named.requestId, "books-other-name"),
	];
	const text = `\ufeff${header}${rows.join("")}`;
	const output = await reconcile(text, ["--json"]);
	assert.equal(output.code, 1, output.err);
	const kinds = kindsOf(output).filter((kind) => kind.includes("books-"));
	assert.deepEqual(kinds.sort(), [
		"duplicate books-matched",
		"matched books-by-reference",
		"matched books-matched",
		"missing_here books-elsewhere",
		"missing_there books-left-out",
		"other_amount books-differs",
		"other_reference books-other-name",
		"other_status books-unpaid",
		"unknown books-unknown",
	]);
	const lines = linesOf(output).map(({ line, referenceId }) => [referenceId, line]);
	assert.deepEqual(
		lines.find(([reference]) => reference === "books-elsewhere"),
		["books-elsewhere", 6],
	);
	assert.equal(byReference.referenceId, "books-by-reference");
	const people = await reconcile(text);
	assert.ok(!people.out.includes("\nmatched"));
	const booksAlone = people.out.split("\n").filter((line) => line.includes("books-"));
	await show(
		"reconcile report.csv",
		{ ...people, out: `${booksAlone.join("\n")}\n`, err: "" },
		{ [`${await files.write("report.csv", text)}`]: "report.csv" },
	);
});

test("resolves unknown payments by the report, after a question or --yes", async () => {
	const [{ id }] = linesOf(await runHere(["payments", "--status", "unknown", "--json"]));
	const { requestId } = await (await fetch(`${fixture.sandbox.url}/sandbox/state`))
		.json()
		.then(
			({ payments }: { payments: { referenceId: string; requestId: string }[] }) =>
				payments.find(({ referenceId }) => referenceId === "books-unknown") ?? { requestId: "" },
		);
	const text = header + rowOf(requestId, "books-unknown");
	const asked = await reconcile(text, ["--resolve"]);
	assert.equal(asked.code, 2);
	assert.match(asked.err, /Give --yes/);
	const noId = await reconcile(header + rowOf("", "books-unknown"), ["--resolve", "--yes", "--json"]);
	assert.match(noId.out, /the row has no requestId/);
	const wrong = await reconcile(header + rowOf(crypto.randomUUID(), "books-unknown"), ["--resolve", "--yes", "--json"]);
	assert.equal(wrong.code, 1);
	assert.match(wrong.out, /The Worker answered/);
	assert.equal((await fixture.ask("GET", `/payments/${id}`)).status, "unknown");
	const other = await reconcile(header + rowOf(requestId, "books-unknown", "99.00"), ["--resolve", "--yes", "--json"]);
	assert.match(other.out, /other_amount/);
	assert.equal((await fixture.ask("GET", `/payments/${id}`)).status, "unknown");
	const settled = await reconcile(text, ["--resolve", "--yes", "--json"]);
	assert.match(settled.out, /resolved by the report/);
	assert.equal((await fixture.ask("GET", `/payments/${id}`)).status, "Initiated");
});

test("takes a report of other columns, and its statuses of paid rows, with --map", async () => {
	const mapping = { amount: "Montant", referenceId: "Votre no", status: "État", money: ["Réglé"] };
	const map = await files.write("map.json", JSON.stringify(mapping));
	const text = "Votre no;x,Montant,État\nbooks-matched,12.50,Réglé\nbooks-unpaid,12.50,Échoué\n".replace(";x", "");
	const output = await reconcile(text, ["--map", map, "--json", ...days]);
	assert.deepEqual(kindsOf(output).slice(0, 2), ["matched books-matched", "matched books-unpaid"]);
	const swapped = text.replace("12.50,Réglé", "12.50,Échoué");
	assert.equal(kindsOf(await reconcile(swapped, ["--map", map, "--json", ...days]))[0], "other_status books-matched");
});

test("leaves two unknown payments of one reference to a person", async () => {
	for (let count = 0; count < 2; count++) {
		await fixture.lose("payment_request");
		await fixture.pay("books-which");
	}
	const both = rowOf(crypto.randomUUID(), "books-which") + rowOf(crypto.randomUUID(), "books-which");
	const output = await reconcile(header + both, ["--resolve", "--yes", "--json"]);
	const found = linesOf(output).filter(({ referenceId }) => referenceId === "books-which");
	assert.deepEqual(
		found.map(({ why }) => why),
		["several unknown payments have this reference", "several unknown payments have this reference"],
	);
});

test("matches two payments of one reference in two reports", async () => {
	await fixture.pay("books-twice");
	await fixture.pay("books-twice", { amount: "20.00" });
	const first = header + rowOf("", "books-twice", "20.00");
	const second = header + rowOf("", "books-twice", "12.50") + rowOf("", "books-twice", "12.50");
	// As Excel writes it in a locale with a decimal comma, with an empty row.
	const excels = (second + header.replaceAll(/[^,\n]/g, "")).replaceAll(",", ";");
	const [one, two] = [await files.write("one.csv", first), await files.write("two.csv", excels)];
	const output = await runHere(["reconcile", one, two, "--json"]);
	assert.deepEqual(
		kindsOf(output).filter((kind) => kind.includes("twice")),
		["matched books-twice", "matched books-twice", "duplicate books-twice"],
	);
});

const unclear: Record<string, [text: string, says: RegExp, more?: string[]]> = {
	"a decimal comma": [header + rowOf("", "a", "12,50"), /line 2, Amount: "12,50" is not an amount/],
	"a decimal comma among semicolons": ["Reference ID;Amount\na;12,50\n", /line 2, Amount: "12,50" is not an amount/],
	"a point for thousands": [header + rowOf("", "a", "1.234,50"), /is not an amount/],
	"three decimals": [header + rowOf("", "a", "12.505"), /is not an amount/],
	"a negative amount": [header + rowOf("", "a", "-12.50"), /is not an amount/],
	"an amount in brackets": [header + rowOf("", "a", "(12.50)"), /is not an amount/],
	"no amount": [header + rowOf("", "a", ""), /line 2, Amount: "" is not an amount/],
	"a wrong amount in the second row": [header + rowOf("", "a") + rowOf("", "b", "x"), /line 3, Amount: "x"/],
	"a day that may be two": [
		header + rowOf("", "a", "1.00", "03/04/2026"),
		/line 2, Request Created Date: "03\/04\/2026" does not begin/,
	],
	"a day that does not exist": [header + rowOf("", "a", "1.00", "2026-02-30"), /does not begin with a day/],
	"no column for the amount": ["Reference ID,Sum\na,1.00\n", /no column for the amount.*It has Reference ID, Sum/],
	"no id": ["Amount\n1.00\n", /or for any id/],
	"a column twice": ["Reference ID,reference_id,Amount\na,b,1.00\n", /2 columns reference id/],
	"a row that is too short": ["Reference ID,Amount\na\n", /Invalid Record Length.*line 2/],
	"an open quote": ['Reference ID,Amount\n"a,1.00\n', /cannot be read: Quote Not Closed/],
	"no day": ["Reference ID,Amount\na,1.00\n", /Give --from and --to/],
	"a --from that is no day": ["Reference ID,Amount\na,1.00\n", /no day soon/, ["--from", "soon", "--to", "soon"]],
	"a --to that does not exist": [
		"Reference ID,Amount\na,1.00\n",
		/no day 2026-02-30/,
		["--from", "2026-02-01", "--to", "2026-02-30"],
	],
	"a month that does not exist": [
		"Reference ID,Amount,Request Created Date\na,1.00,2026-13-01\n",
		/line 2, Request Created Date: "2026-13-01" does not begin with a day/,
	],
	"an empty report": ["", /no column for the amount/],
};
for (const [what, [text, says, more = []]] of Object.entries(unclear)) {
	test(`refuses ${what}`, async () => {
		const output = await reconcile(text, more);
		assert.equal(output.code, 2, output.out);
		assert.match(output.err, says);
		assert.equal(output.out, "");
	});
}

test("refuses a report that is not UTF-8, and a malformed mapping", async () => {
	assert.match((await reconcile(Buffer.from("Amount\n\xe9", "latin1"))).err, /it is not UTF-8/);
	for (const [json, says] of [
		["{", /not a JSON object/],
		["null", /not a JSON object/],
		['{"colour":"x"}', /unknown field colour\. Use amount/],
		['{"amount":3}', /must be text/],
		['{"status":"State"}', /only one of status/],
		['{"amount":"Sum"}', /no column Sum/],
		['{"timeZone":"Mars"}', /in Mars/],
	] as const) {
		const output = await reconcile(header + rowOf("", "a"), ["--map", await files.write("map.json", json)]);
		assert.equal(output.code, 2, json);
		assert.match(output.err, says);
	}
});

test("knows days on which clocks change", () => {
	const hours = (day: string) => (endOf(day, "America/Toronto") - startOf(day, "America/Toronto")) / 3_600_000;
	assert.deepEqual(["2026-03-08", "2026-07-01", "2026-11-01"].map(hours), [23, 24, 25]);
});

test("takes amounts as people write them", async () => {
	const amounts = ["12.5", "12.50", "$12.50", "$ 12.50", "CA$12.50", "12.50 CAD", " 12.50 "];
	const text = header + amounts.map((amount, index) => rowOf("", `none-${index}`, amount)).join("");
	const output = await reconcile(text, ["--json"]);
	const rows = linesOf(output).filter(({ finding }) => finding === "missing_here");
	assert.deepEqual(
		rows.map(({ reported }) => reported),
		amounts.map(() => "12.50"),
	);
});

test("matches ten thousand rows", async (context) => {
	const day = "2026-03-02";
	const payments = Array.from({ length: 10_000 }, (_, index) => ({
		...{
			referenceId: `many-${index}`,
			requestId: crypto.randomUUID(),
			amount: `${(index % 90) + 10}.${String(index % 100).padStart(2, "0")}`,
		},
		// Within a working day of Toronto's.
		at: Date.parse(`${day}T13:00:00Z`) + index * 3_600,
	}));
	// Each object makes its tables when it is first asked.
	await runHere(["payments"]);
	await fixture.kill();
	await fixture.fill(payments);
	await fixture.revive();
	const rows = payments.map(({ requestId, referenceId, amount }) => rowOf(requestId, referenceId, amount, day));
	const began = performance.now();
	const output = await reconcile(header + rows.join(""));
	context.diagnostic(`10,000 rows in ${((performance.now() - began) / 1000).toFixed(1)} s`);
	assert.equal(output.code, 0, output.err);
	assert.match(output.err, /^10000 rows: 10000 matched$/m);
	assert.equal(output.out, "");
	// A report also matches payments of the day before, of which none counts as missing.
	const [first] = payments;
	const late = await reconcile(header + rowOf(first?.requestId, first?.referenceId, first?.amount, "2026-03-03"));
	assert.match(late.err, /^1 rows: 1 matched$/m);
	const spoilt = rows.with(17, "").with(4_711, rowOf(crypto.randomUUID(), "not-here", "1.00", day));
	const found = await reconcile(header + spoilt.join(""), ["--json"]);
	assert.deepEqual(
		kindsOf(found).filter((kind) => !kind.startsWith("matched")),
		["missing_here not-here", "missing_there many-17", "missing_there many-4711"],
	);
});
