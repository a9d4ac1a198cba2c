// Canaries: credentials, tokens and people that exist once, and the search for them in every form that a leak may take.

import { randomBytes } from "node:crypto";
import { inspect } from "node:util";

/** What may not get out, by what it is. */
export interface Canaries {
	username: string;
	password: string;
	/** What each access token begins with. */
	token: string;
	customerName: string;
	customerEmail: string;
	apiKey: string;
}

/** A canary that was found where it may not be. It says what and how, never the text itself. */
export interface Leak {
	where: string;
	canary: keyof Canaries;
	form: string;
}

const CORE_LENGTH = 24;

/** New ones. Each has characters that the forms write differently, and a core that they all leave alone. */
export function newCanaries(): Canaries {
	return {
		username: `user "é%\\ ${core()}`,
		password: `pass:"é%\\ ${core()}+`,
		token: `tok+/~.${core()}`,
		customerName: `Zoë "O'Neil" \\ ${core()}`,
		customerEmail: `zoë+%'/${core()}@example.com`,
		apiKey: `key+/~.${core()}==`,
	};
}

function core(): string {
	const letters = Array.from(randomBytes(CORE_LENGTH), (byte) => "abcdefghijkmnpqrstuvwxyz23456789"[byte % 32]);
	return letters.join("");
}

const hex = (text: string) => Buffer.from(text).toString("hex");
const percentOfAll = (text: string) => hex(text).replace(/../g, "%$&");

/** How a text may be written. Base64 has its own entry for each place at which the text may begin. */
export const forms: Readonly<Record<string, (text: string) => string>> = {
	plain: (text) => text,
	"JSON-escaped": (text) => JSON.stringify(text).slice(1, -1),
	"JSON-escaped to ASCII": (text) => asciiJson(JSON.stringify(text).slice(1, -1)),
	"percent-encoded": encodeURIComponent,
	"form-encoded": (text) => new URLSearchParams([["", text]]).toString().slice(1),
	"percent-encoded throughout": percentOfAll,
	hex,
	reversed: (text) => [...text].reverse().join(""),
	base64: (text) => base64At(text, 0),
	"base64, one byte in": (text) => base64At(text, 1),
	"base64, two bytes in": (text) => base64At(text, 2),
	base64url: (text) => url(base64At(text, 0)),
	"base64url, one byte in": (text) => url(base64At(text, 1)),
	"base64url, two bytes in": (text) => url(base64At(text, 2)),
};

function asciiJson(text: string): string {
	return text.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The characters that are the text's alone where it begins so many bytes after a multiple of three. */
function base64At(text: string, offset: number): string {
	const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
	const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
	return whole.toString("base64").slice(offset === 0 ? 0 : offset + 1);
}

function url(base64: string): string {
	return base64.replaceAll("+", "-").replaceAll("/", "_");
}

interface Needle {
	canary: keyof Canaries;
	form: string;
	text: string;
}

/** Looks for canaries, whole or half of what is random in them, whatever the case of their letters. */
export class Scanner {
	#needles: Needle[] = [];

	constructor(canaries: Canaries) {
		for (const [canary, text] of Object.entries(canaries) as [keyof Canaries, string][]) {
			const core = text.match(/[a-z2-9]{24}/)?.[0] ?? "";
			for (const piece of [text, core.slice(0, CORE_LENGTH / 2), core.slice(CORE_LENGTH / 2)]) {
				for (const [form, write] of Object.entries(forms)) {
					this.#needles.push({ canary, form, text: write(piece).toLowerCase() });
				}
			}
		}
	}

	/** The leaks in a text, each canary in each form once. */
	scan(where: string, text: string): Leak[] {
		const hay = text.toLowerCase();
		const found = this.#needles.filter((needle) => hay.includes(needle.text));
		const leaks = found.map(({ canary, form }): [string, Leak] => [`${canary} ${form}`, { where, canary, form }]);
		return [...new Map(leaks).values()];
	}
}

/** Whatever a thing shows of itself to those who print, log, store or send it. */
export function textsOf(thing: unknown): string {
	const looks = [
		() => String(thing),
		() => inspect(thing, { showHidden: true, depth: null, getters: true, maxStringLength: null }),
		() => JSON.stringify(thing),
		() => inspect(structuredClone(thing), { showHidden: true, depth: null, maxStringLength: null }),
		...(thing instanceof Error ? looksAtError(thing) : []),
	];
	return looks.map(quietly).join("\n");
}

function looksAtError(error: Error): (() => string)[] {
	return [
		() => error.message,
		() => error.stack ?? "",
		() => textsOf(error.cause ?? ""),
		() => JSON.stringify(Object.getOwnPropertyDescriptors(error)),
	];
}

/** What cannot be written shows nothing. */
function quietly(look: () => string): string {
	try {
		return look() ?? "";
	} catch {
		return "";
	}
}
