// `GET /events`: every change of every payment, for a merchant who lost a message or has no endpoint. Each object of the
// ledger has its own feed, and a cursor is a position in each of them. Later changes come after the cursor, in whichever
// object, so that none is skipped and none comes twice.

import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { withApiKey } from "./auth.ts";
import type { App, Env } from "./env.ts";
import { callLedger, shardOfPayment } from "./ledger/client.ts";
import { answers } from "./openapi.ts";
import { pageOf } from "./paging.ts";
import { ProblemError } from "./problem.ts";
import { FeedPage, FeedQuery, type RecordedMessage } from "./schemas/events.ts";
import { needed, settingsOf } from "./settings.ts";

const list = createRoute({
	method: "get",
	path: "/events",
	operationId: "listEvents",
	summary: "List the changes of all payments, the oldest first",
	description:
		"The messages to your endpoint, including undelivered ones and those from before there was an endpoint. Read on from `next`: " +
		"no change is skipped and none comes twice. Changes are kept for as long as their payments.",
	security: [{ apiKey: [] }],
	middleware: [withApiKey] as const,
	request: { query: FeedQuery },
	responses: answers(200, "A page of changes.", FeedPage, [400, 401, 404, 500, 503]),
});

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
				// The payment's own object has all its events in one call.
				const filter = { after, paymentId, type, limit: only === undefined ? count : limit };
				const feed = await callLedger(c.env, shard, (ledger) => ledger.feed(filter));
				const found = feed.messages.map(({ position, ...item }) => ({ item, place: position }));
				return { found, looked: feed.looked, more: feed.more };
			},
		});
		const missing = page.missing.length > 0 && { missing: page.missing };
		return c.json({ events: page.items, next: textOf(page.places), more: page.more, ...missing }, 200);
	});
}

async function latest(env: Env, shards: number): Promise<number[]> {
	const ends = Array.from({ length: shards }, (_, shard) => callLedger(env, shard, (ledger) => ledger.latest()));
	return (await Promise.all(ends)).map(({ position }) => position);
}

/** The text of a cursor: a position in each object's feed. */
function textOf(places: readonly number[]): string {
	return places.map((place) => place.toString(36)).join(".");
}

async function placesOf(env: Env, cursor: string | undefined, shards: number): Promise<number[]> {
	if (cursor === undefined) return Array.from({ length: shards }, () => 0);
	const places = cursor.split(".").map((place) => Number.parseInt(place, 36));
	if (places.length === shards) return places;
	// Throws where LEDGER_SHARDS was changed, since then the cursor is not what is wrong.
	await callLedger(env, 0, (first) => first.latest());
	const detail = `cursor has ${places.length} positions, and the ledger has ${shards} objects. Use the \`next\` of another page.`;
	throw new ProblemError("not_found", { field: "cursor", detail });
}
