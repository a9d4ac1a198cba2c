// A Worker with one side: a request to it makes `count` payments, `at` at once, and answers how long they took.

import { nothing, payment, host as stub } from "../sides/stub.js";

/** @param {(host: { baseUrl: string; fetch: typeof fetch }) => object} newSide */
export function serve(newSide) {
	const sides = new Map();
	const sideOf = (baseUrl) => {
		if (!sides.has(baseUrl)) sides.set(baseUrl, newSide({ baseUrl, fetch: (url, init) => fetch(url, init) }));
		return sides.get(baseUrl);
	};
	const stubbed = newSide(stub);
	return {
		async fetch(request) {
			const { pathname, searchParams } = new URL(request.url);
			const count = Number(searchParams.get("count"));
			const start = performance.now();
			if (pathname === "/cpu") {
				const side = searchParams.has("nothing") ? nothing : stubbed;
				for (let call = 0; call < count; call += 1) await side.startPayment(payment);
				return Response.json({ ms: performance.now() - start });
			}
			const side = sideOf(searchParams.get("upstream"));
			const isWarm = searchParams.has("warm");
			const times = [];
			let left = count;
			const caller = async () => {
				while (left > 0) {
					left -= 1;
					if (isWarm) await side.warm(1);
					const began = performance.now();
					await side.startPayment(payment);
					times.push(performance.now() - began);
				}
			};
			await Promise.all(Array.from({ length: Number(searchParams.get("at")) }, caller));
			return Response.json({ ms: performance.now() - start, times });
		},
	};
}
