// The doctor: finds out which settings a host of Flinks wants, and creates nothing there. It authorizes, and reads ids
// that nobody has. It sends through the client, with a new one for each variant. Its report has no credential, no token
// and no text of an answer.

import type { VarBinding } from "./bindings.ts";
import {
	type Account,
	type Product,
	Requests,
	type Seen,
	type Step,
	type Variant,
	type Way,
	wayOf,
} from "./doctor-requests.ts";
import type { CheckReport } from "./schemas/configuration.ts";

const CHECK_MS = 45_000;
const MAX_CLOCK_SECONDS = 60;

/** The statuses with which a host may refuse credentials that came in a way it does not know. */
const REFUSED = [400, 401, 415, 422, 500];
const ONLY_A_CREATE = [
	"FLINKS_AMOUNT_AS: whether v1 wants the amount as a number (the default) or as text.",
	"Whether creating wants BaseURI or x-client-id where reading does not.",
	"Which products this account has, and its largest amounts.",
];

const SECRETS = ["FLINKS_USERNAME", "FLINKS_PASSWORD"].map((name) => `npx wrangler secret put ${name}`);

/** How many requests a check sends at most. `refused` of the authorizations may be with credentials that are refused. */
export function planOf(account: Account): { authorizations: number; refused: number; reads: number } {
	const [ways, variants] = [waysOf(account).length, variantsOf(account).length];
	return { authorizations: ways + variants - 1, refused: ways, reads: 2 * variants + 2 };
}

/**
 * Checks a host, one request after the other, in 45 seconds at most.
 *
 * @throws {FlinksPayError} `invalid_config`, before anything is sent, with the option's name in `field`.
 */
export function examine(account: Account): Promise<CheckReport> {
	return new Check(account).run();
}

/** The ways to send these credentials that differ, the default first. */
function waysOf({ username, password }: Account): Way[] {
	const differ = [username, password].some((text) => new URLSearchParams({ "": text }).toString().slice(1) !== text);
	return [
		// The client refuses a colon, which nobody could decode.
		...(username.includes(":") ? [] : [{ credentialsIn: "basic", basicEncoding: "raw" } as const]),
		...(differ ? [{ credentialsIn: "basic", basicEncoding: "rfc6749" } as const] : []),
		{ credentialsIn: "form" },
	];
}

/** The ways to read. The first has the default header and all optional headers. */
function variantsOf({ instance, clientId }: Account): Variant[] {
	const instances = instance === undefined ? [{}] : [{ instance }, {}];
	const clientIds = clientId === undefined ? [{}] : [{ clientId }, {}];
	const extras = instances.flatMap((one) => clientIds.map((other) => ({ ...one, ...other })));
	return (["authorization", "bearertoken"] as const).flatMap((tokenHeader) =>
		extras.map((those) => ({ tokenHeader, ...those })),
	);
}

class Check {
	readonly #account: Account;
	readonly #requests: Requests;
	readonly #settings: CheckReport["settings"] = {};
	readonly #problems: string[] = [];
	readonly #settled: string[] = [];
	readonly #unknown = [...ONLY_A_CREATE];
	readonly #variants: readonly Variant[];

	constructor(account: Account) {
		this.#account = account;
		this.#requests = new Requests(account, AbortSignal.timeout(CHECK_MS));
		this.#variants = variantsOf(account);
	}

