// The round trips alone, which no client can avoid: answers are read as text, and nothing is parsed or checked.

const json = { "content-type": "application/json" };

/** @param {import("./stub.js").SideHost} host */
export function newSide({ baseUrl, fetch }) {
	const post = async (path, headers, body) =>
		(await fetch(baseUrl + path, { method: "POST", headers, body, redirect: "manual" })).text();
	const authorize = () =>
		post(
			"/api/v1/authorize",
			{ authorization: "Basic bWVyY2hhbnQ6cGFzc3dvcmQ=", "content-type": "application/x-www-form-urlencoded" },
			"grant_type=client_credentials",
		);
	let isWarm = false;
	return {
		/** Makes the next payment take two round trips, as with a warm token. */
		async warm() {
			isWarm = true;
		},
		async startPayment(payment) {
			if (!isWarm) await authorize();
			isWarm = false;
			const headers = { ...json, authorization: "Bearer 84002b62-a47e-45a6-97dd-306a8f9721d7" };
			await post("/api/v1/sessions/initiate", headers, JSON.stringify(payment));
			return post("/api/v1/paymentrequests", headers, '{"sessionId":"6c376ebd-1670-49e3-9148-26c1360f98d3"}');
		},
	};
}
