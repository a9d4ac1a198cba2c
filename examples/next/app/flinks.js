import { FlinksPay } from "flinkspay-edge";

// Created on demand, since `next build` loads this file without the credentials.
export function flinks() {
	const { FLINKS_BASE_URL: baseUrl, FLINKS_USERNAME: username, FLINKS_PASSWORD: password } = process.env;
	return new FlinksPay({ baseUrl, username, password });
}