	async run(): Promise<CheckReport> {
		const authorized = await this.#authorize();
		if (authorized !== undefined) await this.#read(authorized);
		this.#checkClock();
		const [settings, problems] = [this.#settings, this.#problems];
		return {
			...{ ok: problems.length === 0, problems, settled: this.#settled, unknown: this.#unknown, settings },
			devVars: Object.entries(settings).map(([name, value]) => `${name}=${quoted(value)}`),
			wrangler: authorized === undefined ? [] : [...SECRETS, `"vars": ${JSON.stringify(settings)}`],
			steps: this.#requests.steps,
		};
	}

	/** The first way to send the credentials that works, and what was read with it. */
	async #authorize(): Promise<{ way: Way; first: Seen } | undefined> {
		const ways = waysOf(this.#account);
		for (const way of ways) {
			const first = await this.#requests.send(way, this.#variants[0] ?? {});
			if (first.v1 !== undefined) {
				this.#settleCredentials(way);
				return { way, first };
			}
			const { status = 0, looksLocked = false } = first.authorize ?? {};
			if (looksLocked || !REFUSED.includes(status)) {
				this.#problems.push(whyNot(first.authorize));
				return undefined;
			}
		}
		const statuses = this.#requests.steps.map(({ status }) => status).join(", ");
		this.#problems.push(
			`authorize refused the credentials in every way there is (${ways.map(wayOf).join("; ")}: ${statuses}). ` +
				"FLINKS_USERNAME or FLINKS_PASSWORD is wrong, or is another environment's.",
		);
		return undefined;
	}

	#settleCredentials({ credentialsIn = "basic", basicEncoding = "raw" }: Way): void {
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

	/** Reads in all other ways, and once with an invented token: a product that answers that the same reveals nothing. */
	async #read({ way, first }: { way: Way; first: Seen }): Promise<void> {
		const seen = [first];
		for (const variant of this.#variants.slice(1))
			if (!this.#requests.isLocked) seen.push(await this.#requests.send(way, variant));
		const control = this.#requests.isLocked
			? first
			: await this.#requests.send(way, first.variant, crypto.randomUUID());
		const odd = this.#requests.steps.find(
			({ looksLocked, failure, redirectsTo }) => looksLocked || failure || redirectsTo,
		);
		const cut = [...seen, control].find(({ v2 }) => v2 === undefined);
		if (odd || cut) {
			this.#problems.push(whyNot(odd ?? cut?.authorize));
			return;
		}
		const [v1, v2] = [this.#acceptedBy("v1", seen, control), this.#acceptedBy("v2", seen, control)];
		const both = v1.filter((one) => v2.includes(one));
		if (v1.length > 0 && v2.length > 0 && both.length === 0) {
			this.#problems.push(
				"v1 and v2 want different settings, and these are for v1. One deployment serves one of them.",
			);
		}
		const fitting = [both, v1, v2].find(({ length }) => length > 0);
		if (fitting !== undefined) this.#choose(fitting, v2.length > 0);
		else this.#problems.push("FLINKS_TOKEN_HEADER is not settled: no product says whether it takes the token.");
	}

	/** The variants whose token a product accepted, preferably those that were then answered that there is no such id. */
	#acceptedBy(product: Product, all: Seen[], control: Seen): Seen[] {
		const refusal = control[product]?.status;
		if (refusal !== 401 && refusal !== 403) {
			this.#unknown.push(`${product}: an invented token was answered ${refusal}, too, so reading reveals nothing.`);
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

	/** Chooses the documented default among what works. What Flinks gave is kept unless it is refused. */
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
		else if (this.#account.clientId !== undefined) this.#unknown.push("FLINKS_CLIENT_ID: only v2 is sent it.");
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

	#checkClock(): void {
		const seconds = this.#requests.clockSeconds;
		if (seconds === undefined) {
			this.#unknown.push("The clock: no answer had a Date.");
			return;
		}
		const text = `The clock here and that of the host differ by ${Math.abs(seconds)} s`;
		if (Math.abs(seconds) <= MAX_CLOCK_SECONDS) this.#settled.push(`${text}.`);
		else
			this.#problems.push(`${text}: webhooks would be refused as too old or from the future. Set the wrong one right.`);
	}
}

/** Quotes a value as `.dev.vars.example` says. */
function quoted(value: string): string {
	return value.includes("'") ? `\`${value}\`` : `'${value}'`;
}

/** The problem of the step that ended the check. */
function whyNot(step: Step | undefined): string {
	if (step === undefined) return `The check took longer than ${CHECK_MS / 1000} s. Try again later.`;
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
