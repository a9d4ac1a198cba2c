// The merchant hears of every final status, whatever is lost on the way: Flinks' webhooks are dropped, doubled, put out of
// order and forged, the merchant's endpoint fails for hours, and the Worker is killed now and then, under a clock that is
// moved over two days. At the end the merchant's own journal is compared, line by line, with what the sandbox knows.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import type { Outcome } from "../sandbox/src/sandbox.ts";
import { Chance } from "./crash/chance.ts";
import { type Product, Scene } from "./crash/scene.ts";
import { bundle } from "./crash/workerd.ts";

const SEED = Number(process.env.SEED ?? 1);
const MINUTE = 60_000;
const secret = `whsec_${Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64")}`;

interface Message {
	id: string;
	type: string;
	data: { id: string; referenceId: string; status: string; paid: boolean; final: boolean };
}

/** The merchant: his endpoint, and what it has taken, as often as it came. */
class Merchant {
	readonly taken: Message[] = [];
	/** Whether his endpoint works. */
	isUp = true;
	refused = 0;
	forged = 0;
	readonly #chance: Chance;
	readonly #server = createServer(async (request, response) => {
		const body = await text(request);
		const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = request.headers;
		// Not by the library's own look at the clock, which is not the Worker's.
		const expected = new Webhook(secret).sign(String(id), new Date(Number(at) * 1000), body);
		if (signature !== expected) this.forged += 1;
		const isLost = this.#chance.is(0.2);
		if (this.isUp || isLost) {
			// What is taken and not acknowledged comes again.
			const { type, data } = JSON.parse(body);
			this.taken.push({ id: String(id), type, data });
		}
		if (this.isUp && !isLost) response.writeHead(204).end();
		else {
			this.refused += 1;
			if (this.#chance.is(0.3)) response.destroy();
			else response.writeHead(this.#chance.of([302, 404, 410, 429, 500, 503]), { Location: "/" }).end();
		}
	});

	constructor(chance: Chance) {
		this.#chance = chance;
	}

