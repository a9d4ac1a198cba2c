// What was built last has not grown, and nothing of the machine that built it is in it; and what `npm run size` publishes.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { crateOf, sharesOf } from "../bench/crates.ts";
import {
	againstBudget,
	bundle,
	leaksIn,
	rowsOf,
	type Size,
	shareRowsOf,
	shippedModule,
	verdict,
} from "../bench/parts.ts";
import { codeOf, functionsOf } from "../bench/wasm.ts";
import { readTable } from "./page-table.ts";

async function lastSize(): Promise<Size> {
	return JSON.parse(await readFile(new URL("../bench/size.json", import.meta.url), "utf8"));
}

describe("what a Worker carries", async () => {
	const [module, javaScript] = await Promise.all([shippedModule(), bundle("edge")]);

	it("is not heavier than what was written last, of which docs/figures.md says how far it is from the budget", async () => {
		const { ours } = againstBudget(module, javaScript);
		const last = await lastSize();
		// Another version of a tool may pack a little worse.
		assert.ok(ours <= last.carried.ours * 1.01, `${ours} bytes, and ${last.carried.ours} before: npm run size`);
	});

	it("has nothing of the machine that built it, and no secret", () => {
		assert.deepEqual(leaksIn({ "the module": module, "its JavaScript": javaScript }), []);
	});
});

describe("the budget", () => {
	it("is not met by more, whatever file it is in", () => {
		const carried = againstBudget(randomBytes(40_000), randomBytes(41_000));
		assert.equal(carried.met, false);
		assert.match(verdict(carried), /^at most 80,000, .*: not met, 1,\d\d\d over: \w/);
	});

	it("is met by less, which may still be more than is striven for", () => {
		assert.match(verdict(againstBudget(randomBytes(69_000))), /: met, 1,\d\d\d over what is striven for$/);
		assert.match(verdict(againstBudget(randomBytes(10_000))), /: both met$/);
	});
});

describe("the search for leaks", () => {
	const folder = "a folder of the machine that built it";
	for (const [text, what] of [
		["/home/somebody/project", folder],
		[`${homedir()}/.cargo/registry`, folder],
		[fileURLToPath(new URL("../src/lib.rs", import.meta.url)), folder],
		["-----BEGIN PRIVATE KEY-----", "a secret"],
		[`npm_${"x".repeat(36)}`, "a secret"],
	] as const) {
		it(`finds ${what} in ${text.replace(homedir(), "~")}`, () => {
			const among = Buffer.concat([Buffer.from(`\0${text}\0`), Buffer.from("/cargo/x.rs /src/lib.rs")]);
			const found = leaksIn({ "a file": among, another: Buffer.from("/rustc/x/library/core/src/y.rs [secret]") });
			assert.deepEqual(found, [{ what, where: "a file", found: found[0]?.found }]);
		});
	}
});

/** A module with two functions that have names and one that has none. */
const wasm = Uint8Array.from([
	...[0, ..."asm".split("").map((letter) => letter.charCodeAt(0)), 1, 0, 0, 0],
	// A type, an import by the host, three functions of that type, and their code.
	...[1, 4, 1, 0x60, 0, 0],
	...[2, 7, 1, 1, 0x68, 1, 0x74, 0, 0],
	...[3, 4, 3, 0, 0, 0],
	...[10, 14, 3, 2, 0, 0x0b, 4, 0, 0x10, 0, 0x0b, 4, 0, 0x10, 0, 0x0b],
	...nameSection({ 1: "core[0123456789abcdef]::short", 2: "flinkspay_edge::long" }),
]);

function nameSection(names: Readonly<Record<number, string>>): number[] {
	const sized = (bytes: readonly number[]) => [bytes.length, ...bytes];
	const text = (text: string) => sized([...new TextEncoder().encode(text)]);
	const all = Object.entries(names).flatMap(([index, name]) => [Number(index), ...text(name)]);
	return [0, ...sized([...text("name"), 1, ...sized([Object.keys(names).length, ...all])])];
}

describe("the functions of a module", () => {
	it("have their lengths and names, and are all of its code but their number", () => {
		const functions = functionsOf(wasm);
		assert.deepEqual(functions, [
			{ name: "core[0123456789abcdef]::short", bytes: 3 },
			{ name: "flinkspay_edge::long", bytes: 5 },
			{ name: undefined, bytes: 5 },
		]);
		assert.equal(codeOf(wasm).length, 3 + 5 + 5 + 1);
	});

	for (const [name, crate] of [
		["flinkspay_edge::wasm::Client::run::{{closure}}::h0123456789abcdef", "flinkspay_edge"],
		["<flinkspay_edge::open::Levels as serde_core::de::DeserializeSeed>::deserialize", "flinkspay_edge"],
		["<&serde_wasm_bindgen::ser::X as serde_core::ser::SerializeMap>::end", "serde_wasm_bindgen"],
		["<T as serde_core::de::DeserializeSeed>::deserialize", "serde_core"],
		["<f64 as core[0123456789abcdef]::fmt::Display>::fmt", "core"],
		["<str>::trim_matches::<core[0123456789abcdef]::x>", "core"],
		["<char>::escape_debug_ext", "core"],
		["core::ptr::drop_in_place<flinkspay_edge::secret::Secret>", "core"],
		["js_sys::futures::task::Task::spawn", "wasm_bindgen_futures"],
		["js_sys::Promise::resolve", "js_sys"],
		["__wbindgen_malloc", "wasm_bindgen"],
		["F64 -> Externref externref shim", "wasm_bindgen"],
		["verifyWebhook externref shim multivalue shim", "flinkspay_edge"],
		["memcmp", "compiler_builtins"],
		["__multi3", "compiler_builtins"],
	] as const) {
		it(`are of a crate: ${name}`, () => assert.equal(crateOf(name), crate));
	}

	it("are shares of all code, and nothing is left out", () => {
		const shares = sharesOf(functionsOf(wasm), 20);
		const own = { crates: ["flinkspay_edge"], bytes: 5, percent: 25 };
		assert.deepEqual(shares["the client's own"], own);
		assert.deepEqual(shares["web-sys"], { crates: [], bytes: 0, percent: 0 });
		assert.deepEqual(shares["other crates"], { ...own, crates: ["without a name"] });
		assert.equal(
			Object.values(shares).reduce((sum, { bytes }) => sum + bytes, 0),
			13,
		);
	});
});

describe("docs/figures.md", () => {
	it("has the sizes and the shares, as the last run wrote them", async () => {
		const last = await lastSize();
		assert.deepEqual(await readTable("size"), rowsOf(last));
		assert.deepEqual(await readTable("module"), shareRowsOf(last));
	});
});
