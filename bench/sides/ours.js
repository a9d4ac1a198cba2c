// The client, as anybody imports it.

import { FlinksPay } from "flinkspay-edge";

/** @param {{ baseUrl: string; fetch: typeof fetch }} host */
export function newSide(host) {
	return new FlinksPay({ ...host, username: "merchant", password: "password", warmTokens: 1 });
}
