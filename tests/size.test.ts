// What was built last has not grown and has nothing in it that must not ship; and what `npm run size` publishes.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import binaryen from "binaryen";
import { againstBudget, bundle, leaksIn, rowsOf, type Size, shippedModule, verdict } from "../bench/parts.ts";
import { functionsOf, without } from "../bench/wasm.ts";
import { readTable } from "./readme-table.ts";

async function lastSize(): Promise<Size> {
	return JSON.parse(await readFile(new URL("../bench/size.json", import.meta.url), "utf8"));
}

describe("what a Worker carries", async () => {
	const [module, javaScript] = await Promise.all([shippedModule(), bundle("workerd")]);

	it("is not heavier than what was written last, of which the README says how far it is from the budget", async () => {
		const { ours } = againstBudget(module, javaScript);
		const last = await lastSize();
		// Another version of a tool may pack a little worse.
		assert.ok(ours <= last.carried.ours * 1.01, `${ours} bytes, and ${last.carried.ours} before: npm run size`);
	});

	it("has nothing in it that must not ship", () => {
		assert.deepEqual(leaksIn({ "the module": module, "its JavaScript": javaScript }), []);
	});
});

describe("the budget", () => {
	it("is not met by more, whatever file it is in", () => {
		const carried = againstBudget(randomBytes(20_000), randomBytes(21_000));
		assert.equal(carried.met, false);
		assert.match(verdict(carried), /^at most 40,000: not met, 1,\d\d\d over$/);
	});

	it("is met by less, which may still be more than is striven for", () => {
		assert.match(verdict(againstBudget(randomBytes(33_000))), /: met; striving for 32,000, 1,\d\d\d over$/);
		assert.match(verdict(againstBudget(randomBytes(10_000))), /: met; striving for 32,000: met$/);
	});
});

describe("the search for leaks", () => {
	for (const [text, what] of [
		["/rustc/x/library/core/src/y.rs", "a source file, of a panic"],
		["src/wasm/mod.rs", "a source file, of a panic"],
		["/rustc/x", "a folder of Rust or cargo"],
		["/home/somebody/project", "a folder of the machine that built it"],
		["serde_json", "serde_json"],
		["regex-syntax", "regex"],
		["amountPaymentParamsinner", "a type of ours by Debug"],
		["[secret]", "a secret by Debug"],
		["invalid type: null, expected text", "a text of serde's readers"],
	] as const) {
		it(`finds ${text}`, () => {
			const among = Buffer.concat([randomBytes(100), Buffer.from(text), randomBytes(100)]);
			const found = leaksIn({ "a file": among, another: Buffer.from("getSessionStatus") });
			assert.ok(found.some((leak) => leak.what === what && leak.where === "a file"));
			assert.ok(found.every((leak) => leak.where === "a file"));
		});
	}
});

describe("the functions of a module", () => {
	binaryen.setDebugInfo(true);
	const text = `(module
		(import "host" "tell" (func $tell))
		(func $short::h0123456789abcdef (export "short") (call $tell))
		(func $"core[0123456789abcdef]::long" (export "long") (call $tell) (call $tell) (call $tell))
	)`;
	const module = Uint8Array.from(binaryen.parseText(text).emitBinary());

	it("have their lengths and names", () => {
		assert.deepEqual(functionsOf(module), [
			{ name: "core::long", bytes: 8 },
			{ name: "short", bytes: 4 },
		]);
	});

	it("can be taken out, with their exports", () => {
		const { rest, taken } = without(module, /^short/);
		assert.equal(taken, 1);
		const exported = WebAssembly.Module.exports(new WebAssembly.Module(Uint8Array.from(rest)));
		assert.deepEqual(
			exported.map(({ name }) => name),
			["long"],
		);
	});
});

describe("the README", () => {
	it("has the sizes, as the last run wrote them", async () => {
		assert.deepEqual(await readTable("size"), rowsOf(await lastSize()));
	});
});
