// POST /api/v2/sessions: every limit of docs.flinks.com/api/pay/endpoints/geft/sessions-initiate, from both sides.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SandboxOptions } from "../src/sandbox.ts";
import { E_TRANSFER, EFT, GEFT, GUID, ORIGIN, start, text } from "./calls.ts";

const PRODUCTS = { "e-Transfer": E_TRANSFER, EFT, GEFT };

/** The names of the rejected fields; none if the session was created. */
async function wrong(body: unknown, options?: SandboxOptions): Promise<string[]> {
	const { create, token } = start(options);
	const answer = await create(await token(), body);
	if (answer.status === 201) return [];
	assert.equal(answer.status, 400, JSON.stringify(answer.body));
	assert.equal(answer.type, "application/problem+json");
	const errors: Record<string, string[]> = Object(answer.body.errors);
	for (const why of Object.values(errors)) assert.ok(why.length > 0 && why.every((one) => one.length > 5));
	return Object.keys(errors);
}

/** A copy with one field, named by its path, replaced. */
function changed(body: object, path: string, value: unknown): object {
	const [first = "", ...rest] = path.split(".");
	const inner: unknown = Reflect.get(body, first);
	return { ...body, [first]: rest.length === 0 ? value : changed(Object(inner ?? {}), rest.join("."), value) };
}

test("a session of each type answers 201 with the documented keys and no others", async () => {
	for (const body of Object.values(PRODUCTS)) {
		const { create, token } = start();
		const answer = await create(await token(), body);
		assert.equal(answer.status, 201);
		assert.deepEqual(Object.keys(answer.body), ["sessionId", "referenceId"]);
		assert.match(text(answer.body, "sessionId"), GUID);
		assert.equal(answer.body.referenceId, "USER12345");
	}
});

test("an empty body is 400 with an error for each required field", async () => {
	assert.deepEqual(await wrong({}), ["type", "direction", "currency", "payor"]);
	const bare = { type: "e-Transfer", direction: "DEBIT", currency: "CAD", payor: {} };
	assert.deepEqual(await wrong(bare), ["payor.email", "payor.firstName", "payor.lastName"]);
	assert.deepEqual(await wrong({ ...EFT, payor: { firstName: "A", lastName: "B" } }), []);
});

const LIMITS: [path: string, good: unknown[], bad: unknown[]][] = [
	["type", [], ["eft", "ETransfer", "GEFT", "", 7, null]],
	["direction", ["DEBIT"], ["CREDIT", "debit", "", null, 1]],
	["currency", ["CAD"], ["USD", "cad", null, 1]],
	["amount", [0.01, 1, 99999.99, 12.5, null], [0, -1, 100000, 0.001, 0.1 + 0.2, "5.00", true, {}]],
	["referenceId", ["r".repeat(100), null], ["r".repeat(101), 7, {}]],
	["payor.firstName", ["n", "n".repeat(100)], ["n".repeat(101), "", "  ", null, 7]],
	["payor.lastName", ["n", "n".repeat(100)], ["n".repeat(101), "", null, []]],
	["payor.middleName", ["n".repeat(100), null], ["n".repeat(101), 7]],
	["payor.email", [`${"e".repeat(94)}@ex.ca`], [`${"e".repeat(95)}@ex.ca`, "nobody", 7]],
	["payor.phone", ["5", "1".repeat(15), null], ["1".repeat(16), "514-555", "", 5145550100]],
	["payor.occupation", ["Clerk", null], [7]],
	[
		"payor.dateOfBirth",
		["1985-03-15", "2000-02-29", null],
		["1985-3-15", "15-03-1985", "2001-02-29", "1985-13-01", 1985],
	],
	["payor.address.province", ["QC", null], ["Q", "QUE", "Q1", 1]],
	["payor.address.postalCode", ["H2X1Y4", null], ["H2X 1Y4", "H2X1Y", "H2X1Y44", 1]],
	["payor.address.addressLine1", ["1 Main", null], [1]],
	["payor.address", [{}, null], ["1 Main", []]],
	["options.notificationPreferences.language", ["EN", "FR", null], ["DE", "en", 1]],
	["options.notificationPreferences.sendInteracLink", [true, false, null], ["true", 1]],
	["options.showConsentScreen", [true, false, null], ["true", 0]],
];

