// A page that pays in the sandbox. Credentials of the sandbox alone may be in a page.

import { FlinksPay } from "flinkspay-edge";
import { createSandbox } from "flinkspay-edge/sandbox";

const pay = new FlinksPay({
	baseUrl: "https://pay.example.com",
	username: "sandbox",
	password: "sandbox",
	fetch: createSandbox().fetch,
	allowCredentialsInBrowser: true,
});
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };
pay.startPayment(order).then(({ appUrl }) => {
	document.body.textContent = appUrl;
});
