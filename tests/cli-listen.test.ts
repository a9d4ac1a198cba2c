// The command's listen, against a Worker that has no payments but these: a change of another one, which the Worker's own polls
// find whenever they come, would be in its output too.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createReceiver } from "flinkspay-edge/merchant";
import { linesOf, run, show, start } from "./cli/command.ts";
import { close, fixture, Receiver, runHere } from "./cli/fixture.ts";
import { serve } from "./serve.ts";

after(close);

test("loses nothing and keeps the order, while the receiver and the Worker go away and come back", async (t) => {
	const receiver = await Receiver.open();
	t.after(() => receiver.goAway());
	const listening = start(["listen", receiver.url, "--json"], {
		...fixture.env,
		MERCHANT_WEBHOOK_SECRET: receiver.secret,
	});
	await listening.says("Listening");
	await fixture.pay("listen-1");
	await receiver.has(2);
	receiver.goAway();
	await fixture.pay("listen-2");
	await listening.says('"answer":"no answer"');
	await receiver.comeBack();
	await receiver.has(4);
	// A refused message holds up its own payment alone.
	let refuse = true;
	receiver.answer = ({ data, sequence }) => (refuse && data.referenceId === "listen-3" && sequence === 1 ? 500 : 204);
	await fixture.pay("listen-3");
	await fixture.pay("listen-4");
	await receiver.has(6);
	refuse = false;
	await receiver.has(8);
	await fixture.kill();
	await listening.says("Trying again");
	await fixture.revive();
	await fixture.pay("listen-5");
	await receiver.has(10);
	listening.child.kill("SIGINT");
	const { code, out, err } = await listening.ended;
	assert.equal(code, 0, err);
	const taken = receiver.taken.map(({ message: { data, sequence } }) => `${data.referenceId} ${sequence}`);
	for (const [number] of [1, 2, 3, 4, 5].entries()) {
		const own = taken.filter((one) => one.startsWith(`listen-${number + 1} `));
		assert.deepEqual(own, [`listen-${number + 1} 1`, `listen-${number + 1} 2`]);
	}
	assert.equal(new Set(receiver.taken.map(({ id }) => id)).size, 10);
	assert.deepEqual(taken.slice(4, 6), ["listen-4 1", "listen-4 2"]);
	assert.equal(linesOf({ out }).filter(({ taken }) => taken).length, 10);
	assert.ok(!err.includes(receiver.secret));

	// From where it ended.
	const [, cursor = ""] = /To continue from here: --cursor (\S+)/.exec(err) ?? [];
	await fixture.pay("listen-6");
	const again = start(["listen", receiver.url, "--cursor", cursor], {
		...{ ...fixture.env, MERCHANT_WEBHOOK_SECRET: receiver.secret },
	});
	await receiver.has(12);
	await again.says(/204 {2}payment\.updated #2, credit/);
	again.child.kill("SIGTERM");
	const output = await again.ended;
	await show(`listen http://localhost:3000/webhooks --cursor 0.4.0.2.1`, output);
	assert.deepEqual(
		receiver.taken.slice(10).map(({ message }) => message.data.referenceId),
		["listen-6", "listen-6"],
	);
});

test("prints the cursor after the last message that the receiver took", async (t) => {
	const receiver = await Receiver.open();
	t.after(() => receiver.goAway());
	receiver.goAway();
	const env = { ...fixture.env, MERCHANT_WEBHOOK_SECRET: receiver.secret };
	const listening = start(["listen", receiver.url], env);
	await listening.says("Listening");
	await fixture.pay("listen-7");
	await listening.says("no answer, to be sent again");
	listening.child.kill("SIGTERM");
	const [, cursor = ""] = /To continue from here: --cursor (\S+)/.exec((await listening.ended).err) ?? [];
	await receiver.comeBack();
	const again = start(["listen", receiver.url, "--cursor", cursor], env);
	await receiver.has(2);
	again.child.kill("SIGTERM");
	await again.ended;
	assert.deepEqual(
		receiver.taken.map(({ message: { data, sequence } }) => `${data.referenceId} ${sequence}`),
		["listen-7 1", "listen-7 2"],
	);
});

test("signs with a new secret, which it prints, when none is set", async (t) => {
	const receiver = await Receiver.open();
	t.after(() => receiver.goAway());
	const listening = start(["listen", receiver.url], fixture.env);
	await listening.says("Listening");
	assert.match(listening.err(), /new secret, for your receiver: whsec_[\w+/]{43}=/);
	assert.equal(listening.out(), "");
	listening.child.kill("SIGINT");
	assert.equal((await listening.ended).code, 0);
});

test("prints why the receiver refused a message", async () => {
	const others = {
		secrets: [`whsec_${Buffer.from("o".repeat(24)).toString("base64")}`],
		onCredit() {},
		onReverse() {},
	};
	const payments = createReceiver({ ...others, store: { read: () => "", swap: () => true } });
	const server = await serve((request, response) => payments.node(request, response));
	const listening = start(["listen", `${server.url}/`], fixture.env);
	await listening.says("Listening");
	await fixture.pay("listen-8");
	await listening.says("401 (No matching signature found.), to be sent again  payment.created #1");
	listening.child.kill("SIGINT");
	await listening.ended;
	server.close();
});

test("ends when the Worker refuses, and when the secret is malformed", async () => {
	const other = { ...fixture.env, API_KEY: "0123456789abcdef0123" };
	assert.equal((await run(["listen", "http://localhost:9/"], other)).code, 1);
	const output = await runHere(["listen", "http://localhost:9/"], { MERCHANT_WEBHOOK_SECRET: "whsec_ not Base64" });
	assert.equal(output.code, 2);
	assert.match(output.err, /It must be whsec_ and Base64/);
	const cursor = await runHere(["listen", "http://localhost:9/", "--cursor", "0.0"]);
	assert.equal(cursor.code, 1);
	assert.match(cursor.err, /field cursor/);
});
