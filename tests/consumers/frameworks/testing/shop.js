import { FlinksPay } from "flinkspay-edge";

const account = { baseUrl: "https://pay.example.com", username: "sandbox", password: "sandbox" };
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };

/** A merchant's code, as his tests see it. */
export function openShop(options) {
	const pay = new FlinksPay({ ...account, ...options });
	return {
		sell: () => pay.startPayment(order),
		statusOf: async (requestId) => (await pay.getPaymentRequest(requestId)).status,
	};
}
