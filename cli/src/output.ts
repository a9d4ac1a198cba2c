// The output: results on stdout, as text or JSON lines, and notes on stderr.

import { styleText } from "node:util";

type Colour = "green" | "red" | "yellow" | "dim";

/** Prints a result on stdout: as a JSON line with `--json`, or else these lines. */
export function print(value: object, lines: string | readonly string[], json: true | undefined): void {
	const text = json ? visible(JSON.stringify(value)) : [lines].flat().map(visible).join("\n");
	process.stdout.write(`${text}\n`);
}

/** Prints a note on stderr. */
export function note(text: string): void {
	process.stderr.write(`${text.split("\n").map(visible).join("\n")}\n`);
}

/** Escapes control characters and those that change the text direction, as JSON does: the text may come from anybody. */
function visible(line: string): string {
	const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
	return line.replace(/\p{Cc}(\[(3[123]|2|39|22)m)?|[\u202a-\u202e\u2066-\u2069]/gu, (found, colour?: string) =>
		colour !== undefined && found.startsWith("\u001b") && hasColours() ? found : escaped(found) + (colour ?? ""),
	);
}

function hasColours(): boolean {
	return process.stdout.isTTY && process.stdout.hasColors();
}

/** Colours a text if stdout is a terminal with colours and NO_COLOR is not set. */
export function paint(colour: Colour, text: string): string {
	return hasColours() ? styleText(colour, text) : text;
}
