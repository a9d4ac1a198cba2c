// One page of the items of all objects of the ledger, merged by their order. Each object is first asked for few items,
// and for more only where the page needs them, so that a short page costs little. An object that does not answer is left
// out and named: the page of the others is better than none.

import { ProblemError } from "./problem.ts";
import { withTimeout } from "./timeout.ts";

/** An item of an object, with its place there. */
export interface Placed<Item, Place> {
	item: Item;
	place: Place;
}

/** The items of an object after a place. */
export interface Chunk<Item, Place> {
	found: Placed<Item, Place>[];
	/** The last place that was read. */
	looked: Place;
	more: boolean;
}

export interface PageRequest<Item, Place> {
	/** The place after which each object is read, by the object's number. */
	places: readonly Place[];
	limit: number;
	/** Reads so many items of an object. It may give more. */
	chunkOf(shard: number, after: Place, count: number): Promise<Chunk<Item, Place>>;
	isBefore(one: Item, other: Item): boolean;
}

export interface Page<Item, Place> {
	items: Item[];
	/** The place up to which each object was read. */
	places: Place[];
	more: boolean;
	missing: number[];
}

const MAX_CONCURRENT = 64;
const ANSWER_MS = 8_000;

/**
 * Makes a page.
 *
 * @throws {ProblemError} The problem of the deployment that an object reports, or the last failure where no object
 * answers.
 */
export async function pageOf<Item, Place>(request: PageRequest<Item, Place>): Promise<Page<Item, Place>> {
	const { places, limit, isBefore } = request;
	const sources = places.map((place, shard) => new Source(shard, place, request));
	const items: Item[] = [];
	while (items.length < limit) {
		const empty = sources.filter(({ needsRefill }) => needsRefill);
		for (let from = 0; from < empty.length; from += MAX_CONCURRENT) {
			await Promise.all(empty.slice(from, from + MAX_CONCURRENT).map((source) => source.refill()));
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

/** One object's items, as far as they were read. */
class Source<Item, Place> {
	readonly shard: number;
	/** The place of its last item on the page, or the last place that was read without an item. */
	place: Place;
	/** Set where the object did not answer. */
	failure: Error | undefined;
	readonly #request: PageRequest<Item, Place>;
	#chunk: Chunk<Item, Place>;
	#count: number;
	/** Set after a scan that found too few items: the next page goes on. */
	#isScanned = false;

	constructor(shard: number, place: Place, request: PageRequest<Item, Place>) {
		this.shard = shard;
		this.place = place;
		this.#request = request;
		this.#chunk = { found: [], looked: place, more: true };
		// Where items are spread evenly, most pages need no second call.
		this.#count = Math.ceil((2 * request.limit) / request.places.length) + 1;
	}

	get first(): Placed<Item, Place> | undefined {
		return this.#chunk.found[0];
	}

	/** Whether it must be read on before the next item of the page is known. */
	get needsRefill(): boolean {
		return this.first === undefined && this.#chunk.more && !this.#isScanned && this.failure === undefined;
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
		const count = Math.min(this.#count, this.#request.limit);
		this.#count *= 2;
		try {
			const read = this.#request.chunkOf(this.shard, this.#chunk.looked, count);
			const chunk = await withTimeout(
				read,
				ANSWER_MS,
				() => new ProblemError("overloaded", { headers: { "Retry-After": "5" } }),
			);
			this.#chunk = { ...chunk, found: [...chunk.found] };
			if (this.first === undefined) this.place = chunk.looked;
			this.#isScanned = chunk.found.length < count;
		} catch (error) {
			// Such a problem concerns all objects.
			if (error instanceof ProblemError && error.code !== "overloaded") throw error;
			this.failure = error instanceof Error ? error : new Error("An object did not answer.");
		}
	}
}
