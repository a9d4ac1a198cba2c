// The suite in workerd.

import { suite } from "./suite.js";

export default {
	async fetch(request) {
		const { pathname, searchParams } = new URL(request.url);
		return pathname === "/ready" ? new Response() : Response.json(await suite(searchParams.get("bench")));
	},
};
