// Reads the bodies of requests. JSON keys match in any case, since Flinks' pages write both `referenceId` and
// `ReferenceId` for one field (docs.flinks.com/api/pay/endpoints/e-transfer/sessions-initiate).
import type { Context, HonoRequest } from "hono";
import type { Journaled } from "./journal.ts";
import { Refusal } from "./refusal.ts";

/** The media type of the body in lower case, without its parameters. */
export function mediaType(request: HonoRequest): string {
	return (request.header("content-type") ?? "").split(";", 1).join("").trim().toLowerCase();
}

/** The body as a JSON object; an empty body is an empty object. */
export async function readObject(request: HonoRequest): Promise<Record<string, unknown>> {
	const text = await request.text();
	if (text.trim() === "") return {};
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw new Refusal(400, "The body is not JSON.");
	}
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		throw new Refusal(400, "The body is not a JSON object.");
	}
	return { ...value };
}

/** The JSON object of an API call, which the journal records. */
export async function readJson(c: Context<Journaled>): Promise<Record<string, unknown>> {
	if (mediaType(c.req) !== "application/json") throw new Refusal(415, "The body must be application/json.");
	const body = await readObject(c.req);
	c.var.entry.body = body;
	return body;
}

/** The value of a field, by its name in any case. */
export function field(body: Record<string, unknown>, name: string): unknown {
	const key = Object.keys(body).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
	return key === undefined ? undefined : body[key];
}
