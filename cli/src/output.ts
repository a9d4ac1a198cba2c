// What is printed: results on stdout, for people or as JSON lines; all else that is for people on stderr.

import { styleText } from "node:util";

type Colour = "green" | "red" | "yellow" | "dim";

/** One result: a JSON line for scripts, or these words for people. */
export function print(value: object, words: string, json: true | undefined): void {
	process.stdout.write(`${json ? JSON.stringify(value) : words}\n`);
}

/** For people alone. */
export function note(words: string): void {
	process.stderr.write(`${words}\n`);
}

/** In colour, where stdout is a terminal that has some and nobody has asked for none. */
export function paint(colour: Colour, words: string): string {
	return process.stdout.isTTY && process.stdout.hasColors() ? styleText(colour, words) : words;
}
