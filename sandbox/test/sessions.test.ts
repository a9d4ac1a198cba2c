// The outcomes of a v2 session and its answers. Follows docs.flinks.com/api/pay/endpoints/geft/sessions-status,
// sessions-details, sessions-cancel and guarantee-confirm, and their counterparts for EFT and e-Transfer.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../src/sandbox.ts";
import { E_TRANSFER, EFT, GEFT, start } from "./calls.ts";

const EFT_ENDS: [Outcome, status: string, statusDetails: string | null][] = [
	["accept", "Completed", "EFT0301"],
	["pad_pending", "Completed", "EFT0302"],
	["login_failed", "Failed", "EFT0401"],
	["no_guarantee", "Failed", "EFT0402"],
	["mismatch", "Failed", "EFT0403"],
	["low_balance", "Failed", "EFT0404"],
	["cancel", "Canceled", "EFT0501"],
	["expire", "Expired", "EFT0601"],
	["next_best_offer", "Completed", "EFT0301"],
	["guarantee_waits", "InProgress", null],
	["guarantee_refused", "Failed", "EFT0402"],
	["differs", "Completed", "EFT0301"],
	["begin", "InProgress", null],
];
const OF_GEFT: readonly Outcome[] = ["no_guarantee", "next_best_offer", "guarantee_waits", "guarantee_refused"];
const E_TRANSFER_ENDS: [Outcome, status: string, transaction: string][] = [
	["accept", "Completed", "Accepted"],
	["differs", "Completed", "Accepted"],
	["decline", "Failed", "Declined"],
	["mismatch", "Failed", "Failed"],
	["cancel", "Cancelled", "Cancelled"],
	["expire", "Expired", "Expired"],
	["begin", "InProgress", "Processing"],
];

test("the status has the documented keys, in the documented order", async () => {
	const { open } = start();
	const { readStatus, sessionId } = await open(EFT);
	const example = { sessionId, referenceId: "USER12345", amount: 500, status: "Initiated", statusDetails: "EFT0101" };
	assert.deepEqual(Object.entries(await readStatus()), Object.entries(example));
});

test("each outcome of EFT and GEFT leads to its status and its code", async () => {
	for (const body of [EFT, GEFT]) {
		for (const [outcome, status, statusDetails] of EFT_ENDS) {
			const { open, sandbox } = start();
			const { sessionId, readStatus } = await open(body);
			if (body === EFT && OF_GEFT.includes(outcome)) {
				assert.throws(() => sandbox.play(sessionId, outcome), /cannot become/);
				continue;
			}
			assert.equal(sandbox.play(sessionId, outcome), status);
			const read = await readStatus();
			assert.deepEqual([read.status, read.statusDetails], [status, statusDetails]);
		}
		const { open, sandbox } = start();
		const { sessionId } = await open(body);
		assert.throws(() => sandbox.play(sessionId, "decline"), /cannot become/);
	}
});

test("each outcome of an e-Transfer leads to its status and its transaction's", async () => {
	for (const [outcome, status, transaction] of E_TRANSFER_ENDS) {
		const { open, sandbox } = start();
		const { sessionId, readStatus, readDetails } = await open(E_TRANSFER);
		assert.equal(sandbox.play(sessionId, outcome), status);
		assert.equal((await readStatus()).status, status);
		assert.equal(Object(Object((await readDetails()).schedule).transactions)[0].status, transaction);
	}
	const { open, sandbox } = start();
	const { sessionId } = await open(E_TRANSFER);
	assert.throws(() => sandbox.play(sessionId, "pad_pending"), /cannot become/);
	assert.throws(() => sandbox.play("x", "accept"), /no such session/);
});

test("an ended session stays ended, but an unsigned agreement can be signed later", async () => {
	const { open, sandbox } = start();
	for (const [first] of EFT_ENDS.filter(([, status, code]) => status !== "InProgress" && code !== "EFT0302")) {
		const { sessionId } = await open();
		sandbox.play(sessionId, first);
		for (const [second] of EFT_ENDS) assert.throws(() => sandbox.play(sessionId, second), /cannot become/);
	}
	const { sessionId, readStatus } = await open();
	sandbox.play(sessionId, "pad_pending");
	for (const [second] of EFT_ENDS.slice(1)) assert.throws(() => sandbox.play(sessionId, second), /cannot become/);
	sandbox.play(sessionId, "accept");
	assert.equal((await readStatus()).statusDetails, "EFT0301");
});

