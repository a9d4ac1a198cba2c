// `npm run size`: what the package weighs, part by part, and whose code the module is. It writes size.json, size.svg and
// the tables of docs/figures.md. It fails when something of the machine, or a secret, has leaked in. It does not fail over
// the budget: the six crates that the client stands on come before that figure.

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { publishTable } from "../tests/page-table.ts";
import { step } from "../tools/steps.mjs";
import { drawSize } from "./charts.ts";
import { type Share, sharesOf } from "./crates.ts";
import { install } from "./install.ts";
import {
	againstBudget,
	bundle,
	leaksIn,
	rowsOf,
	type Size,
	shareRowsOf,
	shippedModule,
	verdict,
	weighParts,
} from "./parts.ts";
import { codeOf, functionsOf } from "./wasm.ts";

await install();
const [module, javaScript] = await Promise.all([shippedModule(), bundle("edge")]);
const size: Size = {
	parts: await weighParts(),
	carried: againstBudget(module, javaScript),
	shares: await shares(),
	leaks: leaksIn({ "the module": module, "its JavaScript": javaScript }),
};
await writeFile(new URL("size.json", import.meta.url), `${JSON.stringify(size, undefined, "\t")}\n`);
await drawSize(size.parts);
console.log();
await publishTable("size", rowsOf(size));
console.log();
await publishTable("module", shareRowsOf(size));
tell();

/** What ships has no names: they are read from a twin. */
async function shares(): Promise<Record<string, Share>> {
	const folder = fileURLToPath(new URL("../target/size/", import.meta.url));
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	const linked = fileURLToPath(
		new URL("../target/wasm32-unknown-unknown/release/flinkspay_edge.wasm", import.meta.url),
	);
	await step("write a twin with names", "wasm-bindgen", [
		...[linked, "--target", "web", "--out-dir", folder],
		...["--omit-default-module-path", "--experimental-reset-state-function"],
	]);
	const named = `${folder}named.wasm`;
	await step("make the twin small", "wasm-opt", ["-Oz", "-g", `${folder}flinkspay_edge_bg.wasm`, "-o", named]);
	const twin = await readFile(named);
	const { length } = codeOf(twin);
	if (length !== codeOf(module).length) throw new Error("the twin's code is not that of the module: npm run build");
	return sharesOf(functionsOf(twin), length);
}

function tell(): void {
	console.log(`\n${size.carried.name}: ${size.carried.ours.toLocaleString("en")} bytes, ${verdict(size.carried)}`);
	for (const { what, where, found } of size.leaks) {
		console.log(`\nLeaked into ${where}: ${what}\n${found.map((text) => `  ${text}`).join("\n")}`);
	}
	if (size.leaks.length > 0) process.exitCode = 1;
}
