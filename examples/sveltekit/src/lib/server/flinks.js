import { FlinksPay } from "flinkspay-edge";
import { env } from "$env/dynamic/private";

// From your own records, since a page could send anything.
export const order = {
	referenceId: "order-1001",
	amount: "12.50",
	customerName: "Zoë",
	customerEmail: "zoe@example.com",
};

// Created on demand, since `vite build` loads this file without the credentials.
export function flinks() {
	const { FLINKS_BASE_URL: baseUrl, FLINKS_USERNAME: username, FLINKS_PASSWORD: password } = env;
	return new FlinksPay({ baseUrl, username, password });
}
