// Freezes prototypes after the import, and calls the client with fields whose names they have, too.

import { FlinksPay, signWebhook } from "flinkspay-edge";

const named = JSON.parse('{"toString":1,"constructor":2,"more":3}');
const answers = {
	authorize: { access_token: "t", token_type: "bearer", expires_in: 299 },
	initiate: { sessionId: "s", toString: 1 },
	paymentrequests: { requestId: "r" },
	details: { status: "Completed", payor: named },
};
const fetch = async (url) => Response.json(answers[url.split("/").at(-1)]);
for (const of of [Object, Array, Function, Error, Promise]) Object.freeze(of.prototype);
const pay = new FlinksPay({ baseUrl: "https://pay.example.com", username: "u", password: "p", fetch });
const params = { referenceId: "R", amount: "1.00", customerName: "Z", customerEmail: "z@example.com" };
const resultOf = (work) => work.catch(({ code, field }) => [code, field]);
console.log(
	JSON.stringify([
		await resultOf(pay.startPayment({ ...params, clientUris: named })),
		await resultOf(pay.getSessionDetails("s").then(({ payor }) => payor)),
		await resultOf((async () => signWebhook({ scheme: "geft", secret: "k", body: "", header: "toString" }))()),
		await resultOf(pay.startPayment({ ...params, clientUris: { more: 3 } }).then(({ requestId }) => requestId)),
	]),
);
