import { FlinksPay } from "flinkspay-edge/react";
import { Checkout } from "./checkout.jsx";

// Nothing is asked for that is not there.
export const metadata = { icons: "data:," };

// A page that is made on a server may have the component itself where it hands it no function.
export default function Page() {
	return (
		<main>
			<FlinksPay worker="https://pay.example.com" order="signed" label="Pay from your bank" />
			<Checkout />
		</main>
	);
}
