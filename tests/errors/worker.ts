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

/** What is left of an error that is sent on as JSON: as it came, and as docs/errors.md advises. */
async function leftOnceSentOn(stub: Pick<Payments, "throws">): Promise<boolean[][]> {
	const error = await stub.throws().catch((thrown: Error) => thrown);
	return [error, { ...error, message: error.message }].map((sent) => left(JSON.parse(JSON.stringify(sent))));
}

export default {
	async fetch(request: Request, env: Env): Promise<Response> {
		const [, binding, way] = new URL(request.url).pathname.split("/");
		if (binding === "ready") return new Response();
		const stub = binding === "object" ? env.OBJECT.getByName("one") : env.PAYMENTS;
		if (way === "throwsOn") return Response.json(await leftOnceSentOn(stub));
		const arrived = () => {
			if (way === "throws") return stub.throws();
			return way === "gives" ? stub.gives() : stub.givesJson();
		};
		return Response.json(left(await arrived().catch((thrown: unknown) => thrown)));
	},
};
