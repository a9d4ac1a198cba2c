// Measures what a new isolate does before its first payment. For the client: compile the module, run the glue, instantiate. For
// the peer and stripe-node's build for Workers: run their JavaScript. The engine caches compiled code, so each run changes it.

import crypto from "node:crypto";
import bytes from "flinkspay.bin";
import oursText from "ours.txt";
import peerText from "peer.txt";
import stripeText from "stripe.txt";

/** The module with random bytes in a custom section, which engines ignore. */
function changedModule() {
	const random = new Uint8Array(16);
	globalThis.crypto.getRandomValues(random);
	const module = new Uint8Array(bytes.byteLength + 20);
	module.set(new Uint8Array(bytes));
	module.set([0, 18, 1, 120, ...random], bytes.byteLength);
	return module;
}

function runScript(env, text, name) {
	const source = `${text}\n//${Math.random()}`;
	const start = performance.now();
	env.UNSAFE.newFunction(`${source}\nreturn ${name};`, name, "require")(() => crypto);
	return performance.now() - start;
}

const sides = {
	compileAndInstantiate(env) {
		const source = `${oursText}\n//${Math.random()}`;
		const wasm = changedModule();
		const start = performance.now();
		const module = env.UNSAFE.newWasmModule(wasm);
		env.UNSAFE.newFunction(`${source}\nreturn client;`, "client")().initSync({ module });
		return performance.now() - start;
	},
	peer: (env) => runScript(env, peerText, "peer"),
	stripe: (env) => runScript(env, stripeText, "stripe"),
};

export default {
	async fetch(request, env) {
		const { searchParams } = new URL(request.url);
		const count = Number(searchParams.get("count"));
		// workerd's clock has whole milliseconds, so the mean of several runs is taken.
		let total = 0;
		for (let run = 0; run < count; run += 1) total += sides[searchParams.get("side")](env);
		return Response.json({ ms: total / count });
	},
};