for (const [path, good, bad] of LIMITS) {
	test(`${path} has the same limits in every product`, async () => {
		for (const body of Object.values(PRODUCTS)) {
			for (const value of good) assert.deepEqual(await wrong(changed(body, path, value)), [], JSON.stringify(value));
			for (const value of bad) assert.deepEqual(await wrong(changed(body, path, value)), [path], JSON.stringify(value));
		}
	});
}

test("an account has three, five, and seven to twelve digits", async () => {
	const limits: [string, string[], unknown[]][] = [
		["institutionCode", ["999"], ["99", "9999", "99x", "", null, 999]],
		["transitNumber", ["30265"], ["3026", "302655", "", null]],
		["accountNumber", ["1234567", "123456789012"], ["123456", "1234567890123", "12345-67", null]],
		["accountLabel", ["Savings"], [7]],
	];
	for (const body of [GEFT, E_TRANSFER]) {
		for (const [name, good, bad] of limits) {
			const path = `payee.account.${name}`;
			for (const value of good) assert.deepEqual(await wrong(changed(body, path, value)), [], `${name} ${value}`);
			for (const value of bad) assert.deepEqual(await wrong(changed(body, path, value)), [path], `${name} ${value}`);
		}
	}
});

test("payee is rejected for a regular EFT and optional otherwise, unless there is no default account", async () => {
	assert.deepEqual(await wrong({ ...EFT, payee: GEFT.payee }), ["payee"]);
	assert.deepEqual(await wrong({ ...EFT, payee: null }), []);
	for (const body of [GEFT, E_TRANSFER]) {
		const { payee: _, ...rest } = body;
		assert.deepEqual(await wrong(rest), []);
		assert.deepEqual(await wrong(rest, { defaultAccount: false }), ["payee"]);
		assert.deepEqual(await wrong(body, { defaultAccount: false }), []);
	}
	assert.deepEqual(await wrong(EFT, { defaultAccount: false }), []);
});

test("an e-Transfer needs an e-mail address; EFT does not", async () => {
	assert.deepEqual(await wrong(changed(E_TRANSFER, "payor.email", null)), ["payor.email"]);
	for (const body of [EFT, GEFT]) assert.deepEqual(await wrong(changed(body, "payor.email", null)), []);
});

test("options.guarantee.enable is a boolean, and false if it is missing", async () => {
	assert.deepEqual(await wrong(changed(GEFT, "options.guarantee.enable", "true")), [
		"options.guarantee.enable",
		"payee",
	]);
	const { open } = start();
	const { options: _, ...rest } = EFT;
	assert.equal(Object(Object((await (await open(rest)).readDetails()).options).guarantee).enable, false);
});

test("each option of the create works both ways", async () => {
	const credit = { ...E_TRANSFER, direction: "CREDIT" };
	assert.deepEqual(await wrong(credit, { eTransferDirection: "DEBIT_or_CREDIT" }), []);
	assert.deepEqual(await wrong({ ...EFT, direction: "CREDIT" }, { eTransferDirection: "DEBIT_or_CREDIT" }), [
		"direction",
	]);
	for (const [amount, names] of [
		["5.00", []],
		["0.00", ["amount"]],
		["100000.00", ["amount"]],
		["1e2", ["amount"]],
	] as const) {
		assert.deepEqual(await wrong({ ...GEFT, amount }, { sessionAmount: "number_or_text" }), names, amount);
	}
	assert.deepEqual(await wrong(GEFT, { geftAddress: "required" }), ["payor.address"]);
	assert.deepEqual(await wrong(changed(GEFT, "payor.address", {}), { geftAddress: "required" }), []);
	assert.deepEqual(await wrong(EFT, { geftAddress: "required" }), []);
});

