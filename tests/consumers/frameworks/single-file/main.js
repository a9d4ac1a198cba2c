import { FlinksPay } from "flinkspay-edge";
import { createSandbox } from "flinkspay-edge/sandbox";

const { fetch, play } = createSandbox();
const pay = new FlinksPay({ baseUrl: "https://pay.example.com", username: "sandbox", password: "sandbox", fetch });
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };

const { sessionId, requestId, appUrl } = await pay.startPayment(order);
console.log(appUrl);
play(sessionId);
console.log((await pay.getPaymentRequest(requestId)).status);
