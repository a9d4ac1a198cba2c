// The OpenAPI document has each route of the Worker, for each of its callers.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { bundle, Workerd } from "./crash/workerd.ts";

/** The routes of the operator's page, which the document leaves out. */
const PAGES = ["get /operator", "get /operator/:file{.*}"];

interface Schema {
	$ref?: string;
	anyOf?: { $ref: string }[];
}
interface Operation {
	security?: Record<string, string[]>[];
	parameters?: { name: string; required: boolean }[];
	requestBody?: { content: Record<string, { schema: Schema }> };
	responses: Record<string, { content: Record<string, { schema: Schema }> }>;
}
interface Document {
	servers?: { url: string }[];
	paths: Record<string, Record<string, Operation>>;
	components: { securitySchemes: Record<string, { type: string; scheme?: string }> };
}

let worker: Workerd;
let document: Document;
before(async () => {
	worker = await Workerd.start({
		folder: await bundle([], "tests/openapi/worker.ts"),
		state: "state",
		bindings: {},
	});
	document = await (await fetch(`${worker.url}/pay/openapi.json`)).json();
});
after(() => worker?.kill());

function operation(method: string, path: string): Operation {
	return document.paths[path]?.[method] ?? assert.fail(`${method} ${path} is not in the document`);
}

const namesOf = (schema: Schema | undefined) =>
	(schema?.anyOf ?? [schema]).map((one) => one?.$ref?.replace("#/components/schemas/", ""));

test("has every route of the app, but for the operator's page", async () => {
	const routes: string[] = await (await fetch(`${worker.url}/-/routes`)).json();
	const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
		Object.keys(methods).map((method) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
	);
	assert.deepEqual([...new Set(routes)].sort(), [...documented, ...PAGES].sort());
});

test("names the path that the Worker is mounted under", () => {
	assert.deepEqual(document.servers, [{ url: "/pay" }]);
});

test("has both callers of POST /payments: the API key with parameters, and a page with an order", () => {
	const { security, parameters, requestBody, responses } = operation("post", "/payments");
	assert.deepEqual(security, [{ apiKey: [] }, {}]);
	assert.deepEqual(
		parameters?.map(({ name, required }) => [name, required]),
		[["Idempotency-Key", false]],
	);
	assert.deepEqual(namesOf(requestBody?.content["application/json"]?.schema), ["PaymentParams", "SignedOrder"]);
	assert.deepEqual(namesOf(responses[403]?.content["application/problem+json"]?.schema), ["Problem"]);
});

test("has both callers of GET /payments/{id}: the API key, and a page with a capability", () => {
	const { security, responses } = operation("get", "/payments/{id}");
	assert.deepEqual(security, [{ apiKey: [] }, { capability: [] }]);
	assert.deepEqual(namesOf(responses[200]?.content["application/json"]?.schema), ["Payment", "PaymentForPage"]);
	const { capability } = document.components.securitySchemes;
	assert.deepEqual([capability?.type, capability?.scheme], ["http", "bearer"]);
});

test("has the security scheme of every operation", () => {
	const schemes = Object.keys(document.components.securitySchemes);
	for (const { security = [] } of Object.values(document.paths).flatMap((methods) => Object.values(methods))) {
		for (const name of security.flatMap((one) => Object.keys(one))) assert.ok(schemes.includes(name), name);
	}
});
