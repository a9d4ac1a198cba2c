// The size of the package, part by part, against its budget; and what must not be in it.

import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The size of one file, or of several that are compressed one by one. */
export interface Bytes {
	raw: number;
	gzip: number;
	brotli: number;
}

/** Text that must not ship, and the file that contains it. */
export interface Leak {
	what: string;
	where: string;
	found: string[];
}

/** The content of size.json. */
export interface Size {
	parts: Record<string, Bytes>;
	carried: { name: string; ours: number; goal: number; met: boolean; stretch: number };
}

/** The entries of the package, and whether they load the module from a file beside them. */
const ENTRIES = [
	{ entry: "edge", runs: "Cloudflare Workers, Vercel's edge runtime", hasModule: true },
	{ entry: "inline", runs: "Node.js, Deno, Bun, browsers", hasModule: false },
	{ entry: "slim", runs: "with the module", hasModule: true },
	{ entry: "launcher", runs: "pages", hasModule: false },
	{ entry: "order", runs: "back ends", hasModule: false },
];

const FORBIDDEN: readonly { what: string; pattern: RegExp }[] = [
	{
		what: "a folder of the machine that built it",
		pattern: new RegExp(`(?:/(?:home|root|Users)/|${literally(root)}|${literally(homedir())}/)[\\w./-]*`),
	},
	{
		what: "a secret",
		pattern: /-----BEGIN [A-Z ]*PRIVATE KEY|\b(?:gh[opsu]|github_pat|npm)_\w{20,}|\bAKIA[0-9A-Z]{16}\b/,
	},
];

function literally(text: string): string {
	return text.replaceAll(/[^\w/]/g, "\\$&");
}

/** Searches files, by their names, for what must not ship. */
export function leaksIn(files: Readonly<Record<string, Uint8Array>>): Leak[] {
	return Object.entries(files).flatMap(([where, bytes]) => {
		const text = Buffer.from(bytes).toString("latin1");
		return FORBIDDEN.map(({ what, pattern }) => {
			const found = new Set([...text.matchAll(new RegExp(pattern, "g"))].map(([match]) => match));
			return { what, where, found: [...found].sort() };
		}).filter(({ found }) => found.length > 0);
	});
}

export function shippedModule(): Promise<Uint8Array> {
	return readFile(`${root}pkg/wasm/flinkspay_edge_bg.wasm`);
}

/** An entry as users bundle it; the module stays a file beside it. */
export async function bundle(entry: string): Promise<Uint8Array> {
	const { outputFiles } = await build({
		entryPoints: [`${root}pkg/${entry}.js`],
		bundle: true,
		minify: true,
		format: "esm",
		target: "es2024",
		external: ["*.wasm?module"],
		write: false,
	});
	const [file] = outputFiles;
	if (file === undefined) throw new Error(`esbuild wrote no file for pkg/${entry}.js`);
	return file.contents;
}

export function weigh(...files: readonly Uint8Array[]): Bytes {
	const sum = (size: (file: Uint8Array) => number) => files.reduce((total, file) => total + size(file), 0);
	return {
		raw: sum((file) => file.length),
		gzip: sum(gzipped),
		brotli: sum((file) => brotliCompressSync(file, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length),
	};
}

/** By the program gzip: Node's zlib is built for speed, and its output for the module is 1 % larger. */
export function gzipped(file: Uint8Array): number {
	return execFileSync("gzip", ["-9"], { input: file }).length;
}

/** The module, its JavaScript, and each entry with all that it needs. */
export async function weighParts(): Promise<Size["parts"]> {
	const module = await shippedModule();
	const parts: Size["parts"] = { "the module": weigh(module), "its JavaScript": weigh(await bundle("edge")) };
	for (const { entry, runs, hasModule } of ENTRIES) {
		parts[`${entry}: ${runs}`] = weigh(await bundle(entry), ...(hasModule ? [module] : []));
	}
	return parts;
}

/** The size of what a Worker carries, against the budget. */
export function againstBudget(...files: readonly Uint8Array[]): Size["carried"] {
	const [goal, stretch] = [80_000, 68_000];
	const ours = files.reduce((total, file) => total + gzipped(file), 0);
	return { name: "what a Worker carries for the client, minified, gzip -9", ours, goal, met: ours <= goal, stretch };
}

/** Why the budget is not met. */
export const WEIGHT =
	"typed serde structs for every shape, and serde's and core's own formatting of floats and panics, which cannot be removed without editing the module";

/** Whether the budget is met, for the table and for the end of the command. */
export function verdict({ ours, goal, met, stretch }: Size["carried"]): string {
	const budget = `at most ${bytes(goal)}, stretch goal ${bytes(stretch)}`;
	if (!met) return `${budget}: not met, ${bytes(ours - goal)} over: ${WEIGHT}`;
	return ours > stretch ? `${budget}: met, ${bytes(ours - stretch)} over the stretch goal` : `${budget}: both met`;
}

/** The table of sizes in docs/figures.md, its head first. */
export function rowsOf({ parts, carried }: Size): string[][] {
	return [
		["part", "raw", "gzip -9", "brotli 11", ""],
		...Object.entries(parts).map(([part, { raw, gzip, brotli }]) => [part, ...[raw, gzip, brotli].map(bytes), ""]),
		[carried.name, "", bytes(carried.ours), "", verdict(carried)],
	];
}

function bytes(value: number): string {
	return value.toLocaleString("en");
}
