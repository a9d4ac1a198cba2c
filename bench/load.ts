// Puts a Worker under load: callers that each start one payment after the other.

import { Agent, request } from "node:http";
import { API_KEY } from "./workers.ts";

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Returns the milliseconds of each payment that was started within `ms`. */
export async function load(origin: string, callers: number, ms: number): Promise<number[]> {
	const times: number[] = [];
	const end = performance.now() + ms;
	const caller = async () => {
		for (let began = performance.now(); began < end; began = performance.now()) {
			await pay(origin);
			times.push(performance.now() - began);
		}
	};
	await Promise.all(Array.from({ length: callers }, caller));
	return times;
}

function pay(origin: string): Promise<void> {
	const referenceId = crypto.randomUUID();
	const customer = { customerName: "Zoë Tremblay", customerEmail: "zoe@example.com" };
	const body = Buffer.from(JSON.stringify({ referenceId, amount: "12.50", ...customer }));
	const headers = {
		...{ authorization: `Bearer ${API_KEY}`, "idempotency-key": referenceId },
		...{ "content-type": "application/json", "content-length": body.length },
	};
	return new Promise((resolve, reject) => {
		request(`${origin}/payments`, { method: "POST", agent, headers }, (response) => {
			response.resume().once("end", () => {
				if (response.statusCode === 201) resolve();
				else reject(new Error(`${origin}/payments answered ${response.statusCode} instead of 201`));
			});
		})
			.once("error", reject)
			.end(body);
	});
}
