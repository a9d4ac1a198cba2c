// A reader of `GET /events`, a page at a time, while payments go on; and what must hold of all that it has read.

import type { System } from "../crash/system.ts";
import type { Merchant, Message } from "./merchant.ts";

/** A change as `GET /events` has it. */
export type Recorded = Pick<Message, "id" | "type" | "effect" | "data"> & { sequence: number; timestamp: string };

interface Page {
	events: Recorded[];
	next: string;
	more: boolean;
}

export class FeedReader {
	/** In the order in which they came. */
	readonly events: Recorded[] = [];
	readonly #system: System;
	readonly #query: string;
	#next: string | undefined;

	/** @param query Further parameters, each after an `&`. */
	constructor(system: System, query = "", from?: string) {
		this.#system = system;
		this.#query = query;
		this.#next = from;
	}

	/** Reads one page; false when it was the last. */
	async readPage(): Promise<boolean> {
		const cursor = this.#next === undefined ? "" : `&cursor=${this.#next}`;
		const { status, json, text } = await this.#system.call("GET", `/events?limit=3${this.#query}${cursor}`);
		if (status !== 200) throw new Error(text);
		const { events, next, more } = json as unknown as Page;
		this.events.push(...events);
		this.#next = next;
		return more;
	}

	async readAll(): Promise<readonly Recorded[]> {
		while (await this.readPage());
		return this.events;
	}
}

/** What is wrong with the events that the reader has read since its start, in words. */
export async function feedComplaints(system: System, merchant: Merchant, reader: FeedReader): Promise<string[]> {
	const all = await new FeedReader(system).readAll();
	const read = await reader.readAll();
	const ids = (events: readonly { id: string }[]) => events.map(({ id }) => id).toSorted();
	const complaints =
		String(ids(read)) === String(ids(all)) ? [] : ["the reader has other events than `GET /events` has now"];
	if (new Set(ids(all)).size !== all.length) complaints.push("an event comes twice");
	for (const payment of new Set(all.map(({ data }) => data.id))) {
		for (const events of [all, read]) {
			const numbers = events.filter(({ data }) => data.id === payment).map(({ sequence }) => sequence);
			const isInOrder = numbers.every((number, index) => number === index + 1);
			if (!isInOrder) complaints.push(`the events of ${payment} come as ${numbers}`);
		}
	}
	for (const { id, type, effect, data } of merchant.taken) {
		const event = all.find((one) => one.id === id);
		const isSame = event?.type === type && event.effect === effect && event.data.status === data.status;
		if (!isSame)
			complaints.push(`${id} was sent as ${type} (${effect}), and is listed as ${event?.type} (${event?.effect})`);
	}
	return complaints;
}
