// Freezes the prototype of the class that is the argument, or of all classes, and then imports and uses the package.

import process from "node:process";

const [, , frozen] = process.argv;
const all = Object.getOwnPropertyNames(globalThis).map((name) => globalThis[name]);
const classes = frozen === "all" ? all.filter((value) => value?.prototype) : [globalThis[frozen]];
for (const { prototype } of classes) Object.freeze(prototype);
await import("flinkspay-edge/launcher");
const { FlinksPay } = await import("flinkspay-edge");
const { signOrder } = await import("flinkspay-edge/order");
const { createSandbox } = await import("flinkspay-edge/sandbox");
const payment = { referenceId: "R", amount: "1.00", customerName: "Zoë", customerEmail: "z@example.com" };
const client = (fetch) =>
	new FlinksPay({ baseUrl: "https://pay.example.com", username: "sandbox", password: "sandbox", fetch });
const lost = () => Promise.reject(new TypeError("lost"));
const fieldsOf = ({ name, code, field, cause }) => [name, code, field ?? cause.message];
console.log(
	JSON.stringify([
		(await client(createSandbox().fetch).startPayment(payment)).referenceId,
		await client(lost)
			.startPayment({ ...payment, amount: "0" })
			.catch(fieldsOf),
		await client(lost).startPayment(payment).catch(fieldsOf),
		await signOrder({ id: "", payment, secret: "s".repeat(32) }).catch(fieldsOf),
	]),
);
