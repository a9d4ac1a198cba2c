// The answer of `GET /config`.

import { z } from "@hono/zod-openapi";
import { BINDINGS, type Binding } from "../bindings.ts";

const State = z.enum(["on", "off", "unset"]);

const lines = (description: string) => z.array(z.string()).openapi({ description });

/** The report of the doctor (`doctor.ts`). */
const CheckReport = z
	.object({
		ok: z.boolean().openapi({ description: "Whether reading found nothing wrong." }),
		problems: lines("What is wrong, and what to do."),
		settled: lines("What the answers have settled."),
		unknown: lines("What is still open."),
		settings: z.record(z.string(), z.string()).openapi({ description: "The bindings to set, without secrets." }),
		devVars: lines("The lines for `.dev.vars`."),
		wrangler: lines("The commands and `vars` of a deployment."),
		steps: z.array(
			z.object({
				method: z.string(),
				path: z.string(),
				sent: lines("How the credentials or the token were sent, and which other headers."),
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
export type CheckReport = z.infer<typeof CheckReport>;

export const Configuration = z
	.object({
		version: z.string().openapi({ description: "The version of the Worker." }),
		features: z
			.object({
				payments: State.openapi({ description: "Starting payments, and reading them at Flinks." }),
				flinksWebhook: State.openapi({ description: "`POST /webhooks/flinks`." }),
				merchantWebhook: State.openapi({ description: "Messages to your endpoint." }),
				orders: State.openapi({ description: "Signed orders from pages." }),
				statusDeadline: State.openapi({ description: "The end of polling for payments that never become final." }),
				retention: State.openapi({ description: "Deleting amounts and timelines." }),
				rateLimit: State,
			})
			.openapi({ description: "`off`: set incompletely or wrongly. `unset`: not asked for." }),
		bindings: z.array(
			z.object({
				name: z.enum(Object.keys(BINDINGS) as [Binding, ...Binding[]]),
				state: z.enum(["set", "unset", "refused"]),
				value: z.string().optional().openapi({ description: "The value of a var that is valid; never of a secret." }),
				why: z.string().optional().openapi({ description: "What is wrong with it, and what it must be." }),
				meanwhile: z.string().optional().openapi({ description: "What does not work until it is corrected." }),
			}),
		),
		check: CheckReport.optional(),
	})
	.openapi("Configuration");
export type Configuration = z.infer<typeof Configuration>;
