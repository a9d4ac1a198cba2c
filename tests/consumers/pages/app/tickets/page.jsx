import { FlinksPayError } from "flinkspay-edge";
import { pay } from "../pay.js";

const ticket = { referenceId: "ticket", amount: "30.00", customerName: "Zoë", customerEmail: "zoe@example.com" };

// As the page of donations, and it catches what the client throws: no answer of the build's may stay for ever.
export default async function Page() {
	try {
		const { appUrl } = await pay.startPayment(ticket);
		return <a href={appUrl}>Pay</a>;
	} catch (error) {
		if (!(error instanceof FlinksPayError)) throw error;
		return <p>{error.code}</p>;
	}
}
