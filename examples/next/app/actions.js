"use server";

import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { flinks } from "./flinks.js";

export async function pay() {
	// From your own records, since a page could send anything.
	const order = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };
	const { appUrl, requestId } = await flinks().startPayment(order);
	(await cookies()).set("payment", requestId, { httpOnly: true });
	redirect(appUrl);
}
