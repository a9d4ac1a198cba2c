// The Worker under a path of another one: what it answers there, where it does not stand, and which API its page asks.

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

		test(`has a page that asks the API beside it: ${base || "the root"}`, async () => {
			const path = base.replace(/\/$/, "");
			const { headers } = await get(base, `${path}/operator`);
			const page = new URL(headers.get("Location") ?? "", `${worker.url}${path}/operator`);
			const script = await (await get(base, new URL("api.js", page).pathname)).text();
			assert.equal(await askedBy(script, page.pathname), `${path}/config`);
		});
	}

	for (const base of ["pay", "/pay//", "//pay", "/a b", "/pay?x", "/p%61y", "/.", "/..", "/pay/..", "/pay/./x"]) {
		test(`refuses what is no path: ${base}`, async () => {
			const answer = await get(base, "/healthz");
			assert.deepEqual([answer.status, (await answer.text()).slice(0, 24)], [500, "TypeError: basePath must"]);
		});
	}
});

/** What the page's script asks for the settings, when the page stands at a path. */
async function askedBy(script: string, pathname: string): Promise<unknown> {
	Object.assign(globalThis, { location: { pathname } });
	const asking = mock.method(globalThis, "fetch", async () => Response.json({}));
	try {
		const { callApi } = await import(`data:text/javascript,${encodeURIComponent(script)}#${pathname}`);
		await callApi("/config");
		return asking.mock.calls[0]?.arguments[0];
	} finally {
		asking.mock.restore();
	}
}
