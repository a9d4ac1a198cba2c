const { FlinksPay } = require("flinkspay-edge");
const { createSandbox } = require("flinkspay-edge/sandbox");

const { fetch, play } = createSandbox();
const pay = new FlinksPay({ baseUrl: "https://pay.example.com", username: "sandbox", password: "sandbox", fetch });
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };
pay.startPayment(order).then(async (payment) => {
	play(payment.sessionId);
	console.log(JSON.stringify({ ...payment, ...(await pay.getPaymentRequest(payment.requestId)) }));
});
