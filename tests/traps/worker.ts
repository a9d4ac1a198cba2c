// The traps in workerd.

import * as client from "../../target/poison/edge.js";
import { suite } from "./suite.ts";

export default {
	async fetch(request: Request): Promise<Response> {
		if (new URL(request.url).pathname === "/ready") return new Response();
		return Response.json(await suite(client));
	},
};
