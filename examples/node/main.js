import { FlinksPay } from "flinkspay-edge";

const { FLINKS_BASE_URL: baseUrl, FLINKS_USERNAME: username, FLINKS_PASSWORD: password } = process.env;
const pay = new FlinksPay({ baseUrl, username, password });
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };

const { appUrl, requestId } = await pay.startPayment(order);
console.log("The payor goes to", appUrl);
const { status } = await pay.getPaymentRequest(requestId);
console.log("The payment is", status);
