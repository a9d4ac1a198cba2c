// A payment in the sandbox, which is a fetch and needs no network.

import { FlinksPay } from "flinkspay-edge";
import { createSandbox } from "flinkspay-edge/sandbox";

const sandbox = createSandbox();
const credentials = { username: "sandbox", password: "sandbox" };
const pay = new FlinksPay({ baseUrl: "https://pay.example.com", ...credentials, fetch: sandbox.fetch });
const payor = { customerName: "Zoë", customerEmail: "z@example.com" };
const { requestId, sessionId } = await pay.startPayment({ referenceId: "R", amount: "1.00", ...payor });
sandbox.play(sessionId);
console.log((await pay.getPaymentRequest(requestId)).status, sandbox.journal.length);
