// Reads Flinks' daily reports. The names of their columns are not public, so a mapping has them. A cell that could be read in
// two ways is refused with its line and column.

import { CsvError, parse } from "csv-parse/sync";
import { Failure } from "./failure.ts";

/** The names of the columns. Their case, spaces and punctuation do not matter. */
export interface Mapping {
	/** Dollars. Default "amount". */
	amount: string;
	/** Your id. Default "reference id". */
	referenceId: string;
	/** Flinks' ids. Default "request id" and "session id". */
	requestId: string;
	sessionId: string;
	/** Begins with a day such as 2026-01-31. Default "request created date". */
	createdAt: string;
	/** Its value is one of `money` if the row is paid. Default: no such column, and every row is paid. */
	status?: string;
	money?: string[];
	/** The time zone of its days. Default "America/Toronto". */
	timeZone: string;
}

const DEFAULTS: Mapping = {
	...{ amount: "amount", referenceId: "reference id", requestId: "request id", sessionId: "session id" },
	...{ createdAt: "request created date", timeZone: "America/Toronto" },
};
const COLUMNS = ["amount", "referenceId", "requestId", "sessionId", "createdAt", "status"] as const;
type Column = (typeof COLUMNS)[number];

/** The ids of a row or a payment: the merchant's, and Flinks' own. */
export interface Ids {
	referenceId?: string | undefined;
	requestId?: string | undefined;
	sessionId?: string | undefined;
}

/** A row of a report. */
export interface Row extends Ids {
	file: string;
	line: number;
	cents: number;
	isMoney: boolean;
	/** In the report's time zone. */
	day?: string | undefined;
	/** The whole row. */
	text: string;
}

/** Reads a mapping; without one, gives the default. Throws a `Failure` that names a wrong field. */
export function mappingOf(json: string | undefined): Mapping {
	let given: Partial<Mapping> | null;
	try {
		given = JSON.parse(json ?? "{}");
	} catch {
		given = null;
	}
	if (given === null) throw new Failure("The mapping cannot be read: it is not a JSON object.", 2);
	const known = [...COLUMNS, "money", "timeZone"];
	for (const [name, value] of Object.entries(given)) {
		const isRight = name === "money" ? Array.isArray(value) : typeof value === "string";
		if (!known.includes(name))
			throw new Failure(`The mapping has an unknown field ${name}. Use ${known.join(", ")}.`, 2);
		if (!isRight)
			throw new Failure(`The mapping's ${name} must be ${name === "money" ? "a list of texts" : "text"}.`, 2);
	}
	if ((given.status === undefined) !== (given.money === undefined)) {
		throw new Failure(
			"The mapping has only one of status (a column) and money (its words for paid rows). Give both.",
			2,
		);
	}
	return { ...DEFAULTS, ...given };
}

/** Reads the rows of a report. Throws a `Failure` that names each cell that cannot be read. */
export function rowsOf(bytes: Uint8Array, file: string, mapping: Mapping): Row[] {
	const [first, ...records] = recordsOf(bytes, file);
	const names = first ?? [];
	const at = (column: Column) => columnAt(names, mapping, column, file);
	const places = Object.fromEntries(COLUMNS.map((column) => [column, at(column)]));
	if (places.amount === undefined || (places.referenceId ?? places.requestId ?? places.sessionId) === undefined) {
		const columns = names.slice(1).join(", ");
		throw new Failure(`${file} has no column for the amount or for any id. It has ${columns}. Map them with --map.`, 2);
	}
	const wrong: string[] = [];
	const rows = records.map((record): Row => {
		const line = Number(record[0]);
		const cell = (column: Column) => record[places[column] ?? -1]?.trim() || undefined;
		const refuse = (column: Column, what: string) =>
			void wrong.push(`line ${line}, ${names[places[column] ?? -1]}: ${JSON.stringify(cell(column) ?? "")} ${what}`);
		const cents = centsOf(cell("amount") ?? "");
		if (cents === undefined) refuse("amount", "is not an amount such as 1,234.50");
		const day = cell("createdAt")?.slice(0, 10);
		if (day !== undefined && !isDay(day)) refuse("createdAt", "does not begin with a day such as 2026-01-31");
		const status = cell("status");
		if (mapping.status !== undefined && status === undefined) refuse("status", "is empty");
		const ids = { referenceId: cell("referenceId"), requestId: cell("requestId"), sessionId: cell("sessionId") };
		const isMoney = mapping.money?.includes(status ?? "") ?? true;
		return { file, line, cents: cents ?? 0, isMoney, ...ids, day, text: JSON.stringify(record.slice(1)) };
	});
	if (wrong.length > 0) {
		const more = wrong.length > 10 ? `\n  and ${wrong.length - 10} more` : "";
		throw new Failure(`${file} cannot be read:\n  ${wrong.slice(0, 10).join("\n  ")}${more}`, 2);
	}
	return rows;
}

