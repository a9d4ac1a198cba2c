// The client's own work for one payment in Node.js: each side on a `fetch` that answers at once, in turns within one
// process. It prints microseconds for each round, the stub's own taken off, as JSON.

import { newSide as newHandWritten } from "./sides/hand-written.js";
import { newSide as newOurs } from "./sides/ours.js";
import { newSide as newPeer } from "./sides/peer.js";
import { host, nothing, payment } from "./sides/stub.js";

// A round takes longer than the steps of the clock, which some machines move by milliseconds.
const [ROUNDS, WARM_UP, CALLS] = [20, 3, 8_000];

const sides = {
	ours: newOurs(host),
	handWritten: newHandWritten(host),
	handWrittenAgain: newHandWritten(host),
	peer: newPeer(host),
	nothing,
};
/** Of this thread's own work, which others on the machine do not add to. */
function microseconds(): number {
	const { user, system } = process.threadCpuUsage();
	return user + system;
}

const times: Record<string, number[]> = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
const order = Object.entries(sides);
for (let round = 0; round < ROUNDS; round += 1) {
	order.push(...order.splice(0, 1));
	for (const [name, side] of order) {
		const start = microseconds();
		for (let call = 0; call < CALLS; call += 1) await side.startPayment(payment);
		if (round >= WARM_UP) times[name]?.push((microseconds() - start) / CALLS);
	}
}
const own = Object.entries(times).map(([name, all]) => [
	name,
	all.map((time, round) => time - (times.nothing?.[round] ?? 0)),
]);
console.log(JSON.stringify(Object.fromEntries(own)));
