// The ledger survives crashes: the Worker in real workerd on real SQLite is killed at every await of a payment and after
// every write, and started again on what it has stored. What it had done is read from the gateway's and the sandbox's
// journals.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Step } from "../sandbox/src/fault-names.ts";
import type { When } from "./crash/gateway.ts";
import { broken, createsOf } from "./crash/laws.ts";
import { run } from "./crash/random.ts";
import { type Heard, type How, type Product, Scene } from "./crash/scene.ts";
import { bundle } from "./crash/workerd.ts";

let folder: string;
before(async () => {
	folder = await bundle();
});

const SEQUENCES: Readonly<Record<Product, readonly Step[]>> = {
	interac: ["authorize", "initiate", "payment_request"],
	eft: ["authorize", "session"],
};
const products = Object.keys(SEQUENCES) as Product[];

/** A scene for one `describe`, in which every test has its own keys; all laws hold in it at the end. */
function sceneFor(bindings: Readonly<Record<string, string>> = {}): () => Scene {
	let scene: Scene;
	before(async () => {
		scene = await Scene.open(folder, bindings);
	});
	after(async () => {
		try {
			assert.deepEqual(await broken(scene), []);
		} finally {
			await scene.close();
		}
	});
	return () => scene;
}

/** The steps that have left for a payment, but for those before the session. */
function stepsOf(scene: Scene, key: string): Step[] {
	const creates = createsOf(key, scene.gateway.wire);
	const sessions = creates.flatMap(({ entry }) => entry?.sessionId ?? []);
	const requested = scene.gateway.wire.filter(
		({ sessionId }) => sessionId !== undefined && sessions.includes(sessionId),
	);
	return [...creates, ...requested].map(({ step }) => step);
}

function assertUnknown(heard: Heard, key: string): void {
	assert.deepEqual(
		[heard.status, heard.json.code, heard.json.outcome],
		[502, "outcome_unknown", "unknown"],
		heard.text,
	);
	assert.equal(heard.json.referenceId, key);
	assert.equal(heard.replayed, true);
}

/**
 * What a payment must be whose Worker has just died and started: by what had left, whether the last answer had arrived,
 * and with no time for any alarm.
 */
async function assertRecovers(scene: Scene, product: Product, key: string, listsFirst: boolean): Promise<string> {
	const left = stepsOf(scene, key);
	const listed = listsFirst ? (await scene.list()).find(({ referenceId }) => referenceId === key) : undefined;
	const again = await scene.ask(product, key);
	if (again.status === 201 && !again.replayed) {
		assert.deepEqual(left, [], "something had left, and the key ran again");
		assert.equal(listed, undefined, "it was forgotten, and listed");
		return "ran again";
	}
	assert.deepEqual(stepsOf(scene, key), left, "something left again");
	const { json: view } = await scene.read(String(again.json.id));
	if (listed) assert.equal(listed.status, again.status === 201 ? "Initiated" : "unknown");
	assert.equal((await scene.list()).filter(({ referenceId }) => referenceId === key).length, 1);
	if (again.status === 201) {
		assert.deepEqual(left, SEQUENCES[product].slice(1), "it is said to be created, and not all of it had left");
		assert.equal(view.status, "Initiated");
		return "created";
	}
	assertUnknown(again, key);
	assert.deepEqual([view.status, view.paid, view.final], ["unknown", false, false]);
	const events = (await scene.events(String(again.json.id))).filter(({ type }) => type === "outcome");
	assert.deepEqual(
		events.map(({ outcome, code }) => [outcome, code]),
		[["unknown", "interrupted"]],
	);
	return "unknown";
}

describe("the Worker dies at a request", () => {
	const scene = sceneFor();
	for (const product of products) {
		for (const step of SEQUENCES[product]) {
			for (const when of ["before", "after", "answered"] as const satisfies When[]) {
				test(`${product}: ${step}, ${when}`, async () => {
					const key = `${product}-${step}-${when}`;
					scene().plan({ step, when, act: scene().restart });
					const cut = await scene().ask(product, key);
					await scene().restart();
					const end = await assertRecovers(scene(), product, key, when !== "after");
					// Where the answer has left, it may have been written down or not: it was a race.
					if (cut.status !== 0) assert.equal(when, "answered");
					else if (when === "answered") assert.ok(step !== "authorize" || end !== "created");
					else assert.equal(end, step === "authorize" ? "ran again" : "unknown");
				});
			}
		}
	}
});

describe("the Worker dies after a write", () => {
	const scene = sceneFor();
	for (const product of products) {
		for (const how of ["lost", "kept", "reset"] as const satisfies How[]) {
			test(`${product}: each write of a payment, ${how}`, async () => {
				const ends: string[] = [];
				for (let writes = 1; ; writes++) {
					const key = `${product}-${how}-${writes}`;
					const { deaths } = scene();
					await scene().stopAfter(writes, how);
					const heard = await scene().ask(product, key);
					if (heard.status === 201 && (await scene().written()) < writes) break;
					if (how !== "reset" && heard.status === 201) await until(async () => scene().deaths > deaths);
					await scene().stopAfter(0, how);
					// An object that dies alone has told its caller: he was asked for once more behind the scenes.
					if (how === "reset") assert.ok([201, 502].includes(heard.status), heard.text);
					const end = await assertRecovers(scene(), product, key, writes % 2 === 0);
					if (how === "reset") assert.notEqual(end, "ran again");
					ends.push(how === "reset" && heard.status === 201 && !heard.replayed ? "ran on" : end);
				}
				// First nothing has left, then nobody knows, then it is there; and never the other way.
				const order = ["ran again", "unknown", "created"];
				const places = ends.filter((end) => end !== "ran on").map((end) => order.indexOf(end));
				assert.deepEqual(places, places.toSorted(), ends.join());
				assert.ok(ends.includes("unknown"), ends.join());
				if (how !== "reset") assert.deepEqual(new Set(ends), new Set(order), ends.join());
				assert.ok(ends.length >= (product === "interac" ? 8 : 6), `${ends.length} writes`);
			});
		}
	}

	test("each write of the first payment of all", async () => {
		for (const how of ["lost", "kept"] as const) {
			for (let writes = 1; writes <= 5; writes++) {
				const first = await Scene.open(folder);
				try {
					await first.stopAfter(writes, how);
					// Not of the object that the others ask, so that two of them agree on how many there are.
					await first.ask("eft", "first-of-all-2");
					await first.stopAfter(0, how);
					await assertRecovers(first, "eft", "first-of-all-2", true);
					assert.deepEqual(await broken(first), []);
				} finally {
					await first.close();
				}
			}
		}
	});
});

async function until(holds: () => Promise<boolean>, limitMs = 15_000): Promise<void> {
	const deadline = performance.now() + limitMs;
	while (!(await holds())) {
		assert.ok(performance.now() < deadline, `it does not hold after ${limitMs} ms`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}
