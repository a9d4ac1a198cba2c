const { WORKER_URL, API_KEY } = process.env;

// One order has one payment, however often this is called: its id is the idempotency key.
export function startPayment(order) {
	const headers = { "content-type": "application/json", authorization: `Bearer ${API_KEY}` };
	const init = { method: "POST", headers: { ...headers, "idempotency-key": order.referenceId } };
	return fetch(`${WORKER_URL}/payments`, { ...init, body: JSON.stringify(order) });
}
