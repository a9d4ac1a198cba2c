// `@rizwannur/flinks`: its three calls for the same payment. Its object keeps the last token in a field, which concurrent payments
// would share, so each payment has its own object. The HTTP client is shared.

import { FlinksClient, PayApi } from "@rizwannur/flinks";

/** @param {import("./stub.js").SideHost} host */
export function newSide({ baseUrl, fetch }) {
	const { http } = new FlinksClient({ instance: "sandbox", customerId: "bench", hosts: { pay: baseUrl }, fetch }).pay;
	return {
		/** @param {{ referenceId: string; amount: string; customerName: string; customerEmail: string }} payment */
		async startPayment({ amount, ...payment }) {
			const pay = new PayApi(http);
			await pay.authorize({ username: "merchant", password: "password" });
			const { sessionId } = await pay.initiateSession({ ...payment, amount: Number(amount) });
			const { id, requestId = id } = await pay.createPaymentRequest(sessionId);
			return { sessionId, requestId, referenceId: payment.referenceId, appUrl: pay.sessionAppUrl(sessionId) };
		},
	};
}
