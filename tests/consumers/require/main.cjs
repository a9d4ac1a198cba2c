const { FlinksPay } = require("flinkspay-edge");
const { createSandbox } = require("flinkspay-edge/sandbox");

const { fetch } = createSandbox();
const pay = new FlinksPay({ baseUrl: "https://pay.example.com", username: "sandbox", password: "sandbox", fetch });
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };
pay.startPayment(order).then((payment) => console.log(JSON.stringify(payment)));
