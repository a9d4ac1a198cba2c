// Writes a table that a command has measured into the README or another page, between the comments that name it.

import { readFile, writeFile } from "node:fs/promises";

const README = new URL("../README.md", import.meta.url);

/** Prints the rows, of which the first is the head, and puts them in the place of those of last time. */
export async function publishTable(
	name: string,
	rows: readonly (readonly string[])[],
	page: URL = README,
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

/** The rows of a table between the comments that name it, the head first. */
export async function readTable(name: string, page: URL = README): Promise<string[][]> {
	const table =
		new RegExp(`<!-- ${name} -->\n(.*)<!-- /${name} -->`, "s").exec(await readFile(page, "utf8"))?.[1] ?? "";
	const lines = table.split("\n").filter((line) => line.startsWith("|") && !/^[| -]+$/.test(line));
	return lines.map((line) => line.slice(2, -2).split(" | "));
}