test("keys match in any case, and unknown ones are ignored", async () => {
	const upper = Object.fromEntries(Object.entries(EFT).map(([key, value]) => [key.toUpperCase(), value]));
	assert.deepEqual(await wrong({ ...upper, birthDate: "never", more: 1 }), []);
});

test("a product that is not in `products` is 403", async () => {
	const names = Object.keys(PRODUCTS) as (keyof typeof PRODUCTS)[];
	for (const missing of names) {
		const { create, token } = start({ products: names.filter((name) => name !== missing) });
		for (const name of names) {
			const answer = await create(await token(), PRODUCTS[name]);
			assert.equal(answer.status, name === missing ? 403 : 201, `${name} without ${missing}`);
			if (name === missing) assert.equal(answer.type, "application/problem+json");
		}
	}
	const { create, token } = start({ products: [] });
	assert.match(text((await create(await token(), EFT)).body, "detail"), /RegularEft/);
});

test("a token starts one v2 session, or any number with tokenSessions any; a refused create does not spend it", async () => {
	const { create, token, initiate } = start();
	const bearer = await token();
	assert.equal((await create(bearer, {})).status, 400);
	assert.equal((await create(bearer, EFT)).status, 201);
	assert.equal((await create(bearer, EFT)).status, 401);
	assert.equal((await initiate(bearer)).status, 401);
	const spent = await token();
	await initiate(spent);
	assert.equal((await create(spent, EFT)).status, 401);
	const any = start({ tokenSessions: "any" });
	const shared = await any.token();
	for (const _ of [1, 2]) assert.equal((await any.create(shared, EFT)).status, 201);
	assert.equal((await create("x", EFT)).status, 401);
});

test("x-client-id is recorded, and required only with requireClientId", async () => {
	for (const requireClientId of [false, true]) {
		const { post, token, sandbox } = start({ requireClientId });
		const bearer = await token();
		const without = await post("/api/v2/sessions", bearer, EFT);
		assert.equal(without.status, requireClientId ? 400 : 201);
		assert.equal(sandbox.journal.at(-1)?.clientId, undefined);
		const answer = await post("/api/v2/sessions", await token(), EFT, { "x-client-id": "client-1" });
		assert.equal(answer.status, 201);
		assert.equal(sandbox.journal.at(-1)?.clientId, "client-1");
		assert.equal(sandbox.journal.at(-1)?.sessionId, answer.body.sessionId);
	}
});

test("sendInteracLink e-mails the link of an e-Transfer and of no other product", async () => {
	const { open, sandbox } = start();
	const { sessionId } = await open(E_TRANSFER);
	assert.equal(sandbox.emails.length, 1);
	const { at: _, ...email } = sandbox.emails[0] ?? assert.fail();
	const link = `${ORIGIN}/app/?sessionId=${sessionId}`;
	const to = { to: "avery@example.com", name: "Avery Tremblay" };
	assert.deepEqual(email, { ...to, subject: "A request for $250.00 CAD", link, sessionId, referenceId: "USER12345" });
	await open(changed(E_TRANSFER, "options.notificationPreferences.sendInteracLink", false));
	await open({ ...E_TRANSFER, options: undefined });
	await open(changed(GEFT, "options.notificationPreferences.sendInteracLink", true));
	assert.equal(sandbox.emails.length, 1);
});

test("a session without a reference has referenceId null, or no such key with missingReferenceId omitted", async () => {
	for (const [missingReferenceId, keys] of [
		["null", ["sessionId", "referenceId"]],
		["omitted", ["sessionId"]],
	] as const) {
		const { create, token, sandbox, get } = start({ missingReferenceId });
		const bearer = await token();
		const { body } = await create(bearer, { ...EFT, referenceId: undefined });
		assert.deepEqual(Object.keys(body), keys);
		assert.equal(sandbox.play(text(body, "sessionId")), "Completed");
		const status = await get(`/api/v2/sessions/${body.sessionId}/status`, bearer);
		assert.deepEqual(Object.keys(status.body), [...keys, "amount", "status", "statusDetails"]);
	}
});
