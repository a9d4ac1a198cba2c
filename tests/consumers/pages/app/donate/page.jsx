import { pay } from "../pay.js";

const donation = { referenceId: "donation", amount: "5.00", customerName: "Zoë", customerEmail: "zoe@example.com" };

// No `dynamic`, no header and no parameter says that this page is another one for each payor. From the client's
// requests alone, Next.js must see that it is made at each visit, and never while the project is built.
export default async function Page() {
	const { appUrl } = await pay.startPayment(donation);
	return <a href={appUrl}>Pay</a>;
}
