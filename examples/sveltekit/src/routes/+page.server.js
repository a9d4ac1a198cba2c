import { redirect } from "@sveltejs/kit";
import { flinks, order } from "$lib/server/flinks.js";

export async function load({ cookies }) {
	const requestId = cookies.get("payment");
	// Only the status: the page contains everything that `load` returns.
	return { status: requestId && (await flinks().getPaymentRequest(requestId)).status };
}

async function pay({ cookies }) {
	const { appUrl, requestId } = await flinks().startPayment(order);
	cookies.set("payment", requestId, { path: "/" });
	redirect(303, appUrl);
}

export const actions = { default: pay };
