// `npm run size`: what the package weighs, part by part, and what makes the module heavy. It writes size.json, size.svg
// and the README's table, and fails when a Worker carries more than the budget or when something has leaked in.

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { publishTable } from "../tests/readme-table.ts";
import { makeSmall, writeGlue } from "../tools/shipped.mjs";
import { drawSize } from "./charts.ts";
import { install } from "./install.ts";
import {
	againstBudget,
	bundle,
	gzipped,
	leaksIn,
	rowsOf,
	type Size,
	shippedModule,
	verdict,
	weighParts,
} from "./parts.ts";
import { functionsOf, without } from "./wasm.ts";

const LARGEST = 20;

/** By the names of functions and exports, and what was done about each. */
const COSTS: readonly { part: string; pattern: RegExp; done: string }[] = [
	{
		part: "float formatting",
		pattern: /flt2dec|core.*::fmt::float|<f(?:32|64) as .*fmt|num::(?:bignum|diy_float)/,
		done: "numbers that are not whole stay text, as they came",
	},
	{
		part: "serde-wasm-bindgen, with serde",
		pattern: /serde_wasm_bindgen|serde_core/,
		done: "its reader had 18 kB with the texts of its errors, its writer 3: JSON is read and written by hand",
	},
	{
		part: "HMAC, SHA-256 and webhooks",
		pattern: /hmac|sha2::|digest::|flinkspay_edge::(?:wasm::)?webhook|^(?:verify|sign)Webhook/,
		done: "kept: a webhook is verified synchronously, which WebCrypto cannot; SHA-256 is its vector code, smaller than the unrolled one and as quick",
	},
	{
		part: "v2 sessions",
		pattern: /flinkspay_edge::sessions/,
		done: "one table of fields for all products, and the sequence of v1",
	},
];

const folder = fileURLToPath(new URL("../target/size/", import.meta.url));
const named = `${folder}flinkspay_edge_bg.wasm`;

await install();
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
// What ships has no names, so that they are read from a twin.
await writeGlue("write a twin with names", folder);

const [module, javaScript] = await Promise.all([shippedModule(), bundle("workerd")]);
const size: Size = {
	parts: await weighParts(),
	carried: againstBudget(module, javaScript),
	costs: await costs(),
	symbols: await largest(),
	leaks: leaksIn({ "the module": module, "its JavaScript": javaScript }),
};
await writeFile(new URL("size.json", import.meta.url), `${JSON.stringify(size, undefined, "\t")}\n`);
await drawSize(size.parts);
console.log();
await publishTable("size", rowsOf(size));
tell();

async function costs(): Promise<Size["costs"]> {
	const twin = await readFile(named);
	const found: Size["costs"] = {};
	for (const { part, pattern, done } of COSTS) {
		const file = `${folder}part.wasm`;
		const { rest, taken } = without(twin, pattern);
		await writeFile(file, rest);
		await makeSmall(`make the twin small without ${part}`, file, file);
		const gzip = gzipped(module) - gzipped(await readFile(file));
		found[part] = taken === 0 ? { gzip: 0, done: `none is linked: ${done}` } : { gzip, done };
	}
	return found;
}

async function largest(): Promise<Size["symbols"]> {
	const file = `${folder}named.wasm`;
	await makeSmall("make the twin small, and keep its names", named, file, ["-g"]);
	return functionsOf(await readFile(file)).slice(0, LARGEST);
}

function tell(): void {
	console.log(`\nThe ${LARGEST} largest functions of the module, in bytes:`);
	for (const { name, bytes } of size.symbols) console.log(`${String(bytes).padStart(6)} ${name}`);
	console.log(`\n${size.carried.name}: ${size.carried.ours.toLocaleString("en")} bytes, ${verdict(size.carried)}`);
	for (const { what, where, found } of size.leaks) {
		console.log(`\nLeaked into ${where}: ${what}\n${found.map((text) => `  ${text}`).join("\n")}`);
	}
	if (!size.carried.met || size.leaks.length > 0) process.exitCode = 1;
}
