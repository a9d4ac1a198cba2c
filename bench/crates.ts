// Whose code a module is, by the names of its functions.

import type { WasmFunction } from "./wasm.ts";

/** The code of one or several crates. */
export interface Share {
	/** The crates that have functions of their own in the module, the largest first. */
	crates: string[];
	bytes: number;
	/** Of all code. */
	percent: number;
}

const FUTURES = "wasm_bindgen_futures";
const OWN = "flinkspay_edge";
const BUILT_IN = "compiler_builtins";
const OTHERS = "other crates";

/** The first in a name that is a path: a crate, with the compiler's hash or without, and what it is followed by. */
const PATH = /(?<![\w:])([a-z_]\w*)(?:\[[0-9a-f]{16}\])?::(\w*)/;

const GROUPS: readonly { group: string; crates: readonly string[] }[] = [
	{ group: "wasm-bindgen", crates: ["wasm_bindgen"] },
	{ group: "wasm-bindgen-futures", crates: [FUTURES] },
	{ group: "js-sys", crates: ["js_sys"] },
	{ group: "web-sys", crates: ["web_sys"] },
	{ group: "serde", crates: ["serde", "serde_core"] },
	{ group: "serde-wasm-bindgen", crates: ["serde_wasm_bindgen"] },
	{ group: "the client's own", crates: [OWN] },
	// The standard library's maps are hashbrown's.
	{ group: "Rust's own libraries", crates: ["core", "alloc", "std", "hashbrown", "__rustc", BUILT_IN] },
	{ group: "HMAC and SHA-256", crates: ["hmac", "sha2", "digest", "block_buffer", "crypto_common", "hybrid_array"] },
];

/** A type's methods are its crate's; those of `T`, of numbers and of text are the trait's. */
export function crateOf(name: string): string {
	const [, crate, module] = PATH.exec(name) ?? [];
	// wasm-bindgen-futures hands on what js-sys has of it.
	if (crate !== undefined) return crate === "js_sys" && module === "futures" ? FUTURES : crate;
	if (/^__(?:wb|externref)| -> /.test(name)) return "wasm_bindgen";
	// Methods of numbers and of text, without a trait.
	if (name.startsWith("<")) return "core";
	// What the compiler calls by itself. All others are exports.
	return /^(?:__\w+|mem(?:cmp|cpy|move|set)|bcmp)$/.test(name) ? BUILT_IN : OWN;
}

/** Every group, also what has nothing of its own in the module. */
export function sharesOf(functions: readonly WasmFunction[], codeBytes: number): Record<string, Share> {
	const byCrate = new Map<string, number>();
	for (const { name, bytes } of functions) {
		const crate = name === undefined ? "without a name" : crateOf(name);
		byCrate.set(crate, (byCrate.get(crate) ?? 0) + bytes);
	}
	const known = new Set(GROUPS.flatMap(({ crates }) => crates));
	const others = { group: OTHERS, crates: [...byCrate.keys()].filter((crate) => !known.has(crate)) };
	const sum = (crates: readonly string[]) => crates.reduce((total, crate) => total + (byCrate.get(crate) ?? 0), 0);
	return Object.fromEntries(
		[...GROUPS, others].map(({ group, crates }) => {
			const found = crates.filter((crate) => byCrate.has(crate)).sort((one, other) => sum([other]) - sum([one]));
			const bytes = sum(crates);
			return [group, { crates: found, bytes, percent: Math.round((bytes / codeBytes) * 1_000) / 10 }];
		}),
	);
}
