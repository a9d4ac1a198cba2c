import { FlinksPay } from "flinkspay-edge";

const { FLINKS_BASE_URL: baseUrl, FLINKS_USERNAME: username, FLINKS_PASSWORD: password } = process.env;
export const config = { matcher: "/receipts/:requestId" };

export async function middleware({ nextUrl }) {
	const pay = new FlinksPay({ baseUrl, username, password });
	const { paid } = await pay.getPaymentRequest(nextUrl.pathname.slice("/receipts/".length));
	if (!paid) return new Response("Nothing has been paid yet.", { status: 402 });
}
