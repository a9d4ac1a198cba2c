// The browser's side of an order: starts the payment through the Worker, shows Flinks' page in a frame or by redirect, and
// passes on what that page says. Only `status`, the Worker's word, says paid. On a server, the import does nothing.

const READ_MS = 30_000; // Flinks asks for no more than one question every 30 seconds.
const STORED = "flinks-pay";

/** After these the payor has nothing left to do on Flinks' page. */
const ENDS = /^(SUCCESS|CLOSE|GUARANTEE_FAILED)$|_(SCREEN_EXIT|OPTIONS_SELECTED|CLIENT_SELECTED)$/;

export class LaunchError extends Error {
	name = "LaunchError";

	constructor(message, fields) {
		super(message);
		Object.assign(this, fields);
	}
}

/** Order -> its payment, so that a second click finds what the first one started. */
const started = new Map();
let current;

export async function launch({ worker, order, container, label }) {
	if (!started.has(order)) started.set(order, start(worker, order));
	try {
		current = await started.get(order);
	} catch (error) {
		started.delete(order);
		throw error;
	}
	current.open(container, label);
	return current;
}

export function resume() {
	try {
		current ??= paymentOf(JSON.parse(sessionStorage[STORED]));
	} catch {
		// Nothing is kept, or the browser keeps nothing for this page.
	}
	return current;
}

export function cspFor({ worker, flinks }) {
	return `script-src 'self'; connect-src 'self' ${originOf("worker", worker)}; frame-src ${originOf("flinks", flinks)}`;
}

/** A payment that exists: its frame, what the frame says, and what the Worker says. */
function paymentOf({ worker, capability, ...known }) {
	const { id, appUrl } = known;
	const app = originOf("appUrl", appUrl); // never a javascript: address
	const payment = new EventTarget();
	let frame;
	let before;
	let timer;
	let reading;
	let readAt = -READ_MS;
	let over = false;

	const read = async () => {
		await sleep(readAt + READ_MS - performance.now());
		readAt = performance.now();
		try {
			const headers = { Authorization: `Bearer ${capability}` };
			const view = await ask("status", `${worker}/payments/${id}`, { headers });
			over = view.paid || view.final;
			if (over) keep();
			tell(payment, "status", view);
			return view;
		} catch (error) {
			tell(payment, "problem", error);
			throw error;
		}
	};
	const status = () => {
		reading ??= read().finally(() => {
			reading = undefined;
		});
		return reading;
	};
	const look = () => over || document.hidden || status().catch(() => {});

	// Anybody may post a message, and the frame's own are no proof of anything either.
	const hear = ({ origin, source, data }) => {
		const step = origin === app && source === frame?.contentWindow && stepOf(data);
		if (!step) return;
		const ends = ENDS.test(step);
		tell(payment, "step", { step, ends });
		if (ends) look();
	};

	const follow = () => {
		clearInterval(timer);
		timer = setInterval(look, READ_MS);
		// Back from Flinks' page, or from the bank's app.
		document.addEventListener("visibilitychange", look);
		addEventListener("message", hear);
	};

	const open = (container, label) => {
		if (!container) return location.assign(appUrl);
		follow();
		if (!frame?.isConnected) {
			before = document.activeElement;
			frame = document.createElement("iframe");
			Object.assign(frame, { title: label || "Pay from your bank", src: appUrl, width: "100%", height: "600" });
			container.append(frame);
		}
		frame.focus();
	};

	const close = () => {
		clearInterval(timer);
		document.removeEventListener("visibilitychange", look);
		removeEventListener("message", hear);
		const focused = frame && document.activeElement === frame;
		frame?.remove();
		if (focused) before.focus();
	};

	follow();
	return Object.assign(payment, known, { status, open, close });
}

async function start(worker, order) {
	const origin = originOf("worker", worker);
	const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ order }) };
	const begun = performance.now();
	for (let pause = 1000; ; pause *= 2) {
		try {
			const { id, referenceId, appUrl, capability } = await ask("start", `${origin}/payments`, request);
			const stored = { worker: origin, id, referenceId, appUrl, capability };
			const payment = paymentOf(stored);
			keep(stored);
			return payment;
		} catch (error) {
			// One order is one payment however often it is sent, so what was lost is sent again.
			const wait = error.retryAfterMs ?? pause;
			const most = { network: 10_000, in_progress: 30_000 }[error.code];
			if (!(performance.now() - begun + wait < most)) throw error;
			await sleep(wait);
		}
	}
}

async function ask(stage, url, init) {
	const signal = AbortSignal.timeout(30_000);
	const answer = await fetch(url, { ...init, credentials: "omit", signal }).catch(() => {});
	const body = await answer?.json().catch(() => {});
	if (body && answer.ok) return body;
	const {
		code = "network",
		outcome = "unknown",
		title = "No answer: no network, or not in ALLOWED_ORIGINS",
	} = body ?? {};
	const retryAfterMs = answer?.headers.get("Retry-After") * 1000 || undefined;
	throw new LaunchError(title, { stage, code, outcome, retryAfterMs });
}

function originOf(field, url) {
	if (/^https?:/.test(url) && URL.canParse(url)) return new URL(url).origin;
	throw new LaunchError(`${field} must be an http(s) origin`, {
		code: "invalid_input",
		field,
	});
}

function stepOf(data) {
	try {
		const { step, event } = typeof data === "string" ? JSON.parse(data) : data;
		return /^[A-Z_]+$/.exec(step ?? event)?.[0];
	} catch {
		// Somebody else's message.
	}
}

/** Keeps a payment for `resume` in this tab; without one, forgets it. */
function keep(payment) {
	try {
		if (payment) sessionStorage[STORED] = JSON.stringify(payment);
		else delete sessionStorage[STORED];
	} catch {
		// The browser keeps nothing for this page.
	}
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const tell = (target, type, detail) => target.dispatchEvent(new CustomEvent(type, { detail }));

export class FlinksPayElement extends (globalThis.HTMLElement ?? class {}) {
	connectedCallback() {
		this.onclick = ({ target }) => target.closest("button") && this.start().catch(() => {});
	}

	disconnectedCallback() {
		this.payment?.close();
	}

	async start() {
		const [worker, order, label, mode] = ["worker", "order", "label", "mode"].map((name) => this.getAttribute(name));
		this.ariaBusy = "true";
		try {
			const payment = await launch({ worker, order, label, container: mode !== "redirect" && this });
			if (payment !== this.payment) {
				this.payment = payment;
				for (const type of ["step", "status", "problem"]) {
					payment.addEventListener(type, ({ detail }) => tell(this, type, detail));
				}
			}
			return payment;
		} catch (error) {
			tell(this, "problem", error);
			throw error;
		} finally {
			this.ariaBusy = null;
		}
	}
}

globalThis.customElements?.define("flinks-pay", FlinksPayElement);
