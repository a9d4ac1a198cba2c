// `GET /events`: every change of every payment, for whoever lost a message or has no endpoint to be told at. Each object of
// the ledger has its changes in one order, and a cursor is a place in each: what is written later comes after it, whichever
// object writes it, so that nothing is skipped and nothing comes twice.

import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { withApiKey } from "./auth.ts";
import type { App, Env } from "./env.ts";
import { ask, shardOfPayment } from "./ledger/shards.ts";
import { answers } from "./openapi.ts";
import { pageOf } from "./pages.ts";
import { ProblemError } from "./problem.ts";
import { FeedPage, FeedQuery, type RecordedMessage } from "./schemas.ts";
import { needed, settingsOf } from "./settings.ts";

const list = createRoute({
	method: "get",
	path: "/events",
	operationId: "listEvents",
	summary: "Every change of every payment, the oldest first, a page at a time",
	description:
		"What your endpoint is told, also where it was not told or there is none. Keep `next`, and ask from there on: nothing " +
		"is skipped and nothing comes twice. Changes are kept for as long as their payments.",
	security: [{ apiKey: [] }],
	middleware: [withApiKey] as const,
	request: { query: FeedQuery },
	responses: answers(200, "A page.", FeedPage, [400, 401, 404, 500, 503]),
});

/** Adds the route to the app. */
export function addEvents(app: OpenAPIHono<App>): void {
	app.openapi(list, async (c) => {
		const { cursor, paymentId, type, limit = 50 } = c.req.valid("query");
		const shards = needed(settingsOf(c.env).shards);
		if (cursor === "latest") return c.json({ events: [], next: textOf(await latest(c.env, shards)), more: false }, 200);
		const places = await placesOf(c.env, cursor, shards);
		const only = paymentId === undefined ? undefined : await shardOfPayment(c.env, paymentId);
		const page = await pageOf<RecordedMessage, number>({
			places,
			limit,
			isBefore: (one, other) => one.timestamp < other.timestamp,
			chunkOf: async (shard, after, count) => {
				if (only !== undefined && only !== shard) return { found: [], looked: after, more: false };
				// Of one payment its object has all, and is asked once.
				const asked = { after, paymentId, type, limit: only === undefined ? count : limit };
				const feed = await ask(c.env, shard, (ledger) => ledger.feed(asked));
				const found = feed.messages.map(({ position, ...item }) => ({ item, place: position }));
				return { found, looked: feed.looked, more: feed.more };
			},
		});
		const missing = page.missing.length > 0 && { missing: page.missing };
		return c.json({ events: page.items, next: textOf(page.places), more: page.more, ...missing }, 200);
	});
}

async function latest(env: Env, shards: number): Promise<number[]> {
	const ends = Array.from({ length: shards }, (_, shard) => ask(env, shard, (ledger) => ledger.latest()));
	return (await Promise.all(ends)).map(({ position }) => position);
}

/** A place in each object, in the form of a cursor. */
function textOf(places: readonly number[]): string {
	return places.map((place) => place.toString(36)).join(".");
}

async function placesOf(env: Env, cursor: string | undefined, shards: number): Promise<number[]> {
	if (cursor === undefined) return Array.from({ length: shards }, () => 0);
	const places = cursor.split(".").map((place) => Number.parseInt(place, 36));
	if (places.length === shards) return places;
	// Where LEDGER_SHARDS has been changed, it says so: the cursor is right.
	await ask(env, 0, (first) => first.latest());
	const detail = `cursor has ${places.length} places, and there are ${shards}: it must be the next of another page.`;
	throw new ProblemError("not_found", { field: "cursor", detail });
}
