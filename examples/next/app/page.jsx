import { cookies } from "next/headers";
import { pay } from "./actions.js";
import { flinks } from "./flinks.js";

export default async function Page() {
	const requestId = (await cookies()).get("payment")?.value;
	if (requestId) return <p>Your payment is {(await flinks().getPaymentRequest(requestId)).status}.</p>;
	return (
		<form action={pay}>
			<button type="submit">Pay $12.50</button>
		</form>
	);
}
