import { createSandbox } from "flinkspay-edge/sandbox";
import { openShop } from "./shop.js";

test("an order that is paid is accepted", async () => {
	const sandbox = createSandbox();
	const shop = openShop({ fetch: sandbox.fetch });
	const { sessionId, requestId } = await shop.sell();
	expect(await shop.statusOf(requestId)).toBe("Initiated");
	sandbox.play(sessionId);
	expect(await shop.statusOf(requestId)).toBe("Accepted");
});
