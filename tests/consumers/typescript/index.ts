import { FlinksPay, FlinksPayError, isFlinksPayError, type StartedPayment } from "flinkspay-edge";
import type module from "flinkspay-edge/flinkspay.wasm";
import { createSandbox } from "flinkspay-edge/sandbox";
import { initSync } from "flinkspay-edge/slim";

const { fetch, play } = createSandbox();
const pay = new FlinksPay({ baseUrl: "https://pay.example.com", username: "sandbox", password: "sandbox", fetch });
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };

export const bring: (wasm: { module: typeof module }) => void = initSync;

pay
	.startPayment(order)
	.then(async (payment: StartedPayment) => {
		play(payment.sessionId);
		const { status } = await pay.getPaymentRequest(payment.requestId);
		console.log(JSON.stringify({ ...payment, status }));
	})
	.catch((error: unknown) => {
		if (error instanceof FlinksPayError && error.code === "invalid_input") console.error(error.field satisfies string);
		if (isFlinksPayError(error) && error.code === "invalid_input") console.error(error.field satisfies string);
	});
