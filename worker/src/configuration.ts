// `GET /config`: which bindings are set, which are unusable and why, and what is off meanwhile. The value of a secret is
// never shown, nor is a refused value: it may be a secret in the wrong place.

import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { version } from "../package.json";
import { withApiKey } from "./auth.ts";
import { BINDINGS, type Binding } from "./bindings.ts";
import type { App, Env } from "./env.ts";
import { callLedger } from "./ledger/client.ts";
import { answers } from "./openapi.ts";
import { Configuration } from "./schemas/configuration.ts";
import { bindingValue, type Settings, settingsOf } from "./settings.ts";

const show = createRoute({
	method: "get",
	path: "/config",
	operationId: "getConfiguration",
	summary: "The settings of this deployment, and what is wrong with them",
	description:
		"Every binding, and whether it is set, unset or refused, without the values of secrets. With `check=1` the Worker finds out " +
		"which settings Flinks wants: it creates nothing, takes up to 45 seconds, and may begin once a minute.",
	security: [{ apiKey: [] }],
	middleware: [withApiKey] as const,
	request: {
		query: z.strictObject({
			check: z.literal("1").optional().openapi({ description: "Finds out which settings Flinks wants." }),
		}),
	},
	responses: answers(200, "The settings in force.", Configuration, [400, 401, 429, 500, 503]),
});

export function addConfiguration(app: OpenAPIHono<App>): void {
	app.openapi(show, async (c) => {
		const settings = settingsOf(c.env);
		const names = Object.keys(BINDINGS) as Binding[];
		const bindings = names.map((name) => described(c.env, settings, name));
		// In one object, so that at most one check runs, wherever it was requested.
		const isWanted = c.req.valid("query").check !== undefined;
		const check = isWanted ? await callLedger(c.env, 0, (first) => first.checkSettings(), { twice: false }) : undefined;
		return c.json({ version, features: featuresOf(c.env, settings), bindings, ...(check && { check }) }, 200);
	});
}

function described(env: Env, { faults }: Settings, name: Binding): Configuration["bindings"][number] {
	const [kind, , meanwhile] = BINDINGS[name];
	const fault = faults.find(({ binding }) => binding === name);
	const value = bindingValue(env, name);
	if (fault !== undefined) {
		const why = `${fault.fault}. ${fault.remedy}`;
		return { name, state: value === undefined ? "unset" : "refused", why, meanwhile };
	}
	if (value === undefined) return { name, state: "unset" };
	const isShown = kind === "var" && typeof value === "string";
	return { name, state: "set", ...(isShown ? { value: shown(value) } : {}) };
}

/** Without the query, which may contain a password. */
function shown(value: string): string {
	return value.split("?", 1)[0] ?? "";
}

function featuresOf(env: Env, settings: Settings): Configuration["features"] {
	const { client, shards, ledger, flinksWebhook, merchantWebhook, orders, statusDeadlineMs, retentionMs } = settings;
	const isWanted = "fault" in flinksWebhook && bindingValue(env, flinksWebhook.fault.binding) !== undefined;
	return {
		payments: [client, shards, ledger].every((setting) => "value" in setting) ? "on" : "off",
		flinksWebhook: "value" in flinksWebhook ? "on" : isWanted ? "off" : "unset",
		merchantWebhook: merchantWebhook.is,
		orders: orders.is,
		statusDeadline: statusDeadlineMs === undefined ? "off" : "on",
		retention: retentionMs === undefined ? "off" : "on",
		rateLimit: settings.rateLimiter.is,
	};
}