test("the documented personas go by referenceId, and a wrong name fails", async () => {
	const { open, sandbox } = start();
	const cases: [string, string, string, string][] = [
		["Happy1", "John", "Doe", "EFT0301"],
		["Happy1", "john", "doe", "EFT0301"],
		["Happy1", "Jane", "Doe", "EFT0403"],
		["Happy2", "Steve", "Diamond", "EFT0301"],
		["Happy2", "Any", "Body", "EFT0403"],
		["Happy3", "Alex", "Rider", "EFT0301"],
		["Happy3", "Any", "Body", "EFT0403"],
		["Unhappy1", "Joe", "Fails", "EFT0402"],
		["Unhappy1", "Joe", "Wins", "EFT0403"],
		["happy1", "Jane", "Doe", "EFT0301"],
	];
	for (const [referenceId, firstName, lastName, code] of cases) {
		const { sessionId, readStatus } = await open({ ...GEFT, referenceId, payor: { firstName, lastName } });
		sandbox.play(sessionId);
		assert.equal((await readStatus()).statusDetails, code, `${referenceId} ${firstName} ${lastName}`);
	}
	// Only GEFT has personas: a regular EFT goes by the name.
	const { sessionId, readStatus } = await open({ ...EFT, referenceId: "Unhappy1" });
	sandbox.play(sessionId);
	assert.equal((await readStatus()).statusDetails, "EFT0301");
});

test("without a persona the last name decides the outcome", async () => {
	const { open, sandbox } = start();
	for (const [lastName, code] of [
		["Login", "EFT0401"],
		["Guarantee", "EFT0402"],
		["Mismatch", "EFT0403"],
		["Balance", "EFT0404"],
		["Pending", "EFT0302"],
		["Cancel", "EFT0501"],
		["Expire", "EFT0601"],
		["Offer", "EFT0301"],
		["Waiting", null],
		["Refused", "EFT0402"],
		["Return", "EFT0301"],
		["Differs", "EFT0301"],
		["Tremblay", "EFT0301"],
	]) {
		const { sessionId, readStatus } = await open({ ...GEFT, payor: { firstName: "Login", lastName } });
		sandbox.play(sessionId);
		assert.equal((await readStatus()).statusDetails, code, `${lastName}`);
	}
	// The outcomes about a guarantee are for GEFT alone.
	for (const lastName of ["Guarantee", "Offer", "Waiting", "Refused"]) {
		const eft = await open({ ...EFT, payor: { firstName: "A", lastName } });
		assert.equal(sandbox.play(eft.sessionId), "Completed");
		assert.deepEqual([(await eft.readStatus()).amount, (await eft.readStatus()).statusDetails], [500, "EFT0301"]);
	}
	const eTransfer = await open({ ...E_TRANSFER, payor: { ...E_TRANSFER.payor, lastName: "Decline" } });
	assert.equal(sandbox.play(eTransfer.sessionId), "Failed");
});

test("an idle session expires by the clock; an e-Transfer at the bank does not", async (t) => {
	t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
	const { open, sandbox, token, get } = start({ expiresInSeconds: 99_999 });
	const bearer = await token();
	const [idle, begun, atBank] = [await open(), await open(), await open(E_TRANSFER)];
	sandbox.play(begun.sessionId, "begin");
	sandbox.play(atBank.sessionId, "begin");
	const read = async ({ path }: { path: string }) => (await get(`${path}/status`, bearer)).body;
	sandbox.advance(899_999);
	assert.equal((await read(idle)).status, "Initiated");
	sandbox.advance(1);
	for (const one of [idle, begun]) {
		assert.deepEqual([(await read(one)).status, (await read(one)).statusDetails], ["Expired", "EFT0601"]);
	}
	assert.equal((await read(atBank)).status, "InProgress");
	const quick = start({ sessionExpiresInSeconds: 1 });
	const short = await quick.open();
	quick.sandbox.advance(1000);
	assert.equal((await short.readStatus()).status, "Expired");
});

test("the amount is null until the payor types it", async () => {
	const { open, sandbox } = start();
	for (const [typed, amount] of [
		[undefined, 100],
		[42.5, 42.5],
	] as const) {
		const { sessionId, readStatus } = await open({ ...GEFT, amount: undefined });
		assert.equal((await readStatus()).amount, null);
		sandbox.play(sessionId, "accept", typed);
		assert.equal((await readStatus()).amount, amount);
	}
	const { sessionId, readStatus } = await open(GEFT);
	sandbox.play(sessionId, "accept", 7);
	assert.equal((await readStatus()).amount, 500);
});

