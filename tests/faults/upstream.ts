// Flinks Pay on raw sockets: good for every step but one, and there as bad as the cell's fault says. Each cell has a port
// of its own, so that all can run side by side and a connection that is never read from still belongs to a cell.

import { once } from "node:events";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { claimPorts } from "../../tools/processes.ts";
import { type Asked, type Fault, faultNamed, goodAnswer, type Reply } from "./replies.ts";
import { type Cell, type Hits, type Step, sequenceOf } from "./table.ts";

const HOST = "127.0.0.1";
const DRIP_MS = 75;
/** An endless body ends here: a client that has read this much reads for ever. */
const ENDLESS_BYTES = 64 * 1_048_576;
const CLOSING_LIMIT_MS = 60_000;

/** One request, read to its end. */
export interface Received {
	step: Step;
	method: string;
	path: string;
	headers: Readonly<Record<string, string>>;
	body: string;
	/** When it had been read, in milliseconds. */
	at: number;
}

/** What one cell's upstream saw. */
export interface Sight {
	hits: Hits;
	/** The least time between two requests of the step at fault. */
	gapMs?: number;
	/** How often a token was sent to start a session that had been sent for that before. */
	doubled: number;
	/** How often another host was asked, which never may be. */
	elsewhere: number;
	/** Connections that the client did not close, long after its call had ended. */
	open: number;
	/** What no client may do, whatever the fault. */
	complaints: string[];
}

/** The part of a cell that the upstream plays. */
export type Part = Pick<Cell, "fault" | "step" | "call" | "times">;

/** All parts, and the address where the suite learns their addresses and what they saw. */
export interface Upstream {
	/**
	 * `GET /` lists the addresses, `GET /n/asked` answers once part n has been asked, `GET /n` is what it saw, and
	 * `GET /n/again` starts part n anew, on another port, and answers with its address.
	 */
	url: string;
	/** Those that were started anew come after all others. */
	parts: readonly Played[];
	stop(): Promise<void>;
}

/** Starts an upstream for each part. What it issues as tokens begins with `token`. */
export async function startUpstream(wanted: readonly Part[], token = "token"): Promise<Upstream> {
	const elsewhere = await Elsewhere.start();
	// All at once and before anything runs: no other cell then gets a port that is closed later on.
	const current = wanted.map((part, index) => new Played(part, `${token}-${index}`, elsewhere, index));
	await Promise.all(current.map((part) => part.open()));
	const parts = [...current];

	async function startAnew(index: number, part: Part): Promise<string> {
		const played = new Played(part, `${token}-${parts.length}`, elsewhere, index);
		await played.open();
		parts.push(played);
		current[index] = played;
		return played.url;
	}

	async function answerTo(path: string): Promise<unknown> {
		const [, index, verb] = path.split("/");
		const [part, played] = [wanted[Number(index)], current[Number(index)]];
		if (!index || part === undefined || played === undefined) return current.map(({ url }) => url);
		if (verb === "again") return startAnew(Number(index), part);
		return verb === "asked" ? played.asked : played.sight();
	}

	const control = createHttpServer(async ({ url = "" }, response) => {
		const answer = await answerTo(url);
		response.setHeader("connection", "close");
		response.end(JSON.stringify(answer ?? null));
	});
	await listen(control);
	return {
		url: urlOf(control),
		parts,
		stop: async () => {
			control.closeAllConnections();
			await Promise.all([closed(control), elsewhere.stop(), ...parts.map((part) => part.stop())]);
		},
	};
}

/** The upstream of one cell. */
export class Played {
	url = "";
	/** Everything that was received, in order. */
	readonly received: Received[] = [];
	/** Settles when the step at fault was asked, or connected to. */
	readonly asked: Promise<void>;
	#fault: Fault;
	#part: Part;
	#misses = 0;
	#answered = 0;
	#server: Server;
	#sockets = new Set<Socket>();
	#complaints: string[] = [];
	#token: string;
	#tokens = 0;
	/** Every token that was sent to start a session, with the session of a good answer. */
	#sessions = new Map<string, string | undefined>();
	#doubled = 0;
	#elsewhere: Elsewhere;
	#index: number;
	#wasAsked = () => {};

