// A page that pays in the sandbox. Credentials of the sandbox alone may be in a page.

import { FlinksPay } from "flinkspay-edge";
import { createSandbox } from "flinkspay-edge/sandbox";

const { fetch, play } = createSandbox();
const pay = new FlinksPay({
	baseUrl: "https://pay.example.com",
	username: "sandbox",
	password: "sandbox",
	fetch,
	allowCredentialsInBrowser: true,
});
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };
pay.startPayment(order).then(async (payment) => {
	play(payment.sessionId);
	const { status } = await pay.getPaymentRequest(payment.requestId);
	document.body.textContent = JSON.stringify({ ...payment, status });
});