	async listen(): Promise<string> {
		this.#server.listen(0, "127.0.0.1");
		await once(this.#server, "listening");
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks`;
	}

	close(): void {
		this.#server.close();
		this.#server.closeAllConnections();
	}

	/** What he has heard of an order, each message once, in the order in which they first came. */
	heardOf(referenceId: string): Message[] {
		const about = this.taken.filter(({ data }) => data.referenceId === referenceId);
		return about.filter(({ id }, index) => about.findIndex((other) => other.id === id) === index);
	}
}

const OUTCOMES: Record<Product, readonly Outcome[]> = {
	interac: ["accept", "accept", "decline", "cancel", "mismatch"],
	eft: ["accept", "accept", "cancel", "login_failed", "low_balance", "pad_pending"],
};

let folder: string;
before(async () => {
	folder = await bundle();
});

describe(`two days of losses, seed ${SEED}`, () => {
	const chance = new Chance(SEED);
	// Of his own, since his endpoint is asked in no certain order.
	const merchant = new Merchant(new Chance(SEED + 1_000));
	const orders = Array.from({ length: 40 }, (_, index) => ({
		key: `order-${SEED}-${index}`,
		product: chance.of<Product>(["interac", "eft", "eft"]),
		sessionId: "",
	}));
	let scene: Scene;

	before(async () => {
		const url = await merchant.listen();
		scene = await Scene.open(folder, {
			MERCHANT_WEBHOOK_URL: url,
			MERCHANT_WEBHOOK_SECRET: secret,
			FLINKS_TIMEOUT_MS: "2000",
		});
	});
	after(async () => {
		await scene?.close();
		merchant.close();
	});

	/** Time passes, for Flinks and for the Worker, and the alarm rings until it has nothing left to do. */
	async function pass(ms: number): Promise<void> {
		scene.sandbox.advance(ms);
		await scene.moveClock(scene.movedMs + ms);
		for (let rings = 0; rings < 4; rings++) await scene.ringAlarm();
	}

	/** A payment is asked for, and its payor does something about it, or not. */
	async function live(order: (typeof orders)[number]): Promise<void> {
		const { status, json, text } = await scene.ask(order.product, order.key);
		assert.equal(status, 201, text);
		order.sessionId = String(json.sessionId);
		await pass(3 * MINUTE);
		// Interac has no webhooks here: the alarm alone finds out.
		const spoils = order.product === "eft" && chance.is(0.8);
		if (spoils) scene.sandbox.webhookFault(chance.of(["drop", "duplicate", "reorder", "bad_signature"]));
		if (chance.is(0.85)) scene.play(order.sessionId, chance.of(OUTCOMES[order.product]));
		await pass(3 * MINUTE);
	}

	test("the merchant heard of every final status, and of nothing that was not", async () => {
		const waiting = [...orders];
		for (let hour = 0; hour < 48; hour++) {
			// His endpoint is down for a night, and now and then for a while.
			merchant.isUp = !(hour >= 8 && hour < 19) && chance.is(0.8);
			const [order] = waiting.splice(0, 1);
			if (order) await live(order);
			if (hour % 16 === 15) scene.sandbox.settle();
			if (hour % 11 === 5) await scene.restart();
			await pass(54 * MINUTE);
		}
		// Those that nobody paid, and those whose signature never came, expire.
		scene.sandbox.settle();
		merchant.isUp = true;
		for (let hour = 0; hour < 96; hour += 4) await pass(240 * MINUTE);
		await scene.sandbox.webhooksIdle();

		assert.ok(merchant.refused > 20, `only ${merchant.refused} refusals`);
		assert.equal(merchant.forged, 0);
		const faults = scene.sandbox.webhooks.map(({ fault }) => fault);
		for (const fault of ["drop", "duplicate", "bad_signature"]) assert.ok(faults.includes(fault as never), fault);
		const known = await scene.list();
		const lines = orders.map(({ key }) => {
			const truth = known.find(({ referenceId }) => referenceId === key);
			const heard = merchant.heardOf(key);
			const last = heard.at(-1)?.data;
			return {
				key,
				truth: `${truth?.status} ${truth?.paid}`,
				heard: `${last?.status} ${last?.paid}`,
				first: heard[0]?.type,
			};
		});
		assert.deepEqual(
			lines.map(({ key, heard, first }) => [key, heard, first]),
			lines.map(({ key, truth }) => [key, truth, "payment.created"]),
		);
	});

	test("what the Worker knows is what the sandbox knows, and it is final", async () => {
		const known = await scene.list();
		const atFlinks = await statusesAtFlinks(scene);
		for (const { key, sessionId } of orders) {
			const truth = known.find(({ referenceId }) => referenceId === key);
			const status = atFlinks.get(sessionId);
			assert.equal(truth?.status, status, key);
			// A signature that never came leaves it open.
			assert.equal(truth?.final, status !== "Completed" || truth?.paid, key);
		}
	});

	test("no message ran ahead of an older one", () => {
		const ranks = ["Initiated", "InProgress", "Processing", "Completed", "Accepted", "Processed", "Settled"];
		for (const { key } of orders) {
			const statuses = merchant.heardOf(key).map(({ data }) => ranks.indexOf(data.status));
			const known = statuses.filter((rank) => rank >= 0);
			assert.deepEqual(
				known,
				known.toSorted((a, b) => a - b),
				key,
			);
		}
	});
});

/** The sandbox's word on each session. */
async function statusesAtFlinks({ sandbox }: Scene): Promise<Map<string, string>> {
	const state = await (await sandbox.fetch("http://sandbox.invalid/sandbox/state")).json();
	const { payments } = state as { payments: { sessionId: string; status: string }[] };
	return new Map(payments.map(({ sessionId, status }) => [sessionId, status]));
}
