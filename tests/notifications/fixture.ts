// The Worker, Flinks and the merchant, for tests that follow a payment over days.

import type { Step } from "../../sandbox/src/types.ts";
import { type AnyProduct, type Product, System } from "../crash/system.ts";
import { Merchant } from "./merchant.ts";

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const DEADLINE = 168 * HOUR;

type Bindings = Readonly<Record<string, string>>;

export class Fixture {
	readonly system: System;
	readonly merchant: Merchant;
	readonly #bindings: Bindings;

	private constructor(system: System, merchant: Merchant, bindings: Bindings) {
		this.system = system;
		this.merchant = merchant;
		this.#bindings = bindings;
	}

	static async open(folder: string, bindings: Bindings = {}): Promise<Fixture> {
		const merchant = new Merchant();
		await merchant.listen();
		const all = { ...merchant.bindings, ...bindings };
		// Long enough for payors who pay after days.
		const options = { sessionExpiresInSeconds: 30 * 86_400, requestExpiresInSeconds: 30 * 86_400 };
		return new Fixture(await System.open(folder, all, options), merchant, all);
	}

	async close(): Promise<void> {
		this.merchant.mode = "up";
		this.merchant.cut();
		await this.system.close();
		this.merchant.close();
	}

	/** Restarts the Worker with these bindings over its own; an empty one counts as unset. */
	restartWith(bindings: Bindings): Promise<void> {
		return this.system.restartWith({ ...this.#bindings, ...bindings });
	}

	/** A payment whose payor has done nothing yet. */
	async start(product: AnyProduct, key: string): Promise<{ id: string; sessionId: string }> {
		const { status, json, text } = await this.system.ask(product, key);
		if (status !== 201) throw new Error(`${key}: ${text}`);
		return { id: String(json.id), sessionId: String(json.sessionId) };
	}

	/** A payment whose create was sent and whose answer is lost. Gives its id, and what Flinks has. */
	async startUnknown(product: Product, key: string): Promise<{ id: string; sessionId: string; requestId?: string }> {
		const step = product === "eft" ? "session" : "payment_request";
		this.system.plan({ step, when: "after", act: async () => {} });
		const { json } = await this.system.ask(product, key);
		if (json.code !== "outcome_unknown") throw new Error(`${key}: ${JSON.stringify(json)}`);
		const { sessionId = "", requestId } = this.system.gateway.wire.at(-1)?.entry ?? {};
		return { id: String(json.id), sessionId, ...(requestId === undefined ? {} : { requestId }) };
	}

	/** Moves the clock by days, until the Worker polls its payments only every six hours. */
	async age(): Promise<void> {
		for (let looks = 0; looks < 18; looks++) await this.system.pass(7 * HOUR);
	}

	/** The payor does something, and its webhook is lost. */
	playSilently(sessionId: string, outcome: Parameters<System["play"]>[1]): void {
		this.system.sandbox.webhookFault("drop");
		this.system.play(sessionId, outcome);
	}

	readsOf(sessionId: string): number {
		const steps: readonly Step[] = ["session_status", "session_details"];
		return this.system.gateway.wire.filter((sent) => steps.includes(sent.step) && sent.sessionId === sessionId).length;
	}

	/** Whether the order's latest message has this status. */
	hasLatestStatus(referenceId: string, status: string): boolean {
		return this.merchant.latestDataOf(referenceId)?.status === status;
	}
}

export async function withFixture(
	folder: string,
	bindings: Bindings,
	work: (fixture: Fixture) => Promise<void>,
): Promise<void> {
	const fixture = await Fixture.open(folder, bindings);
	try {
		await work(fixture);
	} finally {
		await fixture.close();
	}
}

/** Far more than anything takes, also on a machine that is busy. */
const PATIENCE_MS = 120_000;

export async function until<T>(what: string, holds: () => T | Promise<T>): Promise<NonNullable<T>> {
	const end = Date.now() + PATIENCE_MS;
	for (;;) {
		const value = await holds();
		if (value !== false && value !== undefined && value !== null) return value;
		if (Date.now() > end) throw new Error(`timed out waiting until ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}
