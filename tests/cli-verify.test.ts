// The command's verify: what is wrong with a webhook, or that it is genuine.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { signWebhook } from "flinkspay-edge";
import { Webhook } from "standardwebhooks";
import { linesOf, run, scratch, show } from "./cli/command.ts";

const files = await scratch();
after(files.remove);

const merchant = `whsec_${Buffer.from("m".repeat(24)).toString("base64")}`;
const flinks = "the secret that Flinks has";
const env = { MERCHANT_WEBHOOK_SECRET: merchant, FLINKS_WEBHOOK_SECRET: flinks };
const when = "2026-11-29T15:00:00Z";
const body = '{"type":"payment.updated","data":{"name":"Zoë","amount":"12.50"}}';
const event = `{ "event": "SessionSetupStatusChanged", "when": "${when}", "sessionId": "s-1", "status": "Completed" }`;
const seconds = String(Date.parse(when) / 1000);
const standard = (content = body, secret = merchant) => ({
	...{ "webhook-id": "msg_1", "webhook-timestamp": seconds },
	"webhook-signature": new Webhook(secret).sign("msg_1", new Date(when), content),
});
const ofFlinks = (scheme: "geft" | "flinks", secret = flinks) => ({
	...signWebhook({ body: event, secret, scheme }),
});
const hexOf = (signature: string) => Buffer.from(signature, "base64").toString("hex");
const signature = standard()["webhook-signature"];
const geft = ofFlinks("geft")["X-Webhook-Signature"] ?? "";
const general = ofFlinks("flinks")["X-Flinks-Signature"] ?? "";

interface Case {
	body?: string;
	headers: Record<string, string>;
	more?: string[];
	env?: Record<string, string>;
	/** The parts that are wrong; none in a genuine message. */
	wrong?: string[];
	says?: RegExp;
}
const other = `whsec_${Buffer.from("o".repeat(24)).toString("base64")}`;
const cases: Record<string, Case> = {
	"the Worker's": { headers: standard(), says: /Genuine: scheme standard, header webhook-signature/ },
	"the Worker's, by the previous secret": {
		headers: standard(body, other),
		env: { MERCHANT_WEBHOOK_SECRET_PREVIOUS: other },
	},
	geft: { body: event, headers: ofFlinks("geft"), says: /Genuine: scheme geft/ },
	flinks: { body: event, headers: ofFlinks("flinks"), says: /Genuine: scheme flinks/ },
	"flinks, the other header": { body: event, headers: { "flinks-authenticity-key": general } },
	"a custom header": {
		...{ body: event, headers: { "X-Mine": general } },
		env: { FLINKS_WEBHOOK_HEADER: "X-Mine", FLINKS_WEBHOOK_SCHEME: "flinks" },
	},
	"no header": { headers: { Accept: "*/*" }, wrong: ["header"], says: /The headers are: accept/ },
	"no id": { headers: { ...standard(), "webhook-id": "" }, wrong: ["header"], says: /webhook-id is missing/ },
	"no timestamp": {
		headers: { ...standard(), "webhook-timestamp": "" },
		wrong: ["header"],
		says: /timestamp is missing/,
	},
	"a timestamp in words": {
		headers: { ...standard(), "webhook-timestamp": when },
		wrong: ["timestamp"],
		says: /seconds/,
	},
	"the body parsed and written again": {
		...{ body: JSON.stringify(JSON.parse(body), null, 2), headers: standard(), wrong: ["body"] },
		says: /parsed and written again/,
	},
	"the body with a line break": {
		body: `${body}\n`,
		headers: standard(),
		wrong: ["body"],
		says: /line break was added/,
	},
	"the body with other line breaks": {
		...{ body: "a\r\nb", headers: standard("a\nb"), wrong: ["body"], says: /line breaks were changed/ },
	},
	"a body that is not written as the Worker writes it": {
		body: `${body} {`,
		headers: standard(),
		wrong: ["body"],
		says: /not as the Worker/,
	},
	"another secret": {
		headers: standard(body, other),
		wrong: ["secret"],
		says: /Check that the secret is of this environment/,
	},
	"the secret as text, not decoded": {
		headers: {
			...standard(),
			"webhook-signature": new Webhook(merchant, { format: "raw" }).sign("msg_1", new Date(when), body),
		},
		...{ wrong: ["secret"], says: /decoded from Base64/ },
	},
	"hex where Base64 is": {
		headers: { ...standard(), "webhook-signature": `v1,${hexOf(signature.slice(3))}` },
		...{ wrong: ["encoding"], says: /The signature is hex\. It must be Base64\./ },
	},
	"hex, and the body written again": {
		...{ body: JSON.stringify(JSON.parse(body), null, 2), wrong: ["body", "encoding"] },
		headers: { ...standard(), "webhook-signature": `v1,${hexOf(signature.slice(3))}` },
	},
	"no version": {
		headers: { ...standard(), "webhook-signature": signature.slice(3) },
		wrong: ["prefix"],
		says: /v1,/,
	},
	"geft in Base64": {
		...{
			body: event,
			headers: { "X-Webhook-Signature": `sha256=${general}` },
			wrong: ["encoding"],
			says: /The signature is Base64\. It must be hex\./,
		},
	},
	"geft without its prefix": {
		...{ body: event, headers: { "X-Webhook-Signature": geft.slice(7) }, wrong: ["prefix"], says: /sha256=/ },
	},
	"flinks in hex": {
		body: event,
		headers: { "X-Flinks-Signature": hexOf(general) },
		wrong: ["encoding"],
		says: /The signature is hex\. It must be Base64\./,
	},
	"flinks, another secret": {
		body: event,
		headers: ofFlinks("flinks", "another"),
		wrong: ["secret"],
		says: /may have been written again/,
	},
	"a secret with a line break": {
		...{ body: event, headers: ofFlinks("geft"), env: { FLINKS_WEBHOOK_SECRET: `${flinks}\n` } },
		...{ wrong: ["secret"], says: /white space/ },
	},
	"the Worker's, stale": {
		headers: standard(),
		more: ["--at", "2026-11-29T15:05:01Z"],
		wrong: ["timestamp"],
		says: /301 s too old/,
	},
	"the Worker's, within five minutes": { headers: standard(), more: ["--at", "2026-11-29T15:05:00Z"] },
	"geft, of the future": {
		...{
			body: event,
			headers: ofFlinks("geft"),
			more: ["--at", "2026-11-29T14:54:59Z"],
			wrong: ["timestamp"],
			says: /too early/,
		},
	},
	"flinks, which has no timestamp": {
		body: event,
		headers: ofFlinks("flinks"),
		more: ["--at", "2030-01-01T00:00:00Z"],
	},
};
for (const [
	what,
	{ body: content = body, headers, more = ["--at", when], env: further, wrong = [], says },
] of Object.entries(cases)) {
	test(`finds ${wrong.length === 0 ? "nothing" : wrong.join(" and ")} wrong: ${what}`, async () => {
		const file = await files.write("body", content);
		const saved = await files.write("headers", JSON.stringify(headers));
		const args = ["verify", file, "--headers", saved, ...more];
		const output = await run([...args, "--json"], { ...env, ...further });
		assert.equal(output.code, wrong.length === 0 ? 0 : 1, output.err);
		const [verdict] = linesOf(output);
		assert.deepEqual(Object.keys(verdict.wrong), wrong);
		assert.equal(verdict.valid, wrong.length === 0);
		const people = await run(args, { ...env, ...further });
		if (says) assert.match(people.out, says);
		for (const secret of [merchant, flinks, other]) assert.ok(!people.out.includes(secret));
		if (what === "the body parsed and written again") await show("verify body.json --headers headers.txt", people);
	});
}

