// Finds out which settings a host of Flinks wants, and creates nothing there: it authorizes, and reads ids that nobody has.
// It asks through the client, with a new one for each variant and a `fetch` that looks on. What it tells has no credential,
// no token and no text of an answer in it.

import { type AttemptEvent, FlinksPay, type FlinksPayOptions } from "flinkspay-edge";
import type { VarBinding } from "./bindings.ts";

/** Whom to ask, and what Flinks gave for it. */
export type Account = Pick<FlinksPayOptions, "baseUrl" | "username" | "password" | "instance" | "clientId" | "fetch">;

/** One request, and what is told of its answer. */
export interface Step {
	method: string;
	path: string;
	/** How the credentials or the token were sent, and which headers beside. */
	sent: string[];
	status?: number;
	/** The media type alone. */
	contentType?: string;
	isJson?: boolean;
	/** The names at the top level of the JSON. */
	fields?: string[];
	/** The origin that a redirect leads to. It is not followed. */
	redirectsTo?: string;
	/** Why there is no answer: a word of the host, such as `ENOTFOUND`. */
	failure?: string;
	/** Whether it looks like a lock-out, after which nothing more is sent. */
	looksLocked?: boolean;
}

/** What was found. */
export interface Report {
	/** Whether all that reading can settle is settled, and nothing is wrong. */
	ok: boolean;
	/** What is wrong, and what to do about it. */
	problems: string[];
	/** What is settled by what was seen. */
	settled: string[];
	/** What remains open. */
	unknown: string[];
	/** The settings to write: names of bindings, and their values. */
	settings: Record<string, string>;
	/** The same for `.dev.vars`. */
	devVars: string[];
	/** The same for a deployment: commands, and the `vars` of `wrangler.jsonc`. */
	wrangler: string[];
	steps: Step[];
}

type Way = Pick<FlinksPayOptions, "credentialsIn" | "basicEncoding">;
type Variant = Pick<FlinksPayOptions, "tokenHeader" | "instance" | "clientId">;
type Product = "v1" | "v2";
/** What one client was answered. Without `v1` it had no token. */
type Seen = { variant: Variant } & Record<Product | "authorize", Step | undefined>;

const AUTHORIZE = "/api/v1/authorize";
const STEP_MS = 5_000;
const EXAMINATION_MS = 45_000;
const MOST_OF_A_BODY = 65_536;
const MOST_CLOCK_SECONDS = 60;

/** What a host may say to credentials that came in a way it does not know. */
const REFUSED = [400, 401, 415, 422, 500];
const LOCKED = /\block(ed|out|-out)|too many|attempts|suspended|blocked|temporarily/i;

const ONLY_A_CREATE = [
	"FLINKS_AMOUNT_AS: whether v1 wants the amount as a number (the default) or as text.",
	"Whether creating wants BaseURI or x-client-id where reading does not.",
	"Which products this account has, and its largest amounts.",
];

const SECRETS = ["FLINKS_USERNAME", "FLINKS_PASSWORD"].map((name) => `npx wrangler secret put ${name}`);

/** How often, at most, an examination sends what. Of the authorizations `refused` may be with credentials that are refused. */
export function planOf(account: Account): { authorizations: number; refused: number; reads: number } {
	const [ways, variants] = [waysOf(account).length, variantsOf(account).length];
	return { authorizations: ways + variants - 1, refused: ways, reads: 2 * variants + 2 };
}

/**
 * Examines a host, one request after the other, in 45 seconds at most.
 *
 * @throws {FlinksPayError} `invalid_config`, before anything is sent, with the option's name in `field`.
 */
export function examine(account: Account): Promise<Report> {
	return new Examination(account).run();
}

/** The ways of the credentials to authorize that differ for these, the default first. */
function waysOf({ username, password }: Account): Way[] {
	const differ = [username, password].some((text) => new URLSearchParams({ "": text }).toString().slice(1) !== text);
	return [
		// The client refuses what nobody could decode.
		...(username.includes(":") ? [] : [{ credentialsIn: "basic", basicEncoding: "raw" } as const]),
		...(differ ? [{ credentialsIn: "basic", basicEncoding: "rfc6749" } as const] : []),
		{ credentialsIn: "form" },
	];
}