	constructor(part: Part, token: string, elsewhere: Elsewhere, index: number) {
		this.#part = part;
		this.#fault = faultNamed(part.fault);
		this.#token = token;
		this.#elsewhere = elsewhere;
		this.#index = index;
		this.asked = new Promise((resolve) => {
			this.#wasAsked = resolve;
		});
		this.#server = createServer((socket) => this.#connected(socket));
	}

	async open(): Promise<void> {
		await listen(this.#server);
		this.url = urlOf(this.#server);
		if (this.#isPlain) this.url = this.url.replace("http", "https");
		this.#refuseIfDue();
	}

	/** Plays another part from here on, on the same port. */
	play(part: Part): void {
		this.#part = part;
		this.#fault = faultNamed(part.fault);
		this.#misses = 0;
		this.#answered = 0;
	}

	async sight(): Promise<Sight> {
		await this.#allClosed();
		const hits: Hits = {};
		for (const { step } of this.received) hits[step] = (hits[step] ?? 0) + 1;
		const times = this.received.filter(({ step }) => step === this.#part.step).map(({ at }) => at);
		const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at));
		return {
			hits,
			...(gaps.length > 0 && { gapMs: Math.min(...gaps) }),
			doubled: this.#doubled,
			elsewhere: this.#elsewhere.visits(this.#index),
			open: this.#sockets.size,
			complaints: this.#complaints,
		};
	}

	async stop(): Promise<void> {
		for (const socket of this.#sockets) socket.destroy();
		await closed(this.#server);
	}

	/** How many answers of a call come before the one at fault. */
	get #goodBefore(): number {
		return sequenceOf(this.#part.call).indexOf(this.#part.step);
	}

	/** Whether the next connection is to the step at fault, by the number of answers before it in a call. */
	get #isDue(): boolean {
		return this.#answered === this.#goodBefore && this.#hasFaultsLeft;
	}

	get #hasFaultsLeft(): boolean {
		return this.#misses < this.#part.times;
	}

	/** The fault in the answer to a step, whatever other calls have asked. */
	#badReplyTo(step: Step): ((asked: Asked) => Reply) | undefined {
		const isDue = step === this.#part.step && this.#hasFaultsLeft;
		return isDue && this.#fault.from === "answer" ? this.#fault.reply : undefined;
	}

	/** Whether it speaks no TLS although its address says so. */
	get #isPlain(): boolean {
		return this.#fault.from === "connecting" && this.#fault.does === "speak plainly";
	}

