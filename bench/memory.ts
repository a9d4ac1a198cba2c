// Measures what the wasm instance holds when it is new, after 100,000 payments, and after as many failed ones. Prints bytes of
// memory, and how many JavaScript values its table has slots for, as JSON.

import type { MemoryUse } from "./figures.ts";

const memories: WebAssembly.Memory[] = [];
const tables: WebAssembly.Table[] = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
	constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
		super(module, imports);
		const { memory, __wbindgen_externrefs: values } = this.exports;
		if (memory instanceof WebAssembly.Memory) memories.push(memory);
		if (values instanceof WebAssembly.Table) tables.push(values);
	}
};

const COUNT = 100_000;
const { newSide } = await import("./sides/ours.js");
const { host, payment } = await import("./sides/stub.js");

const memoryUse = (): MemoryUse => ({
	bytes: memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
	values: tables.reduce((sum, { length }) => sum + length, 0),
});
const side = newSide(host);
const initial = memoryUse();
for (let call = 0; call < 1_000; call += 1) await side.startPayment(payment);
const afterThousand = memoryUse();
for (let call = 1_000; call < COUNT; call += 1) await side.startPayment(payment);
const afterPayments = memoryUse();

/** A client for which one step fails, in ways that it does not retry, since a retry would wait. */
const failing = (step: string, end: () => Promise<unknown>) =>
	newSide({ ...host, fetch: (url, init) => (url.endsWith(step) ? end() : host.fetch(url, init)) });
const failures = [
	() => side.startPayment({ ...payment, amount: "0" }),
	...[
		failing("/authorize", async () => new Response("", { status: 400 })),
		failing("/initiate", () => Promise.reject(new TypeError("connection lost"))),
		failing("/initiate", async () => new Response("<p>no</p>", { status: 503, headers: { "retry-after": "0" } })),
		failing("/paymentrequests", async () => new Response("{", { headers: { "content-type": "application/json" } })),
	].map((one) => () => one.startPayment(payment)),
];
let failed = 0;
const count = () => {
	failed += 1;
};
for (let call = 0; call < COUNT; call += failures.length) {
	for (const fail of failures) await fail().then(() => {}, count);
}
console.log(JSON.stringify({ initial, afterThousand, afterPayments, afterFailures: memoryUse(), failures: failed }));
