// Starts a payment with an entry of the package, and prints what is known of it.

const { BASE_URL: baseUrl, username, password } = process.env;

export async function startPayment({ FlinksPay, FlinksPayError }) {
	const pay = new FlinksPay({ baseUrl, username, password });
	const payor = { customerName: "Zoë", customerEmail: "z@example.com" };
	const { requestId } = await pay.startPayment({ referenceId: "R", amount: "1.00", ...payor });
	console.log((await pay.getPaymentRequest(requestId)).status);
	await pay.getPaymentRequest("unknown").catch((error) => console.log(error instanceof FlinksPayError, error.code));
}
