// The Worker's schemas against the client: what they refuse is the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FlinksPay, type FlinksPayError } from "flinkspay-edge";
import { PaymentParams } from "../worker/src/schemas/params.ts";

test("the Worker's schemas judge each unusual character as the client does", async () => {
	const params = { referenceId: "order-1001", amount: "12.50", customerName: "Ada", customerEmail: "ada@example.com" };
	const flinks = () => Promise.resolve(new Response("", { status: 400 }));
	const client = new FlinksPay({
		baseUrl: "https://pay.example.com",
		username: "sandbox",
		password: "sandbox",
		fetch: flinks,
	});
	const pattern = /[\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{DI}\u2800\ufffd\u{1d159}]/u;
	const characters = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code)).filter((character) =>
		pattern.test(character),
	);
	assert.ok(characters.length > 4_000);
	const differing: string[] = [];
	for (const character of characters) {
		for (const unusual of [
			{ referenceId: character },
			{ referenceId: `a${character}b` },
			{ customerEmail: `a${character}b@example.com` },
		]) {
			const body = { ...params, ...unusual };
			const { code } = await client.initiateSession(body).then(
				() => assert.fail(),
				(error: FlinksPayError) => error,
			);
			if ((code !== "invalid_input") !== PaymentParams.safeParse(body).success) differing.push(JSON.stringify(body));
		}
	}
	assert.deepEqual(differing, []);
});