/** The ways to read, with all that was given and the default header first. */
function variantsOf({ instance, clientId }: Account): Variant[] {
	const instances = instance === undefined ? [{}] : [{ instance }, {}];
	const clientIds = clientId === undefined ? [{}] : [{ clientId }, {}];
	const extras = instances.flatMap((one) => clientIds.map((other) => ({ ...one, ...other })));
	return (["authorization", "bearertoken"] as const).flatMap((tokenHeader) =>
		extras.map((those) => ({ tokenHeader, ...those })),
	);
}

class Examination {
	readonly #account: Account;
	readonly #signal = AbortSignal.timeout(EXAMINATION_MS);
	readonly #steps: Step[] = [];
	readonly #settings: Report["settings"] = {};
	readonly #problems: string[] = [];
	readonly #settled: string[] = [];
	readonly #unknown = [...ONLY_A_CREATE];
	/** How far the host's clock is ahead of ours. */
	#clockSeconds: number | undefined;
	readonly #variants: readonly Variant[];
	readonly #secrets: string[];

	constructor(account: Account) {
		this.#account = account;
		this.#secrets = writtenOut(account.username, account.password);
		this.#variants = variantsOf(account);
	}

	async run(): Promise<Report> {
		const authorized = await this.#authorize();
		if (authorized !== undefined) await this.#read(authorized);
		this.#clock();
		const [settings, problems] = [this.#settings, this.#problems];
		return {
			...{ ok: problems.length === 0, problems, settled: this.#settled, unknown: this.#unknown, settings },
			devVars: Object.entries(settings).map(([name, value]) => `${name}=${quoted(value)}`),
			wrangler: authorized === undefined ? [] : [...SECRETS, `"vars": ${JSON.stringify(settings)}`],
			steps: this.#steps,
		};
	}

	/** The first way of the credentials that works, and what was read with it. */
	async #authorize(): Promise<{ way: Way; first: Seen } | undefined> {
		const ways = waysOf(this.#account);
		for (const way of ways) {
			const first = await this.#ask(way, this.#variants[0] ?? {});
			if (first.v1 !== undefined) {
				this.#credentialsAre(way);
				return { way, first };
			}
			const { status = 0, looksLocked = false } = first.authorize ?? {};
			if (looksLocked || !REFUSED.includes(status)) {
				this.#problems.push(whyNot(first.authorize));
				return undefined;
			}
		}
		const statuses = this.#steps.map(({ status }) => status).join(", ");
		this.#problems.push(
			`authorize refused the credentials in every way there is (${ways.map(wayOf).join("; ")}: ${statuses}). ` +
				"FLINKS_USERNAME or FLINKS_PASSWORD is wrong, or is another environment's.",
		);
		return undefined;
	}

	#credentialsAre({ credentialsIn = "basic", basicEncoding = "raw" }: Way): void {
		const { baseUrl } = this.#account;
		this.#set("FLINKS_BASE_URL", baseUrl);
		this.#set("FLINKS_CREDENTIALS_IN", credentialsIn);
		this.#settled.push(`FLINKS_CREDENTIALS_IN: ${credentialsIn} works, and is the first that did.`);
		if (baseUrl.startsWith("https:")) this.#settled.push("TLS: the certificate was accepted.");
		if (credentialsIn === "form") return;
		if (!waysOf(this.#account).some((way) => way.basicEncoding === "rfc6749")) {
			this.#unknown.push("FLINKS_BASIC_ENCODING: raw and rfc6749 are the same for these credentials.");
			return;
		}
		this.#set("FLINKS_BASIC_ENCODING", basicEncoding);
		this.#settled.push(`FLINKS_BASIC_ENCODING: ${basicEncoding} works.`);
	}

	#set(name: VarBinding, value: string): void {
		this.#settings[name] = value;
	}

