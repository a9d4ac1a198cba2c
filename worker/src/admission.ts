// What lets a payment begin once it is known who asks: settings that can be used, and the platform's own rate limiter.

import type { Context, MiddlewareHandler } from "hono";
import type { App } from "./env.ts";
import { ProblemError } from "./problem.ts";
import { needed, settingsOf } from "./settings.ts";

/** Refuses where no payment could be started. What else is wrong with the settings keeps none from it. */
export const readyToPay: MiddlewareHandler<App> = async (c, next) => {
	const { client, shards, ledger } = settingsOf(c.env);
	needed(client);
	needed(shards);
	needed(ledger);
	await next();
};

/** For those who have the API key. */
export const withinRate: MiddlewareHandler<App> = async (c, next) => {
	await count(c, "payments");
	await next();
};

/** Counts one payment for whoever asks, where the deployment has bound a limiter. Each is counted apart. */
export async function count(c: Context<App>, asker: string): Promise<void> {
	const { rateLimiter } = settingsOf(c.env);
	if (rateLimiter.is !== "on") return;
	const { success } = await rateLimiter.value.limit({ key: asker });
	if (!success) throw new ProblemError("rate_limited", { headers: { "Retry-After": "10" } });
}
