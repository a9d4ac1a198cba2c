import { env } from "cloudflare:workers";
import { FlinksPay } from "flinkspay-edge";
import { createCookie, Form, redirect } from "react-router";

const { FLINKS_BASE_URL: baseUrl, FLINKS_USERNAME: username, FLINKS_PASSWORD: password } = env;
const pay = new FlinksPay({ baseUrl, username, password });
const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };
const payment = createCookie("payment");

export async function action() {
	const { appUrl, requestId } = await pay.startPayment(order);
	return redirect(appUrl, { headers: { "Set-Cookie": await payment.serialize(requestId) } });
}

export async function loader({ request }) {
	const requestId = await payment.parse(request.headers.get("Cookie"));
	return requestId ? (await pay.getPaymentRequest(requestId)).status : undefined;
}

export default function Home({ loaderData: status }) {
	if (status) return <p>{status}</p>;
	return (
		<Form method="post">
			<button type="submit">Pay</button>
		</Form>
	);
}
