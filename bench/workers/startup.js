// What a new isolate does before its first payment. The client: compile the module, run the glue and instantiate. The
// peer, and stripe-node's build for Workers: run their module. The engine remembers what it has compiled, so each time a
// few bytes differ.

import crypto from "node:crypto";
import bytes from "flinkspay.bin";
import oursText from "ours.txt";
import peerText from "peer.txt";
import stripeText from "stripe.txt";

/** A section that every engine skips, with other bytes in it each time. */
function changed() {
	const random = new Uint8Array(16);
	globalThis.crypto.getRandomValues(random);
	const module = new Uint8Array(bytes.byteLength + 20);
	module.set(new Uint8Array(bytes));
	module.set([0, 18, 1, 120, ...random], bytes.byteLength);
	return module;
}

/** A module of JavaScript alone. */
function run(env, text, name) {
	const source = `${text}\n//${Math.random()}`;
	const start = performance.now();
	env.UNSAFE.newFunction(`${source}\nreturn ${name};`, name, "require")(() => crypto);
	return { ms: performance.now() - start };
}

const sides = {
	compileAndInstantiate(env) {
		const source = `${oursText}\n//${Math.random()}`;
		const wasm = changed();
		const start = performance.now();
		const module = env.UNSAFE.newWasmModule(wasm);
		const compiled = performance.now();
		env.UNSAFE.newFunction(`${source}\nreturn client;`, "client")().initSync({ module });
		return { ms: performance.now() - start, compileMs: compiled - start };
	},
	peer: (env) => run(env, peerText, "peer"),
	stripe: (env) => run(env, stripeText, "stripe"),
};

export default {
	async fetch(request, env) {
		const { searchParams } = new URL(request.url);
		const count = Number(searchParams.get("count"));
		// The clock has whole milliseconds.
		const all = Array.from({ length: count }, () => sides[searchParams.get("side")](env));
		const mean = (name) => all.reduce((sum, one) => sum + (one[name] ?? 0), 0) / count;
		return Response.json({ ms: mean("ms"), compileMs: mean("compileMs") });
	},
};
