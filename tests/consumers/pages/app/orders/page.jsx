import { pay } from "../pay.js";

const payor = { amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };

// Each order is a payment with a token of its own, although all of them ask for tokens in the same words.
export default async function Page({ searchParams }) {
	const { order } = await searchParams;
	const { appUrl } = await pay.startPayment({ referenceId: order, ...payor });
	return <a href={appUrl}>Pay</a>;
}
