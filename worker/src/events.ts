// `GET /events`: every change of every payment, for whoever lost a message or has no endpoint to be told at. Each object of
// the ledger has its changes in one order, and a cursor is a place in each: what is written later comes after it, whichever
// object writes it, so that nothing is skipped and nothing comes twice.

import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { withApiKey } from "./auth.ts";
import type { App, Env } from "./env.ts";
import type { FeedQuery as Asked, Feed } from "./ledger/outbox.ts";
import { ask, shardOfPayment } from "./ledger/shards.ts";
import { answers } from "./openapi.ts";
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
		const feeds = await Promise.all(
			places.map((after, shard) => {
				const isAsked = only === undefined || only === shard;
				return isAsked ? feedOf(c.env, shard, { after, paymentId, type, limit }) : nothing(after);
			}),
		);
		return c.json(merge(places, feeds, limit), 200);
	});
}

function feedOf(env: Env, shard: number, query: Asked): Promise<Feed> {
	return ask(env, shard, (ledger) => ledger.feed(query));
}

function nothing(looked: number): Feed {
	return { messages: [], looked, more: false };
}

async function latest(env: Env, shards: number): Promise<number[]> {
	const ends = Array.from({ length: shards }, (_, shard) => ask(env, shard, (ledger) => ledger.latest()));
	return (await Promise.all(ends)).map(({ position }) => position);
}

/** The pages of all objects as one: by time, and of each object in its own order, whatever its clock has done. */
function merge(places: readonly number[], feeds: readonly Feed[], limit: number): FeedPage {
	const queues = feeds.map((feed, shard) => ({ ...feed, waiting: [...feed.messages], place: places[shard] ?? 0 }));
	const events: RecordedMessage[] = [];
	while (events.length < limit) {
		const first = queues.reduce((one, other) => (timeOf(other) < timeOf(one) ? other : one));
		const message = first.waiting.shift();
		if (message === undefined) break;
		const { position, ...event } = message;
		first.place = position;
		events.push(event);
	}
	const next = queues.map(({ waiting, looked, place }) => (waiting.length === 0 ? looked : place));
	return { events, next: textOf(next), more: queues.some(({ more, waiting }) => more || waiting.length > 0) };
}

/** When the next one of an object was, in text that sorts as times do; after all others where there is none. */
function timeOf({ waiting: [next] }: { waiting: readonly RecordedMessage[] }): string {
	return next?.timestamp ?? "~";
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
