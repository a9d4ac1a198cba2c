// Writes a table that a command has measured into the README, between the comments that name it.

import { readFile, writeFile } from "node:fs/promises";

const README = new URL("../README.md", import.meta.url);

/** Prints the rows, of which the first is the head, and puts them in the place of those of last time. */
export async function publishTable(name: string, rows: readonly (readonly string[])[]): Promise<void> {
	const [head = [], ...body] = rows;
	const lines = [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`);
	console.log(lines.join("\n"));
	const readme = await readFile(README, "utf8");
	const place = new RegExp(`(<!-- ${name} -->\n).*(<!-- /${name} -->)`, "s");
	if (!place.test(readme)) throw new Error(`README.md has no place for ${name}`);
	await writeFile(
		README,
		readme.replace(place, (_, opening, closing) => `${opening}\n${lines.join("\n")}\n\n${closing}`),
	);
}
