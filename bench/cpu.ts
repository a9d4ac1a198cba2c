// Measures each side's own work for a payment in Node.js, in turns, with a `fetch` that answers at once. Prints the microseconds
// of each round, without the stub's own, as JSON.

import { newSide as newHandWritten } from "./sides/hand-written.js";
import { newSide as newOurs } from "./sides/ours.js";
import { newSide as newPeer } from "./sides/peer.js";
import { host, nothing, payment } from "./sides/stub.js";

// A round takes much longer than a step of the clock, which is milliseconds on some machines.
const [ROUNDS, WARM_UP, CALLS] = [20, 3, 8_000];

const sides = {
	ours: newOurs(host),
	handWritten: newHandWritten(host),
	handWrittenAgain: newHandWritten(host),
	peer: newPeer(host),
	nothing,
};
/** Processor time of this thread, to which other work on the machine does not add. */
function cpuMicroseconds(): number {
	const { user, system } = process.threadCpuUsage();
	return user + system;
}

const times: Record<string, number[]> = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
const order = Object.entries(sides);
for (let round = 0; round < ROUNDS; round += 1) {
	order.push(...order.splice(0, 1));
	for (const [name, side] of order) {
		const start = cpuMicroseconds();
		for (let call = 0; call < CALLS; call += 1) await side.startPayment(payment);
		if (round >= WARM_UP) times[name]?.push((cpuMicroseconds() - start) / CALLS);
	}
}
const own = Object.entries(times).map(([name, all]) => [
	name,
	all.map((time, round) => time - (times.nothing?.[round] ?? 0)),
]);
console.log(JSON.stringify(Object.fromEntries(own)));
