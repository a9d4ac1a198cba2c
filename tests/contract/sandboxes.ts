// The sandboxes of the contract's cases, and what the cases have in common.

import * as client from "flinkspay-edge";
import type { Sandbox, SandboxOptions } from "flinkspay-edge/sandbox";

export const credentials = { username: "sandbox", password: "sandbox" };
export const payor = { firstName: "Zoë", lastName: "Tremblay", email: "zoe@example.com" };
const account = { institutionCode: "999", transitNumber: "30265", accountNumber: "9876541" };
export const products: Record<client.SessionParams["product"], client.SessionParams> = {
	"e-transfer": { product: "e-transfer", referenceId: "R-1", amount: "250.00", payor, payee: { account } },
	eft: { product: "eft", referenceId: "R-1", amount: "12.50", payor },
	geft: { product: "geft", referenceId: "R-1", amount: "99999.99", payor, payee: { account } },
};
export const payment: client.PaymentParams = {
	referenceId: "R-1",
	amount: "12.50",
	customerName: "Zoë Tremblay",
	customerEmail: "zoe@example.com",
};

/** A sandbox behind HTTP, by the names of {@link Sandbox}. */
interface Remote {
	url: string;
	play(...given: Parameters<Sandbox["play"]>): Promise<void>;
	settle(): Promise<void>;
	advance(ms: number): Promise<void>;
	fault(given: Parameters<Sandbox["fault"]>[0]): Promise<void>;
	journal(): Promise<Sandbox["journal"]>;
	emails(): Promise<Sandbox["emails"]>;
	webhooks(): Promise<Sandbox["webhooks"]>;
}

/** Opens a sandbox for one case. */
export type OpenSandbox = (
	options?: SandboxOptions,
	more?: Partial<client.FlinksPayOptions>,
) => Promise<{ sandbox: Remote; pay: client.FlinksPay }>;

export function openerAt(bench: string): OpenSandbox {
	const post = async (path: string, body: unknown) => {
		const init = { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
		const response = await fetch(bench + path, init);
		if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
		return response.json();
	};
	return async (options = {}, more = {}) => {
		const { id, url } = await post("/sandboxes", options);
		const call = (name: keyof Sandbox, ...given: unknown[]) => post(`/sandboxes/${id}`, { name, given });
		const sandbox: Remote = {
			url,
			play: (...given) => call("play", ...given),
			settle: () => call("settle"),
			advance: (ms) => call("advance", ms),
			fault: (given) => call("fault", given),
			journal: () => call("journal"),
			emails: () => call("emails"),
			webhooks: () => call("webhooks"),
		};
		const pay = new client.FlinksPay({ baseUrl: url, ...credentials, allowCredentialsInBrowser: true, ...more });
		return { sandbox, pay };
	};
}

export type Expect = (what: string, got: unknown, due: unknown) => void;

export type Cases = Readonly<Record<string, (expect: Expect, open: OpenSandbox) => Promise<void>>>;

/** The last parts of the paths that were asked for. */
export async function steps(sandbox: Remote): Promise<string> {
	return (await sandbox.journal()).map(({ path }) => path.split("/").pop()).join(" ");
}

export async function outcome(call: Promise<unknown>): Promise<string> {
	try {
		await call;
		return "done";
	} catch (error) {
		return error instanceof client.FlinksPayError ? `${error.code} ${error.stage} ${error.outcome}` : String(error);
	}
}

export async function failure(call: Promise<unknown>): Promise<client.FlinksPayError> {
	try {
		await call;
	} catch (error) {
		if (error instanceof client.FlinksPayError) return error;
		throw error;
	}
	throw new Error("the call did not fail");
}

/** Work that throws, as a call that rejects. */
export async function attempt(work: () => unknown): Promise<unknown> {
	return work();
}

export function refusal(work: () => unknown): string {
	try {
		work();
		return "taken";
	} catch (error) {
		return error instanceof client.FlinksPayError ? error.code : String(error);
	}
}

/** Waits for two minutes at most; then the case itself complains. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
	for (let tries = 0; tries < 12_000 && !(await condition()); tries += 1) {
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}