test("the details of EFT and GEFT have the documented keys, before and after the payor acts", async () => {
	const keys = [
		...["sessionId", "status", "step", "referenceId", "amount", "type", "direction", "currency", "options"],
		...["payor", "payee", "guaranteeDetails", "userDetails", "createdAt"],
	];
	for (const body of [EFT, GEFT]) {
		const { open, sandbox } = start();
		const { sessionId, readDetails } = await open(body);
		const before = await readDetails();
		assert.deepEqual(Object.keys(before), keys);
		assert.deepEqual(before.step, { current: "Start", aggregationRequestId: null, padId: null });
		assert.equal(Object(before.payor).account, null);
		assert.deepEqual(before.userDetails, { matchingPerformed: false, nameMatch: null });
		assert.deepEqual(before.payee, body === GEFT ? { account: { ...GEFT.payee.account, accountLabel: null } } : null);
		assert.match(String(before.createdAt), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);

		sandbox.play(sessionId, "accept");
		const after = await readDetails();
		assert.deepEqual(Object.keys(after), keys);
		assert.deepEqual([after.status, after.type, after.amount], ["Completed", "EFT", 500]);
		assert.equal(Object(after.step).current, "Complete");
		const account = ["institutionCode", "transitNumber", "accountNumber", "accountLabel", "availableBalance"];
		assert.deepEqual(Object.keys(Object(after.payor).account), account);
		assert.equal(Object(after.payor).account.accountNumber, "****1000");
		assert.deepEqual(after.userDetails, { matchingPerformed: true, nameMatch: 95 });
		if (body === EFT) assert.equal(after.guaranteeDetails, null);
		else {
			assert.deepEqual(after.guaranteeDetails, {
				...{ guaranteeOffered: true, guaranteeAccepted: true, highestDebitAmountToGuarantee: 500 },
				...{ overallRiskLevel: "Low", transactionRiskLevel: "Low", userRiskLevel: "Low", otherRiskLevel: "Low" },
			});
		}
	}
});

test("the details have the options and the payor of the create", async () => {
	const { open } = start();
	const limits = { minimumAmount: 1, maximumAmount: 9 };
	const redirectPreferences = { mode: "JsEvents", urlSuccess: "https://shop.example/ok", urlExit: null };
	const address = { ...{ addressLine1: "1 Main", addressLine2: null, unit: "2", city: "Montreal" }, province: "QC" };
	const full = { ...address, country: "CA", postalCode: "H2X1Y4" };
	const options = { ...GEFT.options, limits, redirectPreferences, showConsentScreen: false, amountModification: true };
	const payor = { ...GEFT.payor, phone: "5145550100", occupation: "Clerk", dateOfBirth: "1985-03-15", address: full };
	const details = await (await open({ ...GEFT, options, payor })).readDetails();
	assert.deepEqual(details.options, options);
	assert.deepEqual(details.payor, { ...payor, account: null });
});

test("the details of an e-Transfer have the documented keys, and its transaction settles", async () => {
	const { open, sandbox } = start();
	const { sessionId, readDetails } = await open(E_TRANSFER);
	const before = await readDetails();
	const keys = ["sessionId", "status", "referenceId", "amount", "type", "direction", "currency", "payor", "payee"];
	assert.deepEqual(Object.keys(before), [...keys, "schedule", "createdAt"]);
	assert.deepEqual(before.schedule, { transactions: [] });
	assert.deepEqual(Object.keys(Object(before.payor)), ["email", "firstName", "lastName"]);
	assert.equal(before.type, "e-Transfer");
	sandbox.play(sessionId, "accept");
	const transaction = async () => Object(Object((await readDetails()).schedule).transactions)[0];
	assert.deepEqual(Object.keys(await transaction()), ["id", "status"]);
	assert.equal(sandbox.settle("Processed"), 1);
	assert.equal((await transaction()).status, "Processed");
	assert.equal(sandbox.settle(), 1);
	assert.deepEqual([(await transaction()).status, (await readDetails()).status], ["Settled", "Completed"]);
	assert.equal(sandbox.settle(), 0);
});

test("each option of the reads works both ways", async () => {
	const full = start({ accountNumber: "full", detailsStatusDetails: true });
	const eft = await full.open(EFT);
	full.sandbox.play(eft.sessionId, "pad_pending");
	const details = await eft.readDetails();
	assert.equal(details.statusDetails, "EFT0302");
	assert.equal(Object(details.payor).account.accountNumber, "1111000");

	const nulls = start({ eTransferStatusDetails: "null", initiatedTransactions: "one" });
	const eTransfer = await nulls.open(E_TRANSFER);
	assert.equal((await eTransfer.readStatus()).statusDetails, null);
	const before = await eTransfer.readDetails();
	assert.equal(before.statusDetails, null);
	assert.equal(Object(before.schedule).transactions[0].status, "Initiated");
	assert.ok(!("statusDetails" in (await (await start().open(E_TRANSFER)).readStatus())));
});