	/** Reads in all other ways, and once with a token that nobody has issued: what is answered the same says nothing. */
	async #read({ way, first }: { way: Way; first: Seen }): Promise<void> {
		const seen = [first];
		for (const variant of this.#variants.slice(1)) if (!this.#isLocked) seen.push(await this.#ask(way, variant));
		const control = this.#isLocked ? first : await this.#ask(way, first.variant, crypto.randomUUID());
		const odd = this.#steps.find(({ looksLocked, failure, redirectsTo }) => looksLocked || failure || redirectsTo);
		const cut = [...seen, control].find(({ v2 }) => v2 === undefined);
		if (odd || cut) {
			this.#problems.push(whyNot(odd ?? cut?.authorize));
			return;
		}
		const [v1, v2] = [this.#takenBy("v1", seen, control), this.#takenBy("v2", seen, control)];
		const both = v1.filter((one) => v2.includes(one));
		if (v1.length > 0 && v2.length > 0 && both.length === 0) {
			this.#problems.push("v1 and v2 want different settings: one deployment serves one of them. These are for v1.");
		}
		const fitting = [both, v1, v2].find(({ length }) => length > 0);
		if (fitting !== undefined) this.#choose(fitting, v2.length > 0);
		else this.#problems.push("FLINKS_TOKEN_HEADER is not settled: no product says whether it takes the token.");
	}

	/** The variants whose token a product took, best those that were then told that there is no such id. */
	#takenBy(product: Product, all: Seen[], control: Seen): Seen[] {
		const refusal = control[product]?.status;
		if (refusal !== 401 && refusal !== 403) {
			this.#unknown.push(
				`${product}: a token that does not exist was answered ${refusal} too, so reading says nothing.`,
			);
			return [];
		}
		const taken = all.filter(({ [product]: step }) => step?.status !== refusal && step?.status !== 401);
		const found = taken.filter(({ [product]: step }) => step?.status === 404 || (step?.status === 200 && step.isJson));
		if (found.length > 0) return found;
		const statuses = [...new Set(all.map(({ [product]: step }) => step?.status))].join(", ");
		const isGiven = (value: string | undefined) => (value === undefined ? "not given" : "given");
		const instance = `FLINKS_INSTANCE (${isGiven(this.#account.instance)})`;
		const clientId = product === "v2" ? ` or FLINKS_CLIENT_ID (${isGiven(this.#account.clientId)})` : "";
		const what = taken.length > 0 ? "takes the token and then refuses to read" : "refuses the token in either header";
		this.#problems.push(
			`${product} ${what} (${statuses}): ${instance}${clientId} is wanted or wrong, or the account does not have ${product}. Ask Flinks.`,
		);
		return taken;
	}

	/** Of what works alike, the documented default; what Flinks gave is kept unless it is refused. */
	#choose(fitting: Seen[], isV2: boolean): void {
		const headers = [...new Set(fitting.map(({ variant }) => variant.tokenHeader ?? "authorization"))];
		const tokenHeader = headers.includes("authorization") ? "authorization" : "bearertoken";
		this.#set("FLINKS_TOKEN_HEADER", tokenHeader);
		this.#settled.push(
			headers.length > 1
				? "FLINKS_TOKEN_HEADER: both work, so authorization, the documented default."
				: `FLINKS_TOKEN_HEADER: only ${tokenHeader} works.`,
		);
		const left = fitting.filter(({ variant }) => variant.tokenHeader === tokenHeader);
		const kept = this.#keep("FLINKS_INSTANCE", "instance", left);
		if (isV2) this.#keep("FLINKS_CLIENT_ID", "clientId", kept);
		else if (this.#account.clientId !== undefined) this.#unknown.push("FLINKS_CLIENT_ID: v2 alone is sent it.");
	}

	#keep(name: VarBinding, option: "instance" | "clientId", fitting: Seen[]): Seen[] {
		const value = this.#account[option];
		if (value === undefined) return fitting;
		const sent = fitting.filter(({ variant }) => variant[option] !== undefined);
		const left = fitting.filter(({ variant }) => variant[option] === undefined);
		if (sent.length === 0) {
			this.#settled.push(`${name}: reading fails with it. Remove it, or ask Flinks for the right one.`);
			return left;
		}
		this.#set(name, value);
		this.#settled.push(
			left.length > 0 ? `${name}: reading works with it and without. Kept as you gave it.` : `${name}: wanted.`,
		);
		return sent;
	}

	#clock(): void {
		if (this.#clockSeconds === undefined) {
			this.#unknown.push("The clock: no answer had a Date.");
			return;
		}
		const text = `The clock here and that of the host differ by ${Math.abs(this.#clockSeconds)} s`;
		if (Math.abs(this.#clockSeconds) <= MOST_CLOCK_SECONDS) this.#settled.push(`${text}.`);
		else
			this.#problems.push(`${text}: webhooks would be refused as too old or from the future. Set the wrong one right.`);
	}

	get #isLocked(): boolean {
		return this.#steps.some(({ looksLocked }) => looksLocked);
	}

	/** Authorizes once and reads once for each product, by a client of its own. With a token that is made up it does not authorize. */
	async #ask(way: Way, variant: Variant, madeUp?: string): Promise<Seen> {
		const from = this.#steps.length;
		// The client authorizes for each read. Nothing is created here, so that one token does for both.
		let issued = madeUp && JSON.stringify({ access_token: madeUp, token_type: "bearer", expires_in: 299 });
		const fetch: NonNullable<Account["fetch"]> = async (url, init) => {
			const { pathname: path } = new URL(url);
			const isAuthorize = path === AUTHORIZE;
			if (isAuthorize && issued) return new Response(issued, { headers: { "content-type": "application/json" } });
			const sent = isAuthorize ? [wayOf(way)] : [...(madeUp ? ["a made-up token"] : []), ...headersOf(variant, path)];
			const step: Step = { method: init.method ?? "GET", path, sent };
			this.#steps.push(step);
			const { response, text } = await this.#look(step, url, init);
			if (isAuthorize && response.ok) {
				issued = text;
				const { access_token: token } = Object(parsed(issued)) as { access_token?: unknown };
				if (typeof token === "string") this.#secrets.push(...writtenOut(token));
			}
			return response;
		};
		const { baseUrl, username, password } = this.#account;
		const pay = new FlinksPay({ baseUrl, username, password, ...way, ...variant, timeoutMs: STEP_MS, fetch });
		await once((call) => pay.getPaymentRequest(crypto.randomUUID(), call), this.#signal);
		const sent = (to: string) => this.#steps.slice(from).find(({ path }) => path.startsWith(to));
		const v1 = sent("/api/v1/paymentrequests/");
		// Its status is the one call that may ask for no token; its details do.
		if (v1 && !this.#isLocked) await once((call) => pay.getSessionDetails(crypto.randomUUID(), call), this.#signal);
		pay.close();
		return { variant, authorize: sent(AUTHORIZE), v1, v2: sent("/api/v2/") };
	}

	/** Sends a request, and writes down what its answer, of which it gives the start too, looks like. */
	async #look(step: Step, url: string, init: RequestInit): Promise<{ response: Response; text: string }> {
		try {
			const response = await (this.#account.fetch ?? globalThis.fetch)(url, init);
			const { status } = response;
			const text = await startOf(response.clone());
			step.status = status;
			this.#describe(step, response, text);
			const isRefused = step.path === AUTHORIZE && !response.ok;
			if ([423, 429].includes(status) || (isRefused && (status === 403 || LOCKED.test(text)))) step.looksLocked = true;
			return { response, text };
		} catch (error) {
			step.failure = init.signal?.aborted ? "no answer in time" : wordOf(error);
			throw error;
		}
	}

	#describe(step: Step, { status, headers }: Response, text: string): void {
		const isRedirect = status >= 300 && status < 400;
		const contentType = /^[\w.+-]+\/[\w.+-]+/.exec(headers.get("content-type") ?? "")?.[0];
		if (contentType !== undefined) step.contentType = this.#told(contentType);
		const json = /json/.test(contentType ?? "") ? parsed(text) : undefined;
		step.isJson = json !== undefined;
		const names = Object.keys(Object(json)).slice(0, 20);
		if (json !== undefined) step.fields = names.map((name) => this.#told(name));
		const location = headers.get("location");
		if (isRedirect && location !== null && URL.canParse(location, this.#account.baseUrl)) {
			step.redirectsTo = this.#told(new URL(location, this.#account.baseUrl).origin, /^.{1,200}$/);
		}
		const date = Date.parse(headers.get("date") ?? "");
		if (!Number.isNaN(date)) this.#clockSeconds ??= Math.round((date - Date.now()) / 1000);
	}

	/** A host may send back whatever it was sent, where a name should stand too, and that in other letters. */
	#told(text: string, shape = /^[A-Za-z_./+-]{1,60}$/): string {
		const isSecret = this.#secrets.some((secret) => text.toLowerCase().includes(secret.toLowerCase()));
		return shape.test(text) && !isSecret ? text : "(not shown)";
	}
}