/** When a day begins in a time zone. Throws a `Failure` if it is not a day. */
export function startOf(day: string, timeZone: string): number {
	return midnight(day, timeZone, 0);
}

/** When it ends, 23 to 25 hours later. Throws as `startOf` does. */
export function endOf(day: string, timeZone: string): number {
	return midnight(day, timeZone, 86_400_000);
}

function midnight(day: string, timeZone: string, laterMs: number): number {
	try {
		const utc = isDay(day) ? Date.parse(day) + laterMs : Number.NaN;
		const there = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" }).format(utc);
		const [, sign, hours = 0, minutes = 0] = /GMT(?:([+-])(\d\d):(\d\d))?$/.exec(there) ?? [];
		return utc - (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
	} catch {
		throw new Failure(`There is no day ${day} in ${timeZone}. Use 2026-01-31 in America/Toronto, for example.`, 2);
	}
}

/** Each row: the number of its last line, and its cells. */
function recordsOf(bytes: Uint8Array, file: string): string[][] {
	try {
		// It removes a byte order mark.
		const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
		const on_record = (record: string[], { lines }: { lines: number }) => [String(lines), ...record];
		// Where the decimal separator is a comma, as in Quebec, Excel separates cells by semicolons.
		const [header = ""] = text.split("\n", 1);
		const delimiter = [";", "\t"].find((sign) => header.includes(sign) && !header.includes(",")) ?? ",";
		return parse(text, { delimiter, skip_empty_lines: true, skip_records_with_empty_values: true, on_record });
	} catch (error) {
		const why = error instanceof CsvError ? error.message : "it is not UTF-8. Save it as CSV UTF-8";
		throw new Failure(`${file} cannot be read: ${why}.`, 2);
	}
}

/** The position of a column; undefined if it is missing and optional. */
function columnAt(names: readonly string[], mapping: Mapping, column: Column, file: string): number | undefined {
	const plain = (name: string) => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
	const wanted = mapping[column];
	const found = names.flatMap((name, place) => (wanted !== undefined && plain(name) === plain(wanted) ? [place] : []));
	if (found.length > 1) throw new Failure(`${file} has ${found.length} columns ${wanted}. Rename one of them.`, 2);
	if (found.length === 0 && wanted !== DEFAULTS[column]) {
		throw new Failure(`${file} has no column ${wanted}. It has ${names.slice(1).join(", ")}. Correct the mapping.`, 2);
	}
	return found[0];
}

/** The amount in cents; undefined if it is not an amount or could be read in two ways. */
function centsOf(text: string): number | undefined {
	const [, dollars, cents = ""] =
		/^(?:CA)?\$? ?(\d{1,3}(?:,\d{3}){1,4}|\d{1,13})(?:\.(\d{1,2}))?(?: ?CAD)?$/.exec(text) ?? [];
	return dollars === undefined ? undefined : Number(dollars.replaceAll(",", "") + cents.padEnd(2, "0"));
}

function isDay(text: string): boolean {
	const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
	// Date.parse turns February 30 into March 2.
	return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
