// What this deployment is set to, for whoever runs it: which bindings are set, which cannot be used and why, and what is
// off meanwhile. A secret's value is never told, nor is one that was refused: it may be a secret in the wrong place.

import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { version } from "../package.json";
import { withApiKey } from "./auth.ts";
import { BINDINGS, type Binding } from "./bindings.ts";
import type { App, Env } from "./env.ts";
import { ask } from "./ledger/shards.ts";
import { answers } from "./openapi.ts";
import { given, type Settings, settingsOf } from "./settings.ts";

const State = z.enum(["on", "off", "unset"]);

const lines = (description: string) => z.array(z.string()).openapi({ description });

/** What the doctor has found. */
const Check = z
	.object({
		ok: z.boolean().openapi({ description: "Whether all is settled that reading can settle, and nothing is wrong." }),
		problems: lines("What is wrong, and what to do about it."),
		settled: lines("What is settled by what was seen."),
		unknown: lines("What remains open."),
		settings: z.record(z.string(), z.string()).openapi({ description: "The bindings to write; no secret's." }),
		devVars: lines("The same for `.dev.vars`."),
		wrangler: lines("The same for a deployment."),
		steps: z.array(
			z.object({
				method: z.string(),
				path: z.string(),
				sent: lines("How the credentials or the token were sent, and which headers beside."),
				status: z.int().optional(),
				contentType: z.string().optional(),
				isJson: z.boolean().optional(),
				fields: z.array(z.string()).optional().openapi({ description: "The names at the top level of the JSON." }),
				redirectsTo: z.string().optional(),
				failure: z.string().optional().openapi({ description: "Why there is no answer." }),
				looksLocked: z.boolean().optional(),
			}),
		),
	})
	.openapi("Check");

const Configuration = z
	.object({
		version: z.string().openapi({ description: "Of the Worker." }),
		features: z
			.object({
				payments: State.openapi({ description: "Starting payments, and reading them at Flinks." }),
				flinksWebhook: State.openapi({ description: "`POST /webhooks/flinks`." }),
				merchantWebhook: State.openapi({ description: "Messages to your endpoint." }),
				orders: State.openapi({ description: "Orders that pages bring." }),
				statusDeadline: State.openapi({ description: "Giving up on payments that never become final." }),
				retention: State.openapi({ description: "Deleting amounts and timelines." }),
				rateLimit: State,
			})
			.openapi({ description: "`off` is what is set half or wrongly; `unset` what nobody has asked for." }),
		bindings: z.array(
			z.object({
				name: z.enum(Object.keys(BINDINGS) as [Binding, ...Binding[]]),
				state: z.enum(["set", "unset", "refused"]),
				value: z.string().optional().openapi({ description: "Of a plain setting; never of a secret." }),
				why: z.string().optional().openapi({ description: "What is wrong with it, and what it must be." }),
				meanwhile: z.string().optional().openapi({ description: "What does not work until it is right." }),
			}),
		),
		check: Check.optional(),
	})
	.openapi("Configuration");
export type Configuration = z.infer<typeof Configuration>;

const show = createRoute({
	method: "get",
	path: "/config",
	operationId: "getConfiguration",
	summary: "What this deployment is set to, and what is wrong with it",
	description:
		"Every binding, and whether it is set, unset or refused. No secret's value is in it. With `check=1` Flinks is asked " +
		"which settings it wants: nothing is created, it takes up to 45 seconds, and the next check may begin a minute later.",
	security: [{ apiKey: [] }],
	middleware: [withApiKey] as const,
	request: {
		query: z.strictObject({
			check: z.literal("1").optional().openapi({ description: "Whether Flinks is asked what it wants." }),
		}),
	},
	responses: answers(200, "The settings in force.", Configuration, [400, 401, 429, 500, 503]),
});

/** Adds the route to the app. */
export function addConfiguration(app: OpenAPIHono<App>): void {
	app.openapi(show, async (c) => {
		const settings = settingsOf(c.env);
		const names = Object.keys(BINDINGS) as Binding[];
		const bindings = names.map((name) => described(c.env, settings, name));
		// In one object, so that no more than one check runs, wherever it is asked for.
		const isWanted = c.req.valid("query").check !== undefined;
		const check = isWanted ? await ask(c.env, 0, (first) => first.examine(), { twice: false }) : undefined;
		return c.json({ version, features: featuresOf(c.env, settings), bindings, ...(check && { check }) }, 200);
	});
}

function described(env: Env, { faults }: Settings, name: Binding): Configuration["bindings"][number] {
	const fault = faults.find(({ binding }) => binding === name);
	const value = given(env, name);
	if (fault !== undefined) {
		const why = `${fault.fault}. ${fault.remedy}`;
		return { name, state: value === undefined ? "unset" : "refused", why, meanwhile: BINDINGS[name].meanwhile };
	}
	if (value === undefined) return { name, state: "unset" };
	const isShown = BINDINGS[name].kind === "var" && typeof value === "string";
	return { name, state: "set", ...(isShown ? { value: shown(value) } : {}) };
}

/** Without a query, which may be as good as a password. */
function shown(value: string): string {
	return value.split("?", 1)[0] ?? "";
}

function featuresOf(env: Env, settings: Settings): Configuration["features"] {
	const { client, shards, ledger, flinksWebhook, merchantWebhook, orders, statusDeadlineMs, retentionMs } = settings;
	const isWanted = "fault" in flinksWebhook && given(env, flinksWebhook.fault.binding) !== undefined;
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
