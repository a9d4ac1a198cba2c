// Prints the errors of `./slim` before initSync.

import { FlinksPay, verifyWebhook } from "flinkspay-edge/slim";

for (const use of [() => new FlinksPay({}), () => verifyWebhook({})]) {
	try {
		use();
	} catch ({ name, code, message }) {
		console.log(name, code, message.includes("initSync"));
	}
}
