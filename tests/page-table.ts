// Tables that commands and tests write into the pages of docs/, between the comments that name them.

import { readFile, writeFile } from "node:fs/promises";

/** Where `npm run bench` and `npm run size` write. */
const FIGURES = new URL("../docs/figures.md", import.meta.url);

/** Prints the rows, of which the first is the head, and writes them over the last ones. */
export async function publishTable(
	name: string,
	rows: readonly (readonly string[])[],
	page: URL = FIGURES,
): Promise<void> {
	const [head = [], ...body] = rows;
	const lines = [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`);
	console.log(lines.join("\n"));
	const text = await readFile(page, "utf8");
	const place = new RegExp(`(<!-- ${name} -->\n).*(<!-- /${name} -->)`, "s");
	if (!place.test(text)) throw new Error(`${page.pathname} has no place for ${name}`);
	await writeFile(
		page,
		text.replace(place, (_, opening, closing) => `${opening}\n${lines.join("\n")}\n\n${closing}`),
	);
}

/** The rows of a table, the head first. */
export async function readTable(name: string, page: URL = FIGURES): Promise<string[][]> {
	const table =
		new RegExp(`<!-- ${name} -->\n(.*)<!-- /${name} -->`, "s").exec(await readFile(page, "utf8"))?.[1] ?? "";
	const lines = table.split("\n").filter((line) => line.startsWith("|") && !/^[| -]+$/.test(line));
	return lines.map((line) => line.slice(2, -2).split(" | "));
}
