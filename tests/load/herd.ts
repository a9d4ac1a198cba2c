// Whether payments that came together are polled together for ever: a simulation of one object's polls over a week, second by
// second, with the ledger's own pauses. The most overdue poll goes first, as many a second as the object can do.

import { pollDelayMs } from "../../worker/src/ledger/status.ts";
import { Chance } from "../crash/chance.ts";

export interface Herd {
	payments: number;
	/** The seconds within which they were made, evenly, or came due after an outage. */
	seconds: number;
	/** How often each was polled before. */
	reads: number;
	/** Polls a second that the object can do. */
	most: number;
	/** Whether pauses have a random part, as the ledger's do. */
	isSpread?: boolean;
}

export interface Day {
	/** Polls in the busiest second, and in all seconds on average. */
	busiest: number;
	mean: number;
	/** Seconds that the most overdue poll waited. */
	latest: number;
}

export const DAYS = 7;
const SECONDS_A_DAY = 86_400;

export function simulate({ payments, seconds, reads, most, isSpread = true }: Herd): Day[] {
	const chance = new Chance(1);
	const end = DAYS * SECONDS_A_DAY;
	const pauseOf = (count: number) => Math.round(pollDelayMs(count, isSpread ? chance.next() : 0) / 1_000);
	// How often each was polled that comes due in a second: one number for each.
	const due: number[][] = Array.from({ length: end }, () => []);
	for (let payment = 0; payment < payments; payment += 1) {
		const from = Math.floor((payment * seconds) / payments);
		due[from + (reads === 0 ? pauseOf(0) : 0)]?.push(reads);
	}
	const days: Day[] = Array.from({ length: DAYS }, () => ({ busiest: 0, mean: 0, latest: 0 }));
	// What comes due in a second waits behind what came due before it.
	let [oldest, taken] = [0, 0];
	for (let now = 0; now < end; now += 1) {
		const day = days[Math.floor(now / SECONDS_A_DAY)] as Day;
		let done = 0;
		while (done < most && oldest <= now) {
			const count = due[oldest]?.[taken];
			if (count === undefined) {
				[oldest, taken] = [oldest + 1, 0];
				continue;
			}
			taken += 1;
			done += 1;
			day.latest = Math.max(day.latest, now - oldest);
			due[now + Math.max(1, pauseOf(count + 1))]?.push(count + 1);
		}
		day.busiest = Math.max(day.busiest, done);
		day.mean += done / SECONDS_A_DAY;
	}
	return days;
}

/** Polls a second of one object: three at once, each of this many milliseconds. */
const [AT_300_MS, AT_20_MS] = [10, 150];

/** The table of docs/scale.md. */
export function herdTable(): string[][] {
	const made = { payments: 50_000, seconds: 300, reads: 0 };
	// Old enough to be polled every six hours.
	const back = { payments: 50_000, seconds: 1, reads: 17 };
	const herds: Record<string, Herd> = {
		"made within 5 minutes, 10 polls a second": { ...made, most: AT_300_MS },
		"made within 5 minutes, 150 polls a second": { ...made, most: AT_20_MS },
		"overdue at once, 10 polls a second": { ...back, most: AT_300_MS },
		"overdue at once, 150 polls a second": { ...back, most: AT_20_MS },
		"overdue at once, 150 polls a second, without chance": { ...back, most: AT_20_MS, isSpread: false },
	};
	const shown = [0, 1, 2, DAYS - 1];
	const rows = Object.entries(herds).map(([what, herd]) => {
		const days = simulate(herd);
		return [what, ...shown.map((day) => describeDay(days[day] as Day))];
	});
	return [["50,000 payments in one object", ...shown.map((day) => `day ${day + 1}`)], ...rows];
}

function describeDay({ busiest, mean, latest }: Day): string {
	return `${busiest} (${mean.toFixed(1)}), ${latest < 120 ? `${latest} s` : `${Math.round(latest / 60)} min`}`;
}
