// `npm create flinkspay-edge`, from the packed packages: a project that is a deployment, and the Worker within a project that
// exists. What it takes to install all of it from the registry is tried by tests/consumers/deployment.ts.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import process from "node:process";
import { before, describe, it } from "node:test";
import { parseEnv, promisify } from "node:util";
import { createdBy, deployed, makerOf } from "./consumers/deployment.ts";
import { inWorkerd, node, outputOf, own, root, typesOfWorker, write } from "./consumers/tools.ts";
import { install, pack } from "./tarball.ts";

/** Has both packages installed, so that a project in it finds them. */
const home = `${root}target/consumers/projects/create`;
let maker: string;

before(async () => {
	await install(await pack(`${home}-packed`), home);
	maker = await makerOf(home);
});

/** Runs the command; gives its exit code and output. */
async function create(...args: string[]): Promise<{ code: number; output: string }> {
	const run = promisify(execFile)(process.execPath, [maker, ...args], { cwd: home });
	return run.then(
		({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
		({ code, stdout, stderr }) => ({ code, output: stdout + stderr }),
	);
}

describe("a new deployment", () => {
	it("has these files", async () => {
		const folder = await createdBy(
			maker,
			`${home}/files`,
			"--webhook",
			"http://127.0.0.1:3000/webhooks",
			"--shards",
			"4",
		);
		assert.deepEqual((await readdir(folder)).sort(), [
			...[".dev.vars", ".gitignore", "README.md", "main.test.ts", "main.ts", "package.json"],
			...["tsconfig.json", "vitest.config.ts", "wrangler.jsonc"],
		]);
		assert.equal(JSON.parse(await readFile(`${folder}/package.json`, "utf8")).name, "files");
		const template = await readFile(`${root}create/template/wrangler.jsonc`, "utf8");
		const named = template.replace('"name": "payments"', '"name": "files"').replace('"16"', '"4"');
		assert.equal(await readFile(`${folder}/wrangler.jsonc`, "utf8"), named);
	});

	it("has secrets of its own, that others on this machine cannot read", async () => {
		const [one, other] = await Promise.all(
			["one", "other"].map(async (name) => {
				const folder = await createdBy(maker, `${home}/${name}`, "--webhook", "http://127.0.0.1:3000/webhooks");
				assert.equal((await stat(`${folder}/.dev.vars`)).mode & 0o777, 0o600);
				return parseEnv(await readFile(`${folder}/.dev.vars`, "utf8"));
			}),
		);
		assert.match(String(one?.API_KEY), /^[0-9a-f]{64}$/);
		assert.match(String(one?.MERCHANT_WEBHOOK_SECRET), /^whsec_[A-Za-z0-9+/]{43}=$/);
		for (const name of ["API_KEY", "MERCHANT_WEBHOOK_SECRET"]) assert.notEqual(one?.[name], other?.[name]);
	});

	it("takes a payment, and has the operator's page", async () => {
		const folder = await createdBy(maker, `${home}/paid`);
		await deployed(folder, "");
	});

	it("takes a payment under a path, with settings in code; the compiler refuses unknown settings and secrets", async () => {
		const folder = await createdBy(maker, `${home}/path`);
		const refused = ["NO_SUCH_SETTING", "API_KEY"].map(
			(name) =>
				`\n// @ts-expect-error\nexport const without${name} = () => createWorker({ vars: { ${name}: "1" } });\n`,
		);
		const main = await readFile(`${folder}/main.ts`, "utf8");
		const set = main.replace("createWorker()", 'createWorker({ basePath: "/pay", vars: { LEDGER_SHARDS: 2 } })');
		await writeFile(`${folder}/main.ts`, set + refused.join(""));
		// The libraries of the project's tests are not installed here.
		for (const file of ["main.test.ts", "vitest.config.ts"]) await rm(`${folder}/${file}`);
		await typesOfWorker(folder, ".dev.vars");
		await deployed(folder, "/pay");
	});

	it("is made in the folder that a link points to", async () => {
		await rm(`${home}/linked`, { recursive: true, force: true });
		await rm(`${home}/link`, { force: true });
		await mkdir(`${home}/linked`, { recursive: true });
		await symlink(`${home}/linked`, `${home}/link`);
		const { code, output } = await create(`${home}/link`, "--yes");
		assert.equal(code, 0, output);
		assert.ok((await readdir(`${home}/linked`)).includes(".dev.vars"));
	});

	it("is refused in a folder that is not empty", async () => {
		await write(`${home}/full/notes.txt`, "mine");
		const { code, output } = await create(`${home}/full`, "--yes");
		assert.equal(code, 1);
		assert.match(output, /full is not empty\. Give another folder, or --add/);
		assert.deepEqual(await readdir(`${home}/full`), ["notes.txt"]);
	});

	for (const [flag, value, remedy] of [
		["--shards", "0", "It must be a number from 1 to 256."],
		["--shards", "257", "It must be a number from 1 to 256."],
		["--path", "pay", "It must be a path such as /pay."],
		["--path", "/../pay", "It must be a path such as /pay."],
		["--webhook", "shop", "It must be a URL such as http://127.0.0.1:3000/webhooks."],
	] as const) {
		it(`is refused with what to do for ${flag} ${value}`, async () => {
			const { code, output } = await create(`${home}/refused`, flag, value);
			assert.equal(code, 1);
			assert.ok(output.includes(remedy), output);
		});
	}
});

describe("--add", () => {
	const config = `{
	// Ours.
	"name": "shop",
	"main": "src/index.ts",
	"compatibility_date": "2026-10-01",
	"durable_objects": { "bindings": [{ "name": "CARTS", "class_name": "Cart" }] }, // carts
	"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Cart"] }],
	"env": { "staging": { "vars": { "NAME": "staging" } } },
}
`;
	const main = `import { DurableObject } from "cloudflare:workers";
export class Cart extends DurableObject {}
export default { fetch: (request: Request) => new Response("the shop at " + new URL(request.url).pathname) };
`;

	/** A shop that knows nothing of payments. */
	async function shop(name: string, files: Record<string, string> = {}): Promise<string> {
		const folder = `${home}/${name}`;
		await rm(folder, { recursive: true, force: true });
		const all = {
			"wrangler.jsonc": config,
			"src/index.ts": main,
			"package.json": '{\n  "name": "shop"\n}\n',
			...files,
		};
		for (const [file, text] of Object.entries(all)) await write(`${folder}/${file}`, text);
		return folder;
	}

	it("puts the Worker under a path, and changes nothing else", async () => {
		const folder = await shop("added", { ".dev.vars": 'API_KEY="mine-and-mine-alone"\nOTHER=1', ".gitignore": "dist" });
		const { code, output } = await create(
			"--add",
			folder,
			...["--shards", "4", "--webhook", "http://127.0.0.1:3000/webhooks"],
		);
		assert.equal(code, 0, output);
		const written = await readFile(`${folder}/wrangler.jsonc`, "utf8");
		for (const comment of ["// Ours.", "// carts"]) assert.ok(written.includes(comment), written);
		assert.match(written, /"main": ".\/flinkspay.js"/);
		// At the top and in the environment, which inherits none.
		assert.equal(written.match(/"LEDGER_SHARDS": "4"/g)?.length, 2, written);
		const settings = parseEnv(await readFile(`${folder}/.dev.vars`, "utf8"));
		assert.equal(settings.API_KEY, "mine-and-mine-alone");
		assert.equal(settings.OTHER, "1");
		assert.equal(settings.FLINKS_USERNAME, "sandbox");
		assert.equal(settings.MERCHANT_WEBHOOK_URL, "http://127.0.0.1:3000/webhooks");
		assert.equal(await readFile(`${folder}/.gitignore`, "utf8"), "dist\n.dev.vars*\n");
		assert.match(await readFile(`${folder}/package.json`, "utf8"), /^ {4}"flinkspay-edge": "\^/m);
		assert.equal(await readFile(`${folder}/src/index.ts`, "utf8"), main);
		await deployed(folder, "/pay", "the shop at /healthz");
		const built = await outputOf(
			folder,
			node,
			`${own}wrangler/bin/wrangler.js`,
			"deploy",
			"--dry-run",
			"--env=staging",
		);
		assert.match(built, /env\.LEDGER \(Ledger/);
	});

	it("leaves the project's own types whole", async () => {
		const folder = await shop("typed");
		assert.equal((await create("--add", folder, "--yes")).code, 0);
		const use =
			"export const carts = (all: NonNullable<Env['CARTS']>): DurableObjectStub<Cart> => all.getByName('one');\n";
		await write(`${folder}/src/use.ts`, `import type { Cart } from "./index.ts";\n${use}`);
		const compilerOptions = {
			...{ strict: true, noEmit: true, module: "esnext", moduleResolution: "bundler", lib: ["esnext"] },
			types: ["./worker-configuration.d.ts"],
		};
		await write(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ["src"] }));
		await typesOfWorker(folder, ".dev.vars");
	});

	it("makes the files that a bare project lacks", async () => {
		const folder = await shop("bare", {
			"wrangler.jsonc": '{ "name": "shop", "main": "main.ts", "compatibility_date": "2026-10-01" }',
			"main.ts": main.replace(/.*DurableObject.*\n/g, ""),
		});
		assert.equal((await create("--add", folder, "--yes", "--path", "/shop/pay")).code, 0);
		await inWorkerd(
			folder,
			async (url) => assert.equal(await (await fetch(`${url}/shop/pay/healthz`)).text(), '{"status":"ok"}'),
			{},
			"/shop/pay/healthz",
		);
		assert.match(await readFile(`${folder}/.dev.vars`, "utf8"), /^API_KEY="[0-9a-f]{64}"$/m);
	});

	for (const [what, files, message] of [
		["it was done before", { "flinkspay.js": "" }, /already has a file flinkspay\.js/],
		[
			"LEDGER is bound to another class",
			{ "wrangler.jsonc": config.replace('"CARTS"', '"LEDGER"') },
			/already binds LEDGER to Cart/,
		],
		[
			"another class is called Ledger",
			{ "wrangler.jsonc": config.replace('"Cart" }', '"Ledger" }') },
			/already binds CARTS to Ledger/,
		],
		[
			"the configuration is no JSON",
			{ "wrangler.jsonc": '{ "main": ' },
			/wrangler\.jsonc cannot be read: it is not JSON at/,
		],
		["there is no Worker", { "wrangler.jsonc": "{}" }, /has no "main"/],
		["the configuration is null", { "wrangler.jsonc": "null" }, /has no "main"/],
		["package.json is no JSON", { "package.json": '{ "name": ' }, /package\.json cannot be read: it is not JSON at/],
		[
			"an environment has another main module",
			{ "wrangler.jsonc": config.replace('"vars"', '"main": "src/staging.ts", "vars"') },
			/has another "main" for staging/,
		],
		[
			"the class is there without a binding",
			{ "wrangler.jsonc": config.replace('["Cart"]', '["Cart", "Ledger"]') },
			/already has a class Ledger in its migrations/,
		],
		[
			"a class is exported by default",
			{ "src/index.ts": "export default class extends WorkerEntrypoint {}\n" },
			/exports a class by default/,
		],
	] as const) {
		it(`writes nothing where ${what}`, async () => {
			const folder = await shop("refused", files);
			await cp(folder, `${folder}-before`, { recursive: true, force: true });
			const { code, output } = await create("--add", folder, "--yes");
			assert.equal(code, 1);
			assert.match(output, message);
			await outputOf(home, "diff", "--recursive", folder, `${folder}-before`);
			await rm(`${folder}-before`, { recursive: true });
		});
	}

	it("changes nothing when a file cannot be written", async () => {
		const folder = await shop("unwritable");
		await symlink(`${home}/no/such/folder`, `${folder}/.gitignore`);
		await cp(folder, `${folder}-before`, { recursive: true, verbatimSymlinks: true });
		const { code, output } = await create("--add", folder, "--yes");
		assert.deepEqual([code, /ENOENT/.test(output)], [1, true], output);
		await outputOf(home, "diff", "--recursive", "--no-dereference", folder, `${folder}-before`);
		await rm(`${folder}-before`, { recursive: true });
	});

	it("changes the configuration that wrangler reads, and each list of migrations", async () => {
		const own =
			'"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Cart", "Ledger"] }, { "tag": "v2", "deleted_classes": ["Ledger"] }], "vars"';
		const folder = await shop("two", { "wrangler.json": config.replace('"vars"', own) });
		assert.equal((await create("--add", folder, "--yes")).code, 0);
		assert.equal(await readFile(`${folder}/wrangler.jsonc`, "utf8"), config);
		const written = await readFile(`${folder}/wrangler.json`, "utf8");
		assert.equal(written.match(/"tag": "flinkspay-edge-v1"/g)?.length, 2, written);
	});

	it("adds to .env where there is one, and keeps secrets out of the repository", async () => {
		const folder = await shop("dotenv", { ".env": "OTHER=1", ".gitignore": ".dev.vars.example\n.env.example" });
		assert.equal((await create("--add", folder, "--yes")).code, 0);
		assert.ok(!(await readdir(folder)).includes(".dev.vars"));
		const settings = parseEnv(await readFile(`${folder}/.env`, "utf8"));
		assert.deepEqual([settings.OTHER, settings.FLINKS_USERNAME], ["1", "sandbox"]);
		assert.equal(await readFile(`${folder}/.gitignore`, "utf8"), ".dev.vars.example\n.env.example\n.env\n");
		const other = await shop("example", { ".gitignore": ".dev.vars.example\n" });
		assert.equal((await create("--add", other, "--yes")).code, 0);
		assert.equal(await readFile(`${other}/.gitignore`, "utf8"), ".dev.vars.example\n.dev.vars*\n");
	});

	it("refers to docs/deploy.md for a wrangler.toml", async () => {
		await mkdir(`${home}/toml`, { recursive: true });
		await write(`${home}/toml/wrangler.toml`, 'name = "shop"\n');
		const { code, output } = await create("--add", `${home}/toml`, "--yes");
		assert.equal(code, 1);
		assert.match(output, /has no wrangler\.jsonc\.[\s\S]*docs\/deploy\.md/);
	});
});
