import { FlinksPay } from "flinkspay-edge";

const { FLINKS_BASE_URL: baseUrl, FLINKS_USERNAME: username, FLINKS_PASSWORD: password } = process.env;
// From your own records: a page may send anything.
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };

export async function POST() {
	// Made here, since `next build` loads this file without the credentials.
	const pay = new FlinksPay({ baseUrl, username, password });
	return Response.json(await pay.startPayment(order), { status: 201 });
}
