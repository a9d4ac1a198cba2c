// flinkspay verify: checks whether a saved webhook is genuine, and finds the mistake if it is not. It signs with the libraries
// that receivers use, and once more with each common mistake: the mistake whose signature matches is the answer.

import { type Command, InvalidArgumentError } from "commander";
import { isFlinksPayError, signWebhook, verifyWebhook } from "flinkspay-edge";
import { Webhook } from "standardwebhooks";
import { Failure } from "./failure.ts";
import { bytesOf, type CommonOptions, commandOf } from "./options.ts";
import { paint, print } from "./output.ts";

const TOLERANCE_MS = 300_000;
const STANDARD = ["webhook-id", "webhook-timestamp", "webhook-signature"] as const;
const FLINKS = {
	"x-webhook-signature": "geft",
	"x-flinks-signature": "flinks",
	"flinks-authenticity-key": "flinks",
} as const;

/** A part of the webhook, and what is wrong with it. */
type Mistake = readonly [wrong: "header" | "encoding" | "prefix" | "body" | "secret" | "timestamp", why: string];

/** A way to sign a body; `mistake` if it is a wrong one. */
type Signer = readonly [sign: (body: Buffer) => string, mistake?: string | undefined];

interface Signed {
	/** `standard` is the Worker's to the merchant; the others are Flinks'. */
	scheme: "standard" | "geft" | "flinks";
	/** The header of the signature, and the signatures in it. */
	header: string;
	given: string[];
	prefix: string;
	form: "Base64" | "hex";
	signers: Signer[];
	/** When it was sent, if it says so. Called once the signature is right. */
	sentAt(): number | undefined;
}

interface Options extends CommonOptions {
	header?: string[];
	headers?: string;
	at?: number;
}

/** `flinkspay verify <body>` */
export function verifyCommand(): Command {
	return commandOf("verify", "check whether a saved webhook is genuine", "verify body.json --headers headers.txt")
		.argument("<body>", "the file with the body, byte by byte as received")
		.option("--headers <file>", "a file with its headers: lines of `name: value`, or a JSON object")
		.option("-H, --header <lines...>", "more headers, each as `name: value`")
		.option("--at <time>", "when it was received, such as 2026-01-01T00:00:00Z (default: now)", timeOf)
		.addHelpText("after", "\nThe secrets are MERCHANT_WEBHOOK_SECRET and FLINKS_WEBHOOK_SECRET: never flags.")
		.action(async (file: string, { header: given = [], headers: saved, at = Date.now(), json }: Options) => {
			const body = await bytesOf(file);
			const inFile = saved === undefined ? [] : linesOf((await bytesOf(saved)).toString());
			const headers = headersOf([...inFile, ...given]);
			const signed = signedAs(body, headers);
			const mistakes = "scheme" in signed ? mistakesOf(signed, body, at) : [signed];
			const { scheme, header } = "scheme" in signed ? signed : {};
			const valid = mistakes.length === 0;
			const about = scheme ? `scheme ${scheme}, header ${header}` : "no signature of a webhook";
			const lines = [paint(valid ? "green" : "red", `${valid ? "Genuine" : "Not genuine"}: ${about}.`)];
			for (const [wrong, why] of mistakes) lines.push(`${wrong}: ${why}`);
			print({ valid, scheme, header, wrong: Object.fromEntries(mistakes) }, lines, json);
			if (!valid) process.exitCode = 1;
		});
}

/** How the webhook is signed, by its headers, or which header is missing. */
function signedAs(body: Buffer, headers: Headers): Signed | Mistake {
	if (STANDARD.some((name) => headers.has(name))) return standard(headers);
	const { FLINKS_WEBHOOK_HEADER: own, FLINKS_WEBHOOK_SCHEME: of } = process.env;
	const all = { ...FLINKS, ...(own ? { [own]: of === "flinks" ? of : "geft" } : {}) };
	const [header, scheme] = Object.entries(all).find(([name]) => headers.has(name)) ?? [];
	if (header !== undefined && scheme !== undefined) return ofFlinks(body, headers, header, scheme);
	const names = [...STANDARD, ...Object.keys(all)].join(", ");
	return ["header", `None of ${names} is given. The headers are: ${[...headers.keys()].join(", ") || "none"}.`];
}

function standard(headers: Headers): Signed | Mistake {
	const missing = STANDARD.filter((name) => !headers.get(name));
	if (missing.length > 0) return ["header", `${missing.join(", ")} is missing.`];
	const [id = "", time = "", signature = ""] = STANDARD.map((name) => headers.get(name) ?? "");
	if (!/^\d{1,11}$/.test(time)) return ["timestamp", "webhook-timestamp must be a number: seconds since 1970."];
	const sentAt = Number(time) * 1000;
	const by = (webhook: Webhook) => (body: Buffer) => webhook.sign(id, new Date(sentAt), body);
	const signers = secretsOf("MERCHANT_WEBHOOK_SECRET").flatMap((secret): Signer[] => [
		[by(webhookOf(secret))],
		...[secret, secret.replace("whsec_", "")].map(
			(text): Signer => [by(new Webhook(text, { format: "raw" })), "What is after whsec_ must be decoded from Base64."],
		),
	]);
	const about = { scheme: "standard", header: STANDARD[2], prefix: "v1,", form: "Base64" } as const;
	return { ...about, given: signature.split(" "), signers, sentAt: () => sentAt };
}

