// The client, imported as users import it.

import { FlinksPay } from "flinkspay-edge";

/** @param {import("./stub.js").SideHost} host */
export function newSide(host) {
	return new FlinksPay({ ...host, username: "merchant", password: "password", warmTokens: 1 });
}
