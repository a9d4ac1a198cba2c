// The Worker under a base path: what it answers there, that it answers nowhere else, and which API its page calls.

import assert from "node:assert/strict";
import { after, before, describe, mock, test } from "node:test";
import { bundle, Workerd } from "./crash/workerd.ts";

let worker: Workerd;
before(async () => {
	const folder = await bundle([], "tests/deploy/worker.ts");
	worker = await Workerd.start({ folder, state: "state", bindings: {} });
});
after(() => worker?.kill());

const get = (base: string, path: string) =>
	fetch(worker.url + path, { headers: { "X-Base-Path": base }, redirect: "manual" });

describe("under a path, the Worker", () => {
	for (const base of ["", "/", "/pay", "/pay/", "/a/b.c", "/operator", "/operator/pay"]) {
		test(`answers there and nowhere else: ${base || "the root"}`, async () => {
			const path = base.replace(/\/$/, "");
			assert.equal((await get(base, `${path}/healthz`)).status, 200);
			assert.equal((await get(base, `${path}/healthz/`)).status, 404);
			assert.equal((await get(base, `${path || "/x"}x/healthz`)).status, 404);
			assert.equal((await get(base, `/elsewhere${path}/healthz`)).status, 404);
		});

		test(`has a page that calls the API under the same path: ${base || "the root"}`, async () => {
			const path = base.replace(/\/$/, "");
			const { headers } = await get(base, `${path}/operator`);
			const page = new URL(headers.get("Location") ?? "", `${worker.url}${path}/operator`);
			const script = await (await get(base, new URL("api.js", page).pathname)).text();
			assert.equal(await configPathOf(script, page.pathname), `${path}/config`);
		});
	}

	for (const base of ["pay", "/pay//", "//pay", "/a b", "/pay?x", "/p%61y", "/.", "/..", "/pay/..", "/pay/./x"]) {
		test(`refuses a base path that is none: ${base}`, async () => {
			const answer = await get(base, "/healthz");
			const says = `TypeError: basePath is ${base}, which is no path. Give one such as "/pay".`;
			assert.deepEqual([answer.status, await answer.text()], [500, says]);
		});
	}
});

/** The path that the page's script requests for the settings when the page is at `pathname`. */
async function configPathOf(script: string, pathname: string): Promise<unknown> {
	Object.assign(globalThis, { location: { pathname } });
	const fetched = mock.method(globalThis, "fetch", async () => Response.json({}));
	try {
		const { callApi } = await import(`data:text/javascript,${encodeURIComponent(script)}#${pathname}`);
		await callApi("/config");
		return fetched.mock.calls[0]?.arguments[0];
	} finally {
		fetched.mock.restore();
	}
}
