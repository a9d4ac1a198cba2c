// `npm run size` writes the size of the package, part by part, to size.json, size.svg and a table of docs/figures.md. It fails
// if a folder of the machine that built it, or a secret, is in the package. It does not fail if the package is over its budget:
// using the six crates that the client is built on matters more than that figure.

import { writeFile } from "node:fs/promises";
import { publishTable } from "../tests/page-table.ts";
import { drawSize } from "./charts.ts";
import { install } from "./install.ts";
import { againstBudget, bundle, leaksIn, rowsOf, type Size, shippedModule, verdict, weighParts } from "./parts.ts";

await install();
const [module, javaScript] = await Promise.all([shippedModule(), bundle("edge")]);
const leaks = leaksIn({ "the module": module, "its JavaScript": javaScript });
const size: Size = { parts: await weighParts(), carried: againstBudget(module, javaScript) };
await writeFile(new URL("size.json", import.meta.url), `${JSON.stringify(size, undefined, "\t")}\n`);
await drawSize(size.parts);
console.log();
await publishTable("size", rowsOf(size));
console.log(`\n${size.carried.name}: ${size.carried.ours.toLocaleString("en")} bytes, ${verdict(size.carried)}`);
for (const { what, where, found } of leaks) {
	console.log(`\nLeaked into ${where}: ${what}\n${found.map((text) => `  ${text}`).join("\n")}`);
}
if (leaks.length > 0) process.exitCode = 1;
