// One Worker whose ledger is one object, with a clock that is set and an upstream of its own, and how it is filled and measured.

import { existsSync, readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { Workerd } from "../crash/workerd.ts";
import type { Mood } from "./upstream.ts";

type Bindings = Readonly<Record<string, string>>;

const API_KEY = crypto.randomUUID();
/** How many callers fill it at once: half of what an object takes. */
const CALLERS = 64;

export class FilledObject {
	/** How far the Worker's clock is from the real one. */
	#movedMs = 0;
	#workerd: Workerd | undefined;
	#agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
	readonly #folder: string;
	readonly #state: string;
	readonly #upstream: string;

	/** @param folder Made by `bundle`. */
	constructor(folder: string, state: string, upstream: string) {
		this.#folder = folder;
		this.#state = state;
		this.#upstream = upstream;
	}

	/** Kills it where it runs, and gives the milliseconds from workerd's start until it has answered once. */
	async start(bindings: Bindings = {}, isInspected = false): Promise<number> {
		await this.stop();
		this.#workerd = await Workerd.start({
			...{ folder: this.#folder, state: this.#state, isInspected },
			bindings: {
				...{ FLINKS_BASE_URL: this.#upstream, FLINKS_USERNAME: crypto.randomUUID() },
				...{ FLINKS_PASSWORD: crypto.randomUUID(), API_KEY, LEDGER_SHARDS: "1", MOVED_MS: `${this.#movedMs}` },
				// Long enough for a busy machine.
				...{ FLINKS_TIMEOUT_MS: "120000", FLINKS_DEADLINE_MS: "120000" },
				...bindings,
			},
		});
		const began = performance.now();
		await this.page("limit=1");
		return performance.now() - began;
	}

	async stop(): Promise<void> {
		this.#agent.destroy();
		this.#agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
		await this.#workerd?.kill();
	}

	/** What becomes of the payments that are asked for from now on, and how long a poll takes Flinks. */
	async mode(mode: Mood, pollMs = 0): Promise<void> {
		await fetch(`${this.#upstream}/-/mode?mode=${mode}&pollMs=${pollMs}`);
	}

	async polls(): Promise<number> {
		return ((await (await fetch(`${this.#upstream}/-/polls`)).json()) as { polls: number }).polls;
	}

	/** Sets its clock, which goes on from there. */
	async setClock(at: number): Promise<void> {
		this.#movedMs = at - Date.now();
		if (this.#workerd !== undefined) await this.#ask("GET", `/-/clock?ms=${this.#movedMs}`);
	}

	/** The alarm rings, which may take a minute. */
	ring(): Promise<unknown> {
		return this.#ask("GET", "/-/alarm").catch(() => {});
	}

	/** Rows read since it was started, and what it has logged about being late. */
	async measured(): Promise<{ rowsRead: number; late: Record<string, string | number>[] }> {
		const { rowsRead, late } = JSON.parse((await this.#ask("GET", "/-/measured")).text);
		return { rowsRead, late: late.map((line: string) => JSON.parse(line).attributes) };
	}

	/** Waits until nothing is running. */
	async quiet(ms = 200): Promise<void> {
		for (let before = -1; ; ) {
			const { rowsRead } = await this.measured();
			if (rowsRead === before) return;
			before = rowsRead;
			await new Promise((resolve) => setTimeout(resolve, ms));
		}
	}

	/** Asks for a payment, and gives the milliseconds until it was answered. */
	async pay(status = 201): Promise<number> {
		const referenceId = crypto.randomUUID();
		const customer = { customerName: "Zoë Tremblay", customerEmail: "zoe@example.com" };
		const body = JSON.stringify({ referenceId, amount: "12.50", ...customer });
		const began = performance.now();
		const answer = await this.#ask("POST", "/payments", body, referenceId);
		if (answer.status !== status) throw new Error(`a payment was answered ${answer.status}: ${answer.text}`);
		return performance.now() - began;
	}

	/** Makes this many payments, as fast as it takes them. */
	async fill(count: number, status?: number): Promise<void> {
		let left = count;
		const caller = async () => {
			while (left-- > 0) await this.pay(status);
		};
		await this.#ask("GET", "/-/filled");
		await Promise.all(Array.from({ length: CALLERS }, caller));
		await this.#ask("GET", "/-/full");
	}

	async page(query: string): Promise<{ ms: number; ids: string[]; next?: string }> {
		const began = performance.now();
		const { status, text } = await this.#ask("GET", `/payments?${query}`);
		const ms = performance.now() - began;
		if (status !== 200) throw new Error(`${query} was answered ${status}: ${text}`);
		const { payments, next } = JSON.parse(text) as { payments: { id: string }[]; next?: string };
		return { ms, ids: payments.map(({ id }) => id), ...(next === undefined ? {} : { next }) };
	}

	async count(filter: string): Promise<number> {
		let count = 0;
		for (let cursor = ""; ; ) {
			const { ids, next } = await this.page(`limit=100&${filter}${cursor}`);
			count += ids.length;
			if (next === undefined) return count;
			cursor = `&cursor=${next}`;
		}
	}

	/** What workerd holds, in MB, by Linux; nothing while it does not run. */
	memory(): number {
		return Number(/^VmRSS:\s+(\d+) kB$/m.exec(this.#proc("status"))?.[1] ?? 0) / 1024;
	}

	/** What its isolate holds once it has started, in MB. It is started anew for it. */
	async heap(): Promise<number> {
		await this.start({}, true);
		return ((await this.#workerd?.heapBytes()) ?? 0) / 1e6;
	}

	/** Milliseconds of processor time of workerd; Linux counts hundredths of a second. */
	processorMs(): number {
		const [, user, system] = /\) (?:\S+ ){11}(\d+) (\d+)/.exec(this.#proc("stat")) ?? [];
		return (Number(user) + Number(system)) * 10;
	}

	#proc(file: "stat" | "status"): string {
		const path = `/proc/${this.#workerd?.pid}/${file}`;
		return existsSync(path) ? readFileSync(path, "utf8") : "";
	}

	#ask(method: string, path: string, body?: string, key?: string): Promise<{ status: number; text: string }> {
		const headers = {
			authorization: `Bearer ${API_KEY}`,
			...(body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
			...(key === undefined ? {} : { "idempotency-key": key }),
		};
		return new Promise((resolve, reject) => {
			request(this.#workerd?.url + path, { method, headers, agent: this.#agent }, (response) => {
				let text = "";
				response.setEncoding("utf8").on("data", (part: string) => {
					text += part;
				});
				response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
				response.once("error", reject);
			})
				.once("error", reject)
				.end(body);
		});
	}
}