test("takes headers as lines, from a file and from flags", async () => {
	const file = await files.write("body", body);
	const [first = "", ...others] = Object.entries(standard()).map(([name, value]) => `${name}: ${value}`);
	const saved = await files.write("headers", `POST /webhooks HTTP/1.1\r\n${others.join("\r\n")}\r\n`);
	const output = await run(["verify", file, "--headers", saved, "-H", first, "--at", when], env);
	assert.equal(output.code, 0, output.out + output.err);
});

test("takes the current time without --at", async () => {
	const file = await files.write("body", body);
	const now = new Date();
	const time = String(Math.floor(now.getTime() / 1000));
	const args = ["-H", "webhook-id: msg_1", "-H", `webhook-timestamp: ${time}`];
	const signed = `webhook-signature: ${new Webhook(merchant).sign("msg_1", now, body)}`;
	assert.equal((await run(["verify", file, ...args, "-H", signed], env)).code, 0);
});

test("exits 2 for malformed headers", async () => {
	const env = { MERCHANT_WEBHOOK_SECRET: merchant };
	for (const [args, says] of [
		[["--headers", await files.write("broken.json", "{")], /begin with \{ and are not JSON/],
		[["-H", "webhook-id: €"], /a character that no header may have/],
	] as const) {
		const output = await run(["verify", await files.write("any.json", "{}"), ...args], env);
		assert.equal(output.code, 2);
		assert.match(output.err, says);
	}
});

test("exits 2 without the secret", async () => {
	const file = await files.write("body", body);
	const output = await run([
		"verify",
		file,
		"-H",
		"webhook-id: a",
		"-H",
		"webhook-timestamp: 1",
		"-H",
		"webhook-signature: v1,a",
	]);
	assert.equal(output.code, 2);
	assert.match(output.err, /MERCHANT_WEBHOOK_SECRET is not set/);
});
