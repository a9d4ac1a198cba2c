// A short soak of the client in workerd; `npm run test:slow -- soak` is the long one.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { soak } from "./soak/soak.ts";

describe("many callers of one client in workerd", () => {
	it("are all answered, each with its own payment, and leave no memory behind", async (t) => {
		const { figures, complaints } = await soak(15);
		t.diagnostic(JSON.stringify(figures));
		assert.deepEqual(complaints, []);
	});
});
