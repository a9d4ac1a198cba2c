// An error of the client on its way through Workers RPC: from an entrypoint behind a service binding, and from a Durable
// Object.

import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import { FlinksPay } from "flinkspay-edge";
import { errorOn, left } from "./left.ts";

const error = () => errorOn(FlinksPay);

export class Payments extends WorkerEntrypoint {
	async throws() {
		throw await error();
	}
	gives() {
		return error();
	}
	async givesJson() {
		return (await error()).toJSON();
	}
}

export class PaymentsObject extends DurableObject {
	async throws() {
		throw await error();
	}
	gives() {
		return error();
	}
	async givesJson() {
		return (await error()).toJSON();
	}
}

interface Env {
	PAYMENTS: Service<Payments>;
	OBJECT: DurableObjectNamespace<PaymentsObject>;
}

export default {
	async fetch(request: Request, env: Env): Promise<Response> {
		const [, binding, way] = new URL(request.url).pathname.split("/");
		if (binding === "ready") return new Response();
		const stub = binding === "object" ? env.OBJECT.getByName("one") : env.PAYMENTS;
		const arrived = () => {
			if (way === "throws") return stub.throws();
			return way === "gives" ? stub.gives() : stub.givesJson();
		};
		return Response.json(left(await arrived().catch((thrown: unknown) => thrown)));
	},
};
