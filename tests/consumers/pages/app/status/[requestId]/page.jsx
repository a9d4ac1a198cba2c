import { pay } from "../../pay.js";

// Reloading it shows what has become of the payment.
export default async function Page({ params }) {
	const { requestId } = await params;
	const { status } = await pay.getPaymentRequest(requestId);
	return <p>{status}</p>;
}
