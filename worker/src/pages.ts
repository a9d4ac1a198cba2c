// A page of what all objects of the ledger have, each in its own order. An object is asked for little at first, and for more
// only where the page turns out to need it, so that a page costs what it holds. One that does not answer is left out and
// named: the others' page is of more use than none.

import { ProblemError } from "./problem.ts";

/** Something of an object, and the place that it has there. */
export interface Placed<Item, Place> {
	item: Item;
	place: Place;
}

/** What an object has after a place. */
export interface Chunk<Item, Place> {
	found: Placed<Item, Place>[];
	/** The last place that was looked at. */
	looked: Place;
	/** Whether there is something after it. */
	more: boolean;
}

/** What is asked of the objects. */
export interface Asked<Item, Place> {
	/** The place after which each object is read, by its number. */
	places: readonly Place[];
	limit: number;
	/** Asks an object for so many; more do no harm. */
	chunkOf(shard: number, after: Place, count: number): Promise<Chunk<Item, Place>>;
	isBefore(one: Item, other: Item): boolean;
}

/** A page of all objects. */
export interface Page<Item, Place> {
	items: Item[];
	/** How far each object has been read. */
	places: Place[];
	/** Whether there is something after it. */
	more: boolean;
	/** The numbers of the objects that did not answer. */
	missing: number[];
}

/** How many objects are asked at the same time. */
const AT_ONCE = 64;
/** How long an object may take to answer. */
const ANSWER_MS = 8_000;

/**
 * Puts a page together.
 *
 * @throws {ProblemError} What an object says of the deployment, or what the last one failed with where none answers.
 */
export async function pageOf<Item, Place>(asked: Asked<Item, Place>): Promise<Page<Item, Place>> {
	const { places, limit, isBefore } = asked;
	const sources = places.map((place, shard) => new Source(shard, place, asked));
	const items: Item[] = [];
	while (items.length < limit) {
		const dry = sources.filter(({ isDry }) => isDry);
		for (let from = 0; from < dry.length; from += AT_ONCE) {
			await Promise.all(dry.slice(from, from + AT_ONCE).map((source) => source.refill()));
		}
		const first = sources.reduce<Source<Item, Place> | undefined>((one, other) => {
			if (other.first === undefined) return one;
			return one?.first === undefined || isBefore(other.first.item, one.first.item) ? other : one;
		}, undefined);
		const item = first?.take();
		if (item === undefined) break;
		items.push(item);
	}
	const missing = sources.filter(({ failure }) => failure !== undefined);
	if (missing.length === sources.length) throw missing.at(-1)?.failure;
	return {
		items,
		places: sources.map(({ place }) => place),
		more: sources.some(({ hasMore }) => hasMore),
		missing: missing.map(({ shard }) => shard),
	};
}

/** One object, as far as it was read. */
class Source<Item, Place> {
	readonly shard: number;
	/** What has come of it onto the page, or was looked at in vain. */
	place: Place;
	/** Why it did not answer. */
	failure: Error | undefined;
	readonly #asked: Asked<Item, Place>;
	#chunk: Chunk<Item, Place>;
	#count: number;
	/** It has looked through much in vain: it goes on with the next page. */
	#isTired = false;

	constructor(shard: number, place: Place, asked: Asked<Item, Place>) {
		this.shard = shard;
		this.place = place;
		this.#asked = asked;
		this.#chunk = { found: [], looked: place, more: true };
		// Of what is spread evenly, most pages need no second question.
		this.#count = Math.ceil((2 * asked.limit) / asked.places.length) + 1;
	}

	get first(): Placed<Item, Place> | undefined {
		return this.#chunk.found[0];
	}

	/** Whether it must be asked before it is known what comes next on the page. */
	get isDry(): boolean {
		return this.first === undefined && this.#chunk.more && !this.#isTired && this.failure === undefined;
	}

	get hasMore(): boolean {
		return this.failure === undefined && (this.first !== undefined || this.#chunk.more);
	}

	take(): Item | undefined {
		const taken = this.#chunk.found.shift();
		if (taken !== undefined) this.place = this.first === undefined ? this.#chunk.looked : taken.place;
		return taken?.item;
	}

	async refill(): Promise<void> {
		const count = Math.min(this.#count, this.#asked.limit);
		this.#count *= 2;
		const late = Promise.withResolvers<never>();
		const timer = setTimeout(
			() => late.reject(new ProblemError("overloaded", { headers: { "Retry-After": "5" } })),
			ANSWER_MS,
		);
		try {
			const chunk = await Promise.race([this.#asked.chunkOf(this.shard, this.#chunk.looked, count), late.promise]);
			this.#chunk = { ...chunk, found: [...chunk.found] };
			if (this.first === undefined) this.place = chunk.looked;
			this.#isTired = chunk.found.length < count;
		} catch (error) {
			// It concerns all of them.
			if (error instanceof ProblemError && error.code !== "overloaded") throw error;
			this.failure = error instanceof Error ? error : new Error("An object did not answer.");
		} finally {
			clearTimeout(timer);
		}
	}
}
