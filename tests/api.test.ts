// The Worker's API against its own OpenAPI document, by schemathesis: a short run of `npm run test:slow -- api`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runToEnd } from "../tools/processes.ts";

test("the Worker passes all checks of schemathesis", async () => {
	const { code, output } = await runToEnd(["tests/api/run.ts", "--max-examples", "15"]);
	assert.equal(code, 0, output);
	assert.match(output, /Selected: 12\/12\s+Tested: 12/, output);
	const [, generated, passed] = output.match(/(\d+) generated, (\d+) passed/) ?? [];
	assert.equal(passed, generated, output);
	assert.ok(Number(generated) > 500, output);
});