function ofFlinks(body: Buffer, headers: Headers, header: string, scheme: "geft" | "flinks"): Signed {
	const secrets = secretsOf("FLINKS_WEBHOOK_SECRET");
	const by = (secret: string) => (content: Buffer) =>
		Object.values(signWebhook({ body: content, secret, scheme })).join();
	const edges = "FLINKS_WEBHOOK_SECRET begins or ends with white space that does not belong to it.";
	const signers = secrets.map((secret): Signer => [by(secret.trim()), secret === secret.trim() ? undefined : edges]);
	const [prefix, form] = scheme === "geft" ? (["sha256=", "hex"] as const) : (["", "Base64"] as const);
	const sentAt = () => {
		// The age is checked by --at.
		const { when } = verifyWebhook({ body, headers, secrets, scheme, header, toleranceSeconds: 1e10 });
		return scheme === "geft" ? Date.parse(when ?? "") : undefined;
	};
	return { scheme, header, given: [headers.get(header) ?? ""], prefix, form, signers, sentAt };
}

/** The mistakes of a webhook; none if it is genuine. */
function mistakesOf({ given, prefix, form, signers, sentAt, scheme }: Signed, body: Buffer, at: number): Mistake[] {
	for (const [sign, inSecret] of signers) {
		for (const [content, inBody] of bodiesOf(body)) {
			const right = bytesOfSignature(sign(content), prefix);
			for (const text of given.filter((one) => bytesOfSignature(one, prefix).equals(right))) {
				const written = text.replace(prefix, "");
				const found = isHex(written) ? "hex" : written === right.toString("base64") ? "Base64" : "another Base64";
				const mistakes: [Mistake[0], string | false | undefined][] = [
					["secret", inSecret],
					["body", inBody],
					["encoding", found !== form && `The signature is ${found}. It must be ${form}.`],
					["prefix", !text.startsWith(prefix) && `The signature must begin with ${prefix}`],
				];
				const all = mistakes.filter((one): one is [Mistake[0], string] => Boolean(one[1]));
				return all.length > 0 ? all : late(sentAt, at);
			}
		}
	}
	const isUntouched = body.toString() === compact(body);
	if (scheme === "standard" && !isUntouched)
		return [["body", "No secret matches. The body was changed: it is not as the Worker writes it."]];
	const of = scheme === "standard" ? "The body is as the Worker writes it" : "The body may have been written again";
	return [["secret", `No secret matches. ${of}. Check that the secret is of this environment.`]];
}

function late(sentAt: Signed["sentAt"], at: number): Mistake[] {
	try {
		const by = at - (sentAt() ?? at);
		if (Math.abs(by) <= TOLERANCE_MS) return [];
		const how = `${Math.abs(Math.round(by / 1000))} s too ${by > 0 ? "old" : "early"}`;
		return [["timestamp", `The signature is right, and it is ${how}. Give the time of receipt with --at.`]];
	} catch (error) {
		if (!isFlinksPayError(error)) throw error;
		return [["timestamp", error.message]];
	}
}

/** The bodies that this one may have been before it was changed, each with the change. */
function bodiesOf(body: Buffer): [body: Buffer, mistake?: string][] {
	const text = body.toString();
	return [
		[body],
		[Buffer.from(text.replace(/\r?\n$/, "")), "A line break was added at its end."],
		[Buffer.from(text.replaceAll("\r\n", "\n")), "Its line breaks were changed."],
		[Buffer.from(compact(body)), "It was parsed and written again: keep the bytes as they come."],
	];
}

/** The body as JSON.stringify writes it; empty if it is not JSON. */
function compact(body: Buffer): string {
	try {
		return JSON.stringify(JSON.parse(body.toString().replace(/^\ufeff/, "")));
	} catch {
		return "";
	}
}

function bytesOfSignature(signature: string, prefix: string): Buffer {
	const text = signature.replace(prefix, "");
	return Buffer.from(text, isHex(text) ? "hex" : "base64");
}

function isHex(text: string): boolean {
	return /^[\da-f]{64}$/i.test(text);
}

/** A signer with a merchant's secret. */
export function webhookOf(secret: string): Webhook {
	try {
		return new Webhook(secret);
	} catch {
		throw new Failure("MERCHANT_WEBHOOK_SECRET cannot be used. It must be whsec_ and Base64, without white space.", 2);
	}
}

/** The secret of this name, and the previous one. */
function secretsOf(name: string): string[] {
	const secrets = [name, `${name}_PREVIOUS`].flatMap((one) => process.env[one] || []);
	if (secrets.length === 0)
		throw new Failure(`${name} is not set. Set it in the environment, or in a file for --env-file.`, 2);
	return secrets;
}

function linesOf(text: string): string[] {
	if (!text.trimStart().startsWith("{")) return text.split(/\r?\n/);
	try {
		return Object.entries(JSON.parse(text)).map(([name, value]) => `${name}: ${value}`);
	} catch {
		throw new Failure("The headers cannot be read: they begin with { and are not JSON.", 2);
	}
}

function headersOf(lines: readonly string[]): Headers {
	const pairs = lines.map((line) => /^\s*([\w-]+)\s*:\s*(.*)$/.exec(line)).filter((pair) => pair !== null);
	try {
		return new Headers(pairs.map(([, name = "", value = ""]): [string, string] => [name, value]));
	} catch {
		throw new Failure("The headers cannot be read: they have a character that no header may have.", 2);
	}
}

function timeOf(text: string): number {
	const time = Date.parse(text);
	if (Number.isNaN(time)) throw new InvalidArgumentError("It must be a time such as 2026-01-01T00:00:00Z.");
	return time;
}
