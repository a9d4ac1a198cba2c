// The requests of the tests, written by hand: no client is between a test and the sandbox.
import { createSandbox, type Sandbox, type SandboxOptions } from "../src/sandbox.ts";

export const ORIGIN = "http://sandbox.test";
export const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The default parameters of initiate. */
export const PARAMS = {
	referenceId: "User1234",
	amount: 12.5,
	customerName: "Avery Tremblay",
	customerEmail: "avery@example.com",
};

const PAYOR = { firstName: "Avery", lastName: "Tremblay", email: "avery@example.com" };

/** The documented example of a v2 e-Transfer, with another payor. */
export const E_TRANSFER = {
	referenceId: "USER12345",
	type: "e-Transfer",
	direction: "DEBIT",
	currency: "CAD",
	amount: 250.0,
	options: { notificationPreferences: { sendInteracLink: true } },
	payor: PAYOR,
	payee: { account: { institutionCode: "999", transitNumber: "30265", accountNumber: "9876541" } },
};

/** A regular EFT. */
export const EFT = {
	referenceId: "USER12345",
	type: "EFT",
	direction: "DEBIT",
	currency: "CAD",
	amount: 500,
	options: { guarantee: { enable: false }, notificationPreferences: { language: "EN" } },
	payor: PAYOR,
};

/** A guaranteed EFT. */
export const GEFT = { ...EFT, options: { ...EFT.options, guarantee: { enable: true } }, payee: E_TRANSFER.payee };

/** An answer with its parsed body. */
export interface Answer {
	status: number;
	type: string | null;
	headers: Headers;
	body: Record<string, unknown>;
}

async function read(response: Response): Promise<Answer> {
	const { status, headers } = response;
	return { status, headers, type: headers.get("content-type"), body: JSON.parse(await response.text()) };
}

export function text(body: Record<string, unknown>, key: string): string {
	const value = body[key];
	if (typeof value !== "string") throw new Error(`${key} is not text in ${JSON.stringify(body)}`);
	return value;
}

export function basic(username: string, password: string): string {
	return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

/** A sandbox and the calls to it. */
export function start(options?: SandboxOptions) {
	const sandbox: Sandbox = createSandbox(options);
	const call = async (path: string, init?: RequestInit) => read(await sandbox.fetch(ORIGIN + path, init));

	const authorize = (headers: Record<string, string>, body: string | URLSearchParams) =>
		call("/api/v1/authorize", { method: "POST", headers, body });
	const token = async (): Promise<string> => {
		const { username, password } = options?.credentials ?? { username: "sandbox", password: "sandbox" };
		const form = new URLSearchParams({ grant_type: "client_credentials" });
		return text((await authorize({ authorization: basic(username, password) }, form)).body, "access_token");
	};
	const post = (path: string, bearer: string, body: unknown, headers: Record<string, string> = {}) =>
		call(path, {
			method: "POST",
			headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json", ...headers },
			body: JSON.stringify(body),
		});
	const initiate = (bearer: string, body: unknown = PARAMS) => post("/api/v1/sessions/initiate", bearer, body);
	const request = (bearer: string, sessionId: string) => post("/api/v1/paymentrequests", bearer, { sessionId });
	const status = (bearer: string, requestId: string) =>
		call(`/api/v1/paymentrequests/${requestId}`, { headers: { authorization: `Bearer ${bearer}` } });

	/** Creates a payment request that the payor can pay. */
	const pay = async (customerName = PARAMS.customerName) => {
		const bearer = await token();
		const sessionId = text((await initiate(bearer, { ...PARAMS, customerName })).body, "sessionId");
		const requestId = text((await request(bearer, sessionId)).body, "requestId");
		const readStatus = async () => text((await status(await token(), requestId)).body, "status");
		return { bearer, sessionId, requestId, readStatus };
	};

	const get = (path: string, bearer: string) => call(path, { headers: { authorization: `Bearer ${bearer}` } });
	const sendRequest = (bearer: string, body: unknown = PARAMS) => post("/api/v1/sessions/sendrequest", bearer, body);
	const create = (bearer: string, body: unknown) => post("/api/v2/sessions", bearer, body);
	/** Creates a v2 session, with functions that read and change it. */
	const open = async (body: object = GEFT) => {
		const bearer = await token();
		const path = `/api/v2/sessions/${text((await create(bearer, body)).body, "sessionId")}`;
		return {
			sessionId: path.slice(-36),
			bearer,
			path,
			readStatus: async () => (await get(`${path}/status`, bearer)).body,
			readDetails: async () => (await get(`${path}/details`, bearer)).body,
			cancel: () => post(`${path}/cancel`, bearer, undefined),
			confirm: (guaranteeAccepted: unknown) => post(`${path}/guarantees/confirm`, bearer, { guaranteeAccepted }),
		};
	};
	return { sandbox, call, authorize, token, post, get, initiate, request, status, pay, sendRequest, create, open };
}
