// The faults in workerd.

import * as client from "flinkspay-edge";
import { suite } from "./suite.ts";

export default {
	async fetch(request: Request): Promise<Response> {
		const { pathname, searchParams } = new URL(request.url);
		const upstream = searchParams.get("upstream");
		if (pathname === "/ready" || upstream === null) return new Response();
		const [from, to] = [Number(searchParams.get("from")), Number(searchParams.get("to"))];
		return Response.json(await suite({ client, upstream, runtime: "workerd", from, to }));
	},
};
