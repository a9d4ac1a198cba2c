// Signs an order and prints a page's policy, where there is no WebAssembly.

import { cspFor } from "flinkspay-edge/launcher";
import { signOrder } from "flinkspay-edge/order";

WebAssembly.Module = WebAssembly.Instance = undefined;
const payment = { referenceId: "R", amount: "1.00", customerName: "Zoë", customerEmail: "z@example.com" };
console.log((await signOrder({ id: "a", payment, secret: "s".repeat(32) })).split(".").length);
console.log(cspFor({ worker: "https://a.example", flinks: "https://b.example" }).split("; ").length);
