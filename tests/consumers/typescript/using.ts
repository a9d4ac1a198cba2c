import { FlinksPay } from "flinkspay-edge";
import { createSandbox } from "flinkspay-edge/sandbox";

const { fetch, play } = createSandbox();
using pay = new FlinksPay({ baseUrl: "https://pay.example.com", username: "sandbox", password: "sandbox", fetch });
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };
const payment = await pay.startPayment(order);
play(payment.sessionId);
const { status } = await pay.getPaymentRequest(payment.requestId);
console.log(JSON.stringify({ ...payment, status }));
