// Reads a wasm module that has names: how long each function is, and what is left of the module without some of them.

import binaryen from "binaryen";

const CODE_SECTION = 10;
const FUNCTION_NAMES = 1;

/** Goes through bytes of a module. */
class Reader {
	#bytes: Uint8Array;
	#at: number;

	constructor(bytes: Uint8Array, at = 0) {
		this.#bytes = bytes;
		this.#at = at;
	}

	get isAtEnd(): boolean {
		return this.#at >= this.#bytes.length;
	}

	byte(): number {
		const byte = this.#bytes[this.#at];
		if (byte === undefined) throw new Error("the module ends too early");
		this.#at += 1;
		return byte;
	}

	/** LEB128, unsigned, of 32 bits. */
	number(): number {
		let [value, shift, byte] = [0, 0, 0];
		do {
			byte = this.byte();
			value |= (byte & 0x7f) << shift;
			shift += 7;
		} while (byte & 0x80);
		return value >>> 0;
	}

	/** Bytes that stand after their count. */
	piece(): Uint8Array {
		const length = this.number();
		this.#at += length;
		return this.#bytes.subarray(this.#at - length, this.#at);
	}

	/** What is read by `read`, after its count. */
	list<T>(read: () => T): T[] {
		return Array.from({ length: this.number() }, read);
	}
}

/** The functions of a module, the longest first. */
export function functionsOf(bytes: Uint8Array<ArrayBuffer>): { name: string; bytes: number }[] {
	const module = new WebAssembly.Module(bytes);
	// Functions are counted on from those that are imported.
	const imported = WebAssembly.Module.imports(module).filter(({ kind }) => kind === "function").length;
	const [section = new ArrayBuffer()] = WebAssembly.Module.customSections(module, "name");
	const names = namesIn(new Uint8Array(section));
	const lengths = new Reader(partOf(new Reader(bytes, 8), CODE_SECTION));
	const functions = lengths.list(() => lengths.piece().length);
	return functions
		.map((length, index) => ({ name: plain(names.get(imported + index) ?? "without a name"), bytes: length }))
		.sort((one, other) => other.bytes - one.bytes);
}

function namesIn(section: Uint8Array): Map<number, string> {
	const names = new Reader(partOf(new Reader(section), FUNCTION_NAMES));
	return new Map(names.list(() => [names.number(), new TextDecoder().decode(names.piece())]));
}

/** A module, and its section of names too, is a row of parts: a number for its kind, and its bytes. */
function partOf(reader: Reader, kind: number): Uint8Array {
	while (!reader.isAtEnd) {
		const found = reader.byte();
		const piece = reader.piece();
		if (found === kind) return piece;
	}
	throw new Error(`the module has no part of kind ${kind}`);
}

/** Without the compiler's hashes. */
function plain(name: string): string {
	return name.replaceAll(/::h[0-9a-f]{16}\b|\[[0-9a-f]{16}\]/g, "");
}

/** The module with functions that only trap, and without exports, of these names; optimising takes what these alone used. */
export function without(bytes: Uint8Array, pattern: RegExp): { rest: Uint8Array; taken: number } {
	const module = binaryen.readBinary(bytes);
	const all = <T>(count: number, at: (index: number) => T) => Array.from({ length: count }, (_, index) => at(index));
	const functions = all(module.getNumFunctions(), (index) =>
		binaryen.getFunctionInfo(module.getFunctionByIndex(index)),
	);
	const exported = all(module.getNumExports(), (index) => binaryen.getExportInfo(module.getExportByIndex(index)));
	// A function that comes from the host has the name of a module.
	const taken = functions.filter(({ name, module: host }) => !host && pattern.test(name));
	for (const { name, params, results } of taken) {
		module.removeFunction(name);
		module.addFunction(name, params, results, [], module.unreachable());
	}
	for (const { name } of exported) if (pattern.test(name)) module.removeExport(name);
	return { rest: module.emitBinary(), taken: taken.length };
}
