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

// @ts-expect-error: as above. The configuration that starts workerd wants a class of this name; nobody makes one of it.
export { DurableObject as Ledger } from "cloudflare:workers";

/** What became of a call. */
export interface CallResult {
	started?: StartedPayment;
	read?: PaymentRequestStatus;
	/** The fields of a `FlinksPayError` with its name, or the text of what should not have been thrown. */
	error?: Partial<FlinksPayError>;
}

/** What the Worker says of itself. */
export interface State {
	wasmBytes: number;
	/** Calls that have begun and are not settled, but for those that were abandoned. */
	pending: number;
}

interface Context {
	waitUntil(promise: Promise<unknown>): void;
}

initSync({ module });
// The glue gives the instance's exports, and makes no second one.
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
		// Without it workerd would drop the call with its caller.
		context.waitUntil(settled);
		return Response.json(await settled);
	},
};

/** A payment, and if so wished the question how it stands; with a signal that aborts after a time. */
async function call(wishes: URLSearchParams): Promise<CallResult> {
	const controller = new AbortController();
	const abortAfterMs = wishes.get("abortAfterMs");
	const timer = abortAfterMs === null ? undefined : setTimeout(() => controller.abort(), Number(abortAfterMs));
	const options = { signal: controller.signal };
	const result: CallResult = {};
	try {
		const params = { amount: "1.00", customerName: "Zoë", customerEmail: "z@example.com" };
		result.started = await pay.startPayment({ referenceId: String(wishes.get("reference")), ...params }, options);
		if (wishes.has("reads")) result.read = await pay.getPaymentRequest(result.started.requestId, options);
	} catch (error) {
		result.error = error instanceof FlinksPayError ? { ...error, name: error.name } : { name: String(error) };
	} finally {
		clearTimeout(timer);
	}
	return result;
}
