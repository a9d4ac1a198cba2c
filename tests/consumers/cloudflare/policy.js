// The script of a page with a policy: it shows the payment, or the error of a host that forbids to compile.

import { isFlinksPayError } from "flinkspay-edge";

const show = (text) => document.body.append(text);

try {
	const { payment } = await import("./payment.js");
	show(JSON.stringify(await payment()));
} catch (error) {
	show(isFlinksPayError(error) ? `${error.code}: ${error.message}` : `not an error of the package: ${error}`);
}
