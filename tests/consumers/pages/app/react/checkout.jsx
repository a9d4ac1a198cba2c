"use client";

import { FlinksPay } from "flinkspay-edge/react";
import { useState } from "react";

async function order() {
	throw new Error("The shop is closed.");
}

export function Checkout() {
	const [said, say] = useState("");
	return (
		<FlinksPay worker="https://pay.example.com" order={order} onProblem={({ code }) => say(code)}>
			<button type="button">Check out</button>
			<p>{said}</p>
		</FlinksPay>
	);
}
