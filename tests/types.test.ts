// The declarations that users read in their editor: everything has its doc, and what may be left out has its default. What
// the types accept and refuse is in types/, which the compiler checks.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";

const pkg = new URL("../pkg/", import.meta.url);
/** The types of what callers give: fields that the package gives back have no defaults. */
const GIVEN =
	/^(FlinksPayOptions|ReceiverOptions|WaitOptions|SessionReadOptions|KnownFunds|ReceivedWebhook|SandboxOptions|SandboxWebhook|SandboxFault|EftOptions)$/;

/** A declaration or a member, with the doc above it. */
interface Declared {
	line: number;
	code: string;
	doc: string;
	/** The type that it is a member of, where it is one. */
	of: string;
}

function read(source: string): Declared[] {
	const found: Declared[] = [];
	let doc = "";
	let of = "";
	for (const [index, code] of source.split("\n").entries()) {
		const isDoc = /^\s*(\/\*\*| \*)/.test(code);
		if (isDoc) doc = code.trimStart().startsWith("/**") ? code : `${doc}\n${code}`;
		const [, name] = code.match(/^(?:export )?(?:declare )?(?:interface|type|class|function|const) (\w+)/) ?? [];
		if (name) of = name;
		const isPublic = /^export (?!(?:type )?\*|default)/.test(code) || /^\s+(?:readonly )?\w+\??[:(]/.test(code);
		if (isPublic) found.push({ line: index + 1, code: code.trim(), doc, of: /^\s/.test(code) ? of : "" });
		if (!isDoc) doc = "";
	}
	return found;
}

for (const file of [
	"error.d.ts",
	"react.d.ts",
	"flinkspay.d.ts",
	"src/types/error.ts",
	"src/types/funds.ts",
	"src/types/interac.ts",
	"src/types/options.ts",
	"src/types/sessions.ts",
	"src/types/webhook.ts",
	"src/slim.ts",
	"merchant.d.ts",
	"src/message.ts",
	"sandbox/sandbox.d.ts",
	"sandbox/types.d.ts",
]) {
	describe(file, async () => {
		const declared = read(await readFile(new URL(file, pkg), "utf8"));

		it("has a doc for every declaration and every member", () => {
			assert.ok(declared.length > 0);
			const bare = declared.filter(({ doc, code }) => doc === "" && !/^(constructor|readonly prototype)\b/.test(code));
			assert.deepEqual(
				bare.map(({ line, code }) => `${line}: ${code}`),
				[],
			);
		});

		it("has the default of every optional field that callers give", () => {
			const silent = declared.filter(
				({ of, code, doc }) => GIVEN.test(of) && /^\w+\?:/.test(code) && !/default/i.test(doc),
			);
			assert.deepEqual(
				silent.map(({ line, code }) => `${line}: ${code}`),
				[],
			);
		});

		it("has the unit of every time", () => {
			const times = declared.filter(({ code }) => /^(?:readonly )?(?:\w*(?:Ms|Seconds)|at)\??: number/.test(code));
			const vague = times.filter(({ doc }) => !/milliseconds|seconds/i.test(doc));
			assert.deepEqual(
				vague.map(({ line, code }) => `${line}: ${code}`),
				[],
			);
		});
	});
}

for (const [type, file, products] of [
	["KnownPaymentStatus", "interac.ts", /^v1$/],
	["KnownSessionStatus", "sessions.ts", /v2|e-Transfer|EFT/],
] as const) {
	it(`${type} has the statuses of docs/funds.md`, async () => {
		const page = await readFile(new URL("../docs/funds.md", pkg), "utf8");
		const rows = page.matchAll(/^\| ([^|]+) \| ((?:`\w+`(?:, )?)+)/gm);
		const documented = [...rows].flatMap(([, product = "", says = ""]) =>
			products.test(product) ? says.match(/\w+/g) : [],
		);
		const source = await readFile(new URL(`src/types/${file}`, pkg), "utf8");
		const [, declared = ""] = source.match(new RegExp(`type ${type} =([^;]+);`)) ?? [];
		// v1's pages have one spelling, and the core reads both.
		const words = new Set([...(declared.match(/\w+/g) ?? []), "Canceled"]);
		assert.deepEqual(words, new Set(documented));
	});
}

it("PaymentRequestStatus narrows as docs/funds.md says", async () => {
	const page = await readFile(new URL("../docs/funds.md", pkg), "utf8");
	const source = await readFile(new URL("src/types/interac.ts", pkg), "utf8");
	const branches = source.matchAll(/status: (.+?); funds: "(\w+)"; paid: (true|false); final: (true|false)/g);
	const rows = page.matchAll(/^\| v1 \| ((?:`\w+`(?:, )?)+) \| `(\w+)` \| (yes|no) \| (yes|no) \|/gm);
	const byWord = (all: Iterable<RegExpMatchArray>, isTrue: string) =>
		[...all].flatMap(([, says = "", funds, paid, final]) =>
			[...says.matchAll(/["`](\w+)["`]/g)].map(([, word]) => [word, funds, paid === isTrue, final === isTrue].join()),
		);
	assert.deepEqual(new Set(byWord(branches, "true")), new Set(byWord(rows, "yes")));
});
