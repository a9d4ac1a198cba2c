// What a new payment needs beside authentication: valid settings, and room within the platform's rate limit.

import type { Context, MiddlewareHandler } from "hono";
import type { App } from "./env.ts";
import { ProblemError } from "./problem.ts";
import { needed, settingsOf } from "./settings.ts";

/** Refuses where no payment could be started. Other wrong settings do not matter here. */
export const readyToPay: MiddlewareHandler<App> = async (c, next) => {
	const { client, shards, ledger } = settingsOf(c.env);
	needed(client);
	needed(shards);
	needed(ledger);
	await next();
};

/** Applies the rate limit to callers with the API key. */
export const withinRate: MiddlewareHandler<App> = async (c, next) => {
	await count(c, "payments");
	await next();
};

/** Counts a payment against the limit of its caller, where a rate limiter is bound. */
export async function count(c: Context<App>, caller: string): Promise<void> {
	const { rateLimiter } = settingsOf(c.env);
	if (rateLimiter.is !== "on") return;
	const { success } = await rateLimiter.value.limit({ key: caller });
	if (!success) throw new ProblemError("rate_limited", { headers: { "Retry-After": "10" } });
}
