import { env, exports } from "cloudflare:workers";
import { expect, it } from "vitest";

const payment = {
	referenceId: "order-1001",
	amount: "12.50",
	customerName: "Zoë Tremblay",
	customerEmail: "zoe@example.com",
};

function request(path: string, init: RequestInit = {}): Promise<Response> {
	const headers = { ...init.headers, Authorization: `Bearer ${env.API_KEY}`, "Content-Type": "application/json" };
	return exports.default.fetch(`https://pay.test${path}`, { ...init, headers });
}

it("starts a payment and reads that it is paid", async () => {
	const init = { method: "POST", headers: { "Idempotency-Key": "order-1001" }, body: JSON.stringify(payment) };
	const created = await request("/payments", init);
	expect(created.status).toBe(201);
	const { id, sessionId } = await created.json<{ id: string; sessionId: string }>();

	// The sandbox plays the payor.
	await fetch(`https://flinks.test/sandbox/sessions/${sessionId}/play`, { method: "POST" });

	expect(await (await request(`/payments/${id}`)).json()).toMatchObject({ paid: true, paidAmount: "12.50" });
});
