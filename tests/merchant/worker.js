// A merchant's back end on Workers, with D1: the sample of docs/receiving.md, and a receiver that records its calls.

import { createReceiver } from "flinkspay-edge/merchant";
import { writingDown } from "../../tests/merchant/calls.ts";
import { d1Store } from "./d1Store.ts";
import shop from "./hono.ts";

export default {
	async fetch(request, env) {
		const sql = async (text, ...values) =>
			(
				await env.DB.prepare(text)
					.bind(...values)
					.all()
			).results;
		switch (new URL(request.url).pathname) {
			case "/ready":
				return new Response();
			case "/sql":
				return Response.json(await sql(...(await request.json())));
			case "/store": {
				const [name, ...given] = await request.json();
				return Response.json((await d1Store(env.DB)[name](...given)) ?? null);
			}
			case "/":
				return createReceiver({
					secrets: [env.MERCHANT_WEBHOOK_SECRET],
					store: d1Store(env.DB),
					...writingDown(sql),
				}).fetch(request);
			default:
				return shop.fetch(request, env);
		}
	},
};
