// What the wasm instance holds: when it is new, after 100,000 payments, and after as many that fail. It prints bytes, as JSON.

const memories: WebAssembly.Memory[] = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
	constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
		super(module, imports);
		// Its name is a short one of the build's.
		for (const value of Object.values(this.exports)) if (value instanceof WebAssembly.Memory) memories.push(value);
	}
};

const COUNT = 100_000;
const { newSide } = await import("./sides/ours.js");
const { host, payment } = await import("./sides/stub.js");

const bytes = () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
const side = newSide(host);
const initial = bytes();
for (let call = 0; call < 1_000; call += 1) await side.startPayment(payment);
const afterThousand = bytes();
for (let call = 1_000; call < COUNT; call += 1) await side.startPayment(payment);
const afterPayments = bytes();
// Refused before anything is sent, and at the first answer: neither waits for a second try.
const refused = newSide({ ...host, fetch: async () => new Response("", { status: 400 }) });
let failures = 0;
const count = () => {
	failures += 1;
};
for (let call = 0; call < COUNT / 2; call += 1) {
	await side.startPayment({ ...payment, amount: "0" }).catch(count);
	await refused.startPayment(payment).catch(count);
}
console.log(JSON.stringify({ initial, afterThousand, afterPayments, afterFailures: bytes(), failures }));
