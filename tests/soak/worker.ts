// The soak's Worker: one client in module scope, which all requests of the isolate share, and a count of its calls.

// @ts-expect-error: workerd's own module, whose types the Worker's project has
import { env } from "cloudflare:workers";
import module from "flinkspay-edge/flinkspay.wasm";
import {
	FlinksPay,
	FlinksPayError,
	initSync,
	type PaymentRequestStatus,
	type StartedPayment,
} from "flinkspay-edge/slim";
import { initSync as exportsOf } from "../../pkg/wasm/flinkspay_edge.js";

// @ts-expect-error: as above. The configuration that starts workerd needs a class of this name, which is not used.
export { DurableObject as Ledger } from "cloudflare:workers";

export interface CallResult {
	started?: StartedPayment;
	read?: PaymentRequestStatus;
	/** The fields of a `FlinksPayError` with its name, or the text of any other error. */
	error?: Partial<FlinksPayError>;
}

export interface State {
	wasmBytes: number;
	/** Calls that have begun and are not settled, but for those that were abandoned. */
	pending: number;
}

interface Context {
	waitUntil(promise: Promise<unknown>): void;
}

initSync({ module });
// The glue gives the exports of the instance that exists.
const { memory } = exportsOf({ module });

const pay = new FlinksPay({ baseUrl: env.UPSTREAM, username: "u", password: "p", timeoutMs: 300, deadlineMs: 1_500 });
let pending = 0;

export default {
	async fetch(request: Request, _env: unknown, context: Context): Promise<Response> {
		const { pathname, searchParams } = new URL(request.url);
		if (pathname === "/state") {
			return Response.json({ wasmBytes: memory.buffer.byteLength, pending } satisfies State);
		}
		if (searchParams.has("abandoned")) return Response.json(await call(searchParams));
		pending += 1;
		const settled = call(searchParams).finally(() => {
			pending -= 1;
		});
		// Without `waitUntil` workerd would end the call when its caller hangs up.
		context.waitUntil(settled);
		return Response.json(await settled);
	},
};

/** Starts a payment and, where asked, reads its status; with a signal that aborts after a time. */
async function call(query: URLSearchParams): Promise<CallResult> {
	const controller = new AbortController();
	const abortAfterMs = query.get("abortAfterMs");
	const timer = abortAfterMs === null ? undefined : setTimeout(() => controller.abort(), Number(abortAfterMs));
	const options = { signal: controller.signal };
	const result: CallResult = {};
	try {
		const params = { amount: "1.00", customerName: "Zoë", customerEmail: "z@example.com" };
		result.started = await pay.startPayment({ referenceId: String(query.get("reference")), ...params }, options);
		if (query.has("reads")) result.read = await pay.getPaymentRequest(result.started.requestId, options);
	} catch (error) {
		result.error = error instanceof FlinksPayError ? { ...error, name: error.name } : { name: String(error) };
	} finally {
		clearTimeout(timer);
	}
	return result;
}
