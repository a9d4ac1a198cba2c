// What a project serves: a payment in the sandbox, whose payor accepts. One of them is a page, which is asked for the option.

import { FlinksPay } from "flinkspay-edge";
import { createSandbox } from "flinkspay-edge/sandbox";

const sandbox = createSandbox();
const { fetch } = sandbox;
const pay = new FlinksPay({
	baseUrl: "https://pay.example.com",
	username: "sandbox",
	password: "sandbox",
	fetch,
	allowCredentialsInBrowser: true,
});

export async function payment() {
	const payor = { customerName: "Zoë", customerEmail: "zoe@example.com" };
	const { appUrl, sessionId, requestId } = await pay.startPayment({ referenceId: "order", amount: "12.50", ...payor });
	sandbox.play(sessionId);
	return { appUrl, ...(await pay.getPaymentRequest(requestId)) };
}
