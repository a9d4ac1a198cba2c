import { pay } from "../pay.js";

const order = { referenceId: "link", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };

// Next.js 14 asks such a route while it builds, and keeps its answer, unless a request of it may not be kept.
export async function GET() {
	return Response.json(await pay.startPayment(order));
}
