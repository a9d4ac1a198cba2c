import { flinks } from "../flinks.js";

// From your own records, since a page could send anything.
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };

export async function POST() {
	return Response.json(await flinks().startPayment(order), { status: 201 });
}
