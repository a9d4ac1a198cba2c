// What is printed: results on stdout, for people or as JSON lines; all else that is for people on stderr.

import { styleText } from "node:util";

type Colour = "green" | "red" | "yellow" | "dim";

/** One result: a JSON line for scripts, or these lines for people. */
export function print(value: object, lines: string | readonly string[], json: true | undefined): void {
	const words = json ? visible(JSON.stringify(value)) : [lines].flat().map(visible).join("\n");
	process.stdout.write(`${words}\n`);
}

/** For people alone. */
export function note(words: string): void {
	process.stderr.write(`${words.split("\n").map(visible).join("\n")}\n`);
}

/** What steers a terminal, or turns its text around, is written as JSON can have it: a bank or a buyer may have sent it. */
function visible(line: string): string {
	const codeOf = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
	return line.replace(/\p{Cc}(\[(3[123]|2|39|22)m)?|[\u202a-\u202e\u2066-\u2069]/gu, (found, colour?: string) =>
		colour !== undefined && found.startsWith("\u001b") && hasColours() ? found : codeOf(found) + (colour ?? ""),
	);
}

function hasColours(): boolean {
	return process.stdout.isTTY && process.stdout.hasColors();
}

/** In colour, where stdout is a terminal that has some and nobody has asked for none. */
export function paint(colour: Colour, words: string): string {
	return hasColours() ? styleText(colour, words) : words;
}