/** Makes a call whose every request is sent once: the client would try some of them again. */
async function once(
	ask: (call: { signal: AbortSignal; onEvent: (event: AttemptEvent) => void }) => Promise<unknown>,
	signal: AbortSignal,
): Promise<void> {
	const stop = new AbortController();
	const onEvent = ({ outcome }: AttemptEvent) => {
		if (outcome !== "ok") stop.abort();
	};
	// What came of it, the steps say.
	await ask({ signal: AbortSignal.any([signal, stop.signal]), onEvent }).catch(() => {});
}

/** These texts as a header, a form or a URL may carry them, together too. */
function writtenOut(...texts: string[]): string[] {
	const formOf = (text: string) => new URLSearchParams({ "": text }).toString().slice(1);
	const all = [...texts, texts.join(":"), texts.map(formOf).join(":")];
	const base64 = all.map((text) => btoa(String.fromCharCode(...new TextEncoder().encode(text))).replace(/=+$/, ""));
	return [...all, ...base64, ...texts.flatMap((text) => [formOf(text), encodeURIComponent(text)])];
}

/** The start of a body; what is longer is not looked at. */
async function startOf({ body }: Response): Promise<string> {
	const reader = body?.getReader();
	const decoder = new TextDecoder();
	let text = "";
	while (reader !== undefined && text.length < MOST_OF_A_BODY) {
		const { done, value } = await reader.read();
		if (done) break;
		text += decoder.decode(value, { stream: true });
	}
	// It ends with the other half of the answer, which is the client's.
	reader?.cancel().catch(() => {});
	return text;
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** As `.dev.vars.example` says. */
function quoted(value: string): string {
	return value.includes("'") ? `\`${value}\`` : `'${value}'`;
}

function wayOf({ credentialsIn, basicEncoding }: Way): string {
	return credentialsIn === "form" ? "form fields" : `Basic, ${basicEncoding}`;
}

function headersOf({ tokenHeader, instance, clientId }: Variant, path: string): string[] {
	return [
		tokenHeader === "bearertoken" ? "BearerToken" : "Authorization",
		...(instance === undefined ? [] : ["BaseURI"]),
		...(clientId === undefined || path.startsWith("/api/v1/") ? [] : ["x-client-id"]),
	];
}

/** The word that a runtime has for a request without an answer. */
function wordOf(error: unknown): string {
	if (!(error instanceof Error)) return "unknown";
	const { code } = Object(error.cause ?? error) as { code?: unknown };
	return typeof code === "string" && /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : error.name;
}

/** What is wrong where a step ended the examination. */
function whyNot(step: Step | undefined): string {
	if (step === undefined) return `The examination took longer than ${EXAMINATION_MS / 1000} s.`;
	const { method, path, status = 0, contentType = "no media type", redirectsTo, failure, looksLocked } = step;
	const where = `${method} ${path}`;
	if (failure !== undefined) return `${where} has no answer (${failure}): is FLINKS_BASE_URL right, and the host up?`;
	if (looksLocked) {
		return `${where} was answered ${status}, as by a lock-out or a firewall. Nothing more was sent. Ask Flinks before you try again.`;
	}
	if (redirectsTo !== undefined) {
		return `${where} was answered ${status}, a redirect to ${redirectsTo}, which is never followed. Ask Flinks for the right FLINKS_BASE_URL.`;
	}
	const what = `${where} was answered ${status} with ${contentType}`;
	if (status >= 500) return `${what}: the host is not well. Try again later.`;
	return `${what}, which is no answer of Flinks Pay: is FLINKS_BASE_URL right, or is a proxy before it?`;
}