test("the status needs a token unless statusToken is none; the details always need one", async () => {
	for (const [statusToken, expected] of [
		["required", 401],
		["none", 200],
	] as const) {
		const { open, call } = start({ statusToken });
		const { path } = await open();
		assert.equal((await call(`${path}/status`)).status, expected);
		assert.equal((await call(`${path}/details`)).status, 401);
		assert.equal((await call(`${path}/cancel`, { method: "POST" })).status, 401);
		assert.equal((await call(`${path}/guarantees/confirm`, { method: "POST" })).status, 401);
	}
	const { get, post, token } = start();
	const bearer = await token();
	for (const read of ["status", "details"]) assert.equal((await get(`/api/v2/sessions/x/${read}`, bearer)).status, 404);
	assert.equal((await post("/api/v2/sessions/x/cancel", bearer, undefined)).status, 404);
	const confirm = await post("/api/v2/sessions/x/guarantees/confirm", bearer, { guaranteeAccepted: true });
	assert.equal(confirm.status, 404);
});

test("cancel ends the session, with the spelling of its product", async () => {
	const { open, sandbox } = start();
	for (const body of [EFT, GEFT]) {
		const { cancel, sessionId } = await open(body);
		const answer = await cancel();
		const expected = { sessionId, referenceId: "USER12345", status: "Canceled", statusDetails: "EFT0501" };
		assert.deepEqual([answer.status, Object.entries(answer.body)], [200, Object.entries(expected)]);
		assert.throws(() => sandbox.play(sessionId, "accept"), /cannot become/);
		assert.equal((await cancel()).status, 409);
	}
	const { cancel, sessionId } = await open(E_TRANSFER);
	assert.deepEqual((await cancel()).body, { sessionId, referenceId: "USER12345", status: "Cancelled" });
	const done = await open();
	sandbox.play(done.sessionId, "accept");
	assert.equal((await done.cancel()).status, 409);
	const same = await start({ repeatCancel: "same" }).open();
	for (const _ of [1, 2]) assert.equal((await same.cancel()).body.status, "Canceled");
});

test("guarantees/confirm accepts or refuses a guarantee that waits", async () => {
	const { open, sandbox } = start({ guaranteeConfirm: "wait" });
	for (const [accepted, status, code] of [
		[true, "Completed", "EFT0301"],
		[false, "Failed", "EFT0402"],
	] as const) {
		const { sessionId, readStatus, readDetails, confirm } = await open();
		assert.equal(sandbox.play(sessionId, "accept"), "InProgress");
		const offered = Object((await readDetails()).guaranteeDetails);
		assert.deepEqual([offered.guaranteeOffered, offered.guaranteeAccepted], [true, null]);
		const answer = await confirm(accepted);
		assert.deepEqual([answer.status, answer.body], [200, { sessionId, referenceId: "USER12345" }]);
		const read = await readStatus();
		assert.deepEqual([read.status, read.statusDetails], [status, code]);
		assert.equal(Object((await readDetails()).guaranteeDetails).guaranteeAccepted, accepted);
		assert.equal((await confirm(accepted)).status, 409);
	}
	const early = await open();
	await early.confirm(true);
	assert.equal(sandbox.play(early.sessionId, "accept"), "Completed");
	assert.equal((await (await open(EFT)).confirm(true)).status, 409);
});

test("guaranteeAccepted is a boolean, or text with the option boolean_or_text", async () => {
	const strict = await start().open();
	for (const value of ["true", "false", 1, null, undefined]) {
		const answer = await strict.confirm(value);
		assert.deepEqual([answer.status, Object.keys(Object(answer.body.errors))], [400, ["guaranteeAccepted"]]);
	}
	assert.equal((await strict.confirm(true)).status, 200);
	const lenient = start({ guaranteeAccepted: "boolean_or_text" });
	for (const [value, status] of [
		["true", "Initiated"],
		["false", "Failed"],
		[false, "Failed"],
	] as const) {
		const { confirm, readStatus } = await lenient.open();
		assert.equal((await confirm(value)).status, 200);
		assert.equal((await readStatus()).status, status);
	}
	assert.equal((await (await lenient.open()).confirm("yes")).status, 400);
});
