// An upstream in the same process. It answers at once and without a real Response, so that it adds little to what is measured.

const encoder = new TextEncoder();
const texts = {
	authorize: '{"access_token":"84002b62-a47e-45a6-97dd-306a8f9721d7","token_type":"bearer","expires_in":299}',
	initiate: '{"sessionId":"6c376ebd-1670-49e3-9148-26c1360f98d3","referenceId":"order-1001"}',
	paymentrequests: '{"requestId":"a5b7d7a4-2c3e-4a39-8d9c-3f1b1f3a7a11"}',
};
const bytes = Object.fromEntries(Object.entries(texts).map(([step, text]) => [step, encoder.encode(text)]));
const headers = { get: (name) => (name === "content-type" ? "application/json; charset=utf-8" : null) };

/** @typedef {{ baseUrl: string; fetch: (url: string, init?: object) => Promise<any> }} SideHost */

/** @type {SideHost} */
export const host = { baseUrl: "https://pay.example.com", fetch: answer };

export const payment = {
	referenceId: "order-1001",
	amount: "12.50",
	customerName: "Zoë Tremblay",
	customerEmail: "zoe@example.com",
};

async function answer(url) {
	const step = url.slice(url.lastIndexOf("/") + 1);
	let value = bytes[step];
	const reader = {
		async read() {
			const chunk = { done: value === undefined, value };
			value = undefined;
			return chunk;
		},
		async cancel() {},
	};
	const body = { getReader: () => reader, async cancel() {} };
	return { ok: true, status: 200, redirected: false, headers, body, text: async () => texts[step] };
}

/** Sends three requests and reads their answers, to measure what the stub itself costs. */
export const nothing = {
	async startPayment() {
		for (const step of ["authorize", "initiate", "paymentrequests"]) {
			const reader = (await answer(`https://pay.example.com/${step}`)).body.getReader();
			while (!(await reader.read()).done);
		}
	},
};