	/** Whether connections stay open until the fault. */
	get #isKept(): boolean {
		return this.#part.fault.endsWith("on a kept connection");
	}

	#refuseIfDue(): void {
		if (this.#isDue && this.#fault.from === "connecting" && this.#fault.does === "refuse") this.#server.close();
	}

	#connected(socket: Socket): void {
		this.#sockets.add(socket);
		// A reset by the other side is no failure of this one.
		socket.on("error", () => {});
		socket.on("close", () => this.#sockets.delete(socket));
		if (this.#isDue && this.#fault.from === "connecting") {
			this.#miss();
			if (this.#isPlain) socket.resume().end("HTTP/1.1 400 x\r\nconnection: close\r\n\r\n");
			else socket.resetAndDestroy();
			return;
		}
		let bytes = Buffer.alloc(0);
		socket.on("data", (chunk) => {
			bytes = Buffer.concat([bytes, chunk]);
			if (this.#isDue && this.#fault.from === "request headers" && bytes.includes("\r\n")) {
				this.#miss();
				socket.resetAndDestroy();
				return;
			}
			const request = readRequest(bytes);
			if (request === undefined) return;
			bytes = Buffer.alloc(0);
			this.#answer(socket, request);
		});
	}

	#miss(): void {
		this.#misses += 1;
		this.#wasAsked();
	}

	#answer(socket: Socket, request: Omit<Received, "step" | "at">): void {
		const step = stepOf(request);
		if (step === undefined) {
			this.#complaints.push(`asked for ${request.method} ${request.path}`);
			socket.destroy();
			return;
		}
		const received = { ...request, step, at: Date.now() };
		this.received.push(received);
		// A token that was given before is as good as one that is given now.
		if (step !== "authorize" && this.#answered === 0) this.#answered = 1;
		const good = this.#good(received);
		const elsewhere = this.#elsewhere.url(this.#index);
		const badReply = this.#badReplyTo(step);
		if (badReply) {
			this.#miss();
			send(socket, badReply({ step, good, echo: JSON.stringify(request), elsewhere }));
			return;
		}
		if (step !== "authorize" || this.#answered === 0) this.#answered += 1;
		// Closed before the answer, so that no request can slip in between.
		this.#refuseIfDue();
		send(socket, this.#isKept ? kept(goodAnswer(good)) : goodAnswer(good));
	}

	/** The good answer, with a word on what the request may not have been. */
	#good({ step, headers, body, path }: Received): Record<string, unknown> {
		const token = headers.authorization ?? "";
		const id = path.split("/")[4];
		switch (step) {
			case "authorize":
				this.#tokens += 1;
				return { access_token: `${this.#token}-${this.#tokens}`, token_type: "bearer", expires_in: 299 };
			case "initiate":
			case "sendrequest":
			case "session":
				return this.#session(step, token, JSON.parse(body).referenceId);
			case "payment_request":
				this.#mustBeOf(token, JSON.parse(body).sessionId);
				return { requestId: `request-${this.#index}-${this.received.length}` };
			case "status":
				return { requestId: id, status: "Settled", referenceId: "reference" };
			case "session_status":
			case "session_details":
				return { sessionId: id, status: "Completed", statusDetails: "EFT0301", referenceId: "reference" };
			case "cancel":
				return { sessionId: id, status: "Cancelled", referenceId: "reference" };
			case "guarantee":
				return { sessionId: id, referenceId: "reference" };
		}
	}

	#session(step: Step, token: string, referenceId: string): Record<string, unknown> {
		if (this.#sessions.has(token)) this.#doubled += 1;
		const sessionId = `session-${this.#index}-${this.received.length}`;
		// What a fault issues in place of it is the fault's own.
		this.#sessions.set(token, this.#badReplyTo(step) ? undefined : sessionId);
		return { sessionId, referenceId };
	}

	#mustBeOf(token: string, sessionId: string): void {
		const started = this.#sessions.get(token);
		if (started !== undefined && started !== sessionId) {
			this.#complaints.push("a token was sent with another session than its own");
		}
	}

	async #allClosed(): Promise<void> {
		const deadline = Date.now() + CLOSING_LIMIT_MS;
		while (this.#sockets.size > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

/** Another host: where redirects point, and which must not be asked. */
class Elsewhere {
	#visits = new Map<string, number>();
	#server = createHttpServer(({ url = "" }, response) => {
		this.#visits.set(url, (this.#visits.get(url) ?? 0) + 1);
		response.setHeader("connection", "close");
		response.setHeader("content-type", "application/json");
		// Good enough for every step, so that a client which follows gets away with it but for the visit.
		response.end(
			JSON.stringify({
				...{ access_token: "t", token_type: "bearer", expires_in: 299 },
				...{ sessionId: "s", requestId: "r", status: "Settled" },
			}),
		);
	});

	static async start(): Promise<Elsewhere> {
		const elsewhere = new Elsewhere();
		await listen(elsewhere.#server);
		return elsewhere;
	}

	url(index: number): string {
		return `${urlOf(this.#server)}/${index}`;
	}

	visits(index: number): number {
		return this.#visits.get(`/${index}`) ?? 0;
	}

	async stop(): Promise<void> {
		this.#server.closeAllConnections();
		await closed(this.#server);
	}
}

/** A request with a body of known length, once it is there in whole. */
function readRequest(bytes: Buffer): Omit<Received, "step" | "at"> | undefined {
	const end = bytes.indexOf("\r\n\r\n");
	if (end < 0) return undefined;
	const [first = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
	const [method = "", path = ""] = first.split(" ");
	const headers = Object.fromEntries(
		lines.map((line) => {
			const colon = line.indexOf(":");
			return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
		}),
	);
	const body = bytes.subarray(end + 4);
	if (body.length < Number(headers["content-length"] ?? 0)) return undefined;
	return { method, path, headers, body: body.toString() };
}

const ROUTES: readonly [step: Step, route: RegExp][] = [
	["authorize", /^POST \/api\/v1\/authorize$/],
	["initiate", /^POST \/api\/v1\/sessions\/initiate$/],
	["sendrequest", /^POST \/api\/v1\/sessions\/sendrequest$/],
	["payment_request", /^POST \/api\/v1\/paymentrequests$/],
	["status", /^GET \/api\/v1\/paymentrequests\/[A-Za-z0-9-]+$/],
	["session", /^POST \/api\/v2\/sessions$/],
	["session_status", /^GET \/api\/v2\/sessions\/[A-Za-z0-9-]+\/status$/],
	["session_details", /^GET \/api\/v2\/sessions\/[A-Za-z0-9-]+\/details$/],
	["cancel", /^POST \/api\/v2\/sessions\/[A-Za-z0-9-]+\/cancel$/],
	["guarantee", /^POST \/api\/v2\/sessions\/[A-Za-z0-9-]+\/guarantees\/confirm$/],
];

function stepOf({ method, path }: { method: string; path: string }): Step | undefined {
	return ROUTES.find(([, route]) => route.test(`${method} ${path}`))?.[0];
}

function kept({ bytes }: Reply): Reply {
	return { bytes: Buffer.from(Buffer.from(bytes).toString().replace("connection: close\r\n", "")), next: "keep" };
}

function send(socket: Socket, reply: Reply): void {
	if (reply.afterMs) {
		const timer = setTimeout(() => send(socket, { ...reply, afterMs: 0 }), reply.afterMs);
		socket.on("close", () => clearTimeout(timer));
		return;
	}
	if (reply.next === "drip") drip(socket, reply.bytes);
	else if (reply.bytes.length > 0) socket.write(reply.bytes);
	if (reply.next === "close") socket.end();
	// After a reset the other side may lose what it has not read yet: what was written must have been read before.
	if (reply.next === "reset") setTimeout(() => socket.resetAndDestroy(), reply.bytes.length > 0 ? 50 : 0);
	if (reply.next === "endless") flood(socket);
}

/** A byte at a time. */
function drip(socket: Socket, bytes: Uint8Array): void {
	let sent = 0;
	const timer = setInterval(() => {
		socket.write(bytes.subarray(sent, sent + 1));
		sent += 1;
		if (sent >= bytes.length) clearInterval(timer);
	}, DRIP_MS);
	socket.on("close", () => clearInterval(timer));
}

/** Spaces, as fast as they are taken. */
function flood(socket: Socket): void {
	const chunk = Buffer.alloc(65_536, " ");
	let sent = 0;
	const more = () => {
		do {
			sent += chunk.length;
			if (sent > ENDLESS_BYTES) {
				// Left open: that is what the client is blamed for.
				return;
			}
		} while (!socket.destroyed && socket.write(chunk));
	};
	socket.on("drain", more);
	more();
}

/** For this process alone: nobody listens on a port that was closed to refuse. */
const nextPort = await claimPorts({ from: 16_000, to: 32_000, count: 4_000 });

async function listen(server: Server | HttpServer): Promise<void> {
	server.listen(nextPort(), HOST);
	try {
		await once(server, "listening");
	} catch {
		await listen(server);
	}
}

function urlOf(server: Server | HttpServer): string {
	return `http://${HOST}:${(server.address() as AddressInfo).port}`;
}

async function closed(server: Server | HttpServer): Promise<void> {
	if (!server.listening) return;
	server.close();
	await once(server, "close");
}
