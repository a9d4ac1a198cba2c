// Reads a wasm module that has names: how long each of its functions is.

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

	get at(): number {
		return this.#at;
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

export interface WasmFunction {
	/** Nothing where a tool has made the function and named it nowhere. */
	name: string | undefined;
	/** With the count of them, which stands before each function. */
	bytes: number;
}

/** The section of a module that all functions are in. */
export function codeOf(module: Uint8Array): Uint8Array {
	return partOf(new Reader(module, 8), CODE_SECTION);
}

export function functionsOf(bytes: Uint8Array<ArrayBuffer>): WasmFunction[] {
	const module = new WebAssembly.Module(bytes);
	// Functions are counted on from those that are imported.
	const imported = WebAssembly.Module.imports(module).filter(({ kind }) => kind === "function").length;
	const [section = new ArrayBuffer()] = WebAssembly.Module.customSections(module, "name");
	const names = namesIn(new Uint8Array(section));
	const code = new Reader(codeOf(bytes));
	const lengths = code.list(() => {
		const start = code.at;
		code.piece();
		return code.at - start;
	});
	return lengths.map((length, index) => ({ name: names.get(imported + index), bytes: length }));
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
