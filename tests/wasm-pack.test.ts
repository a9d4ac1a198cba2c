// What wasm-pack's book says to do with a crate, in a clean copy of this one: `wasm-pack build` and `wasm-pack test`.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const clone = `${root}target/wasm-pack/clone/`;
/** Not `pkg`, wasm-pack's default: it has the npm package's sources here, whose manifest wasm-pack would overwrite. */
const built = `${root}target/wasm-pack/built/`;

const options = {
	cwd: clone,
	maxBuffer: 64 * 1024 * 1024,
	env: {
		...process.env,
		PATH: [
			...["node_modules/.bin", "target/debug", "target/tools/bin"].map((folder) => root + folder),
			process.env.PATH,
		].join(":"),
		// Kept between runs, and apart from the repository's own: Cargo would mix up two crates of one name.
		CARGO_TARGET_DIR: `${root}target/wasm-pack/target`,
	},
};

before(async () => {
	for (const folder of [clone, built]) await rm(folder, { recursive: true, force: true });
	const known = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
	const { stdout: files } = await run("git", known, { cwd: root });
	const { stdout: deleted } = await run("git", ["ls-files", "-z", "--deleted"], { cwd: root });
	const gone = new Set(deleted.split("\0"));
	for (const file of files.split("\0").filter((name) => !gone.has(name))) {
		await mkdir(dirname(clone + file), { recursive: true });
		await copyFile(root + file, clone + file);
	}
});

describe("wasm-pack in a clean copy", () => {
	it("builds a package that loads", async () => {
		await run("wasm-pack", ["build", "--target", "web", "--mode", "no-install", "--out-dir", built], options);
		const { main, types } = JSON.parse(await readFile(`${built}package.json`, "utf8"));
		assert.match(await readFile(built + types, "utf8"), /export class Client/);
		const { initSync, Client, verifyWebhook, signWebhook } = await import(pathToFileURL(built + main).href);
		initSync({ module: await readFile(`${built}flinkspay_edge_bg.wasm`) });

		assert.throws(
			() => new Client({ baseUrl: "http://pay.example.com" }, {}),
			(thrown: object) => "field" in thrown && thrown.field === "baseUrl",
		);
		const credentials = { username: "merchant", password: crypto.randomUUID() };
		const client = new Client({ baseUrl: "https://pay.example.com", ...credentials }, {});
		assert.equal(typeof client.run, "function");
		client.free();
		const body = JSON.stringify({ sessionId: "s-1", status: "Completed" });
		const headers = signWebhook({ scheme: "flinks", secret: "key", body });
		const event = verifyWebhook({ scheme: "flinks", secrets: ["key"], body, headers });
		assert.equal(event.type, "SessionSetupStatusChanged");
	});

	it("runs every wasm test", async () => {
		const { stdout } = await run("wasm-pack", ["test", "--node", "--mode", "no-install"], options);
		const files = globSync("tests/exports/*.rs", { cwd: root });
		const sources = await Promise.all(files.map((file) => readFile(`${root}${file}`, "utf8")));
		const written = sources.join("\n").match(/^#\[wasm_bindgen_test\]$/gm)?.length;
		const results = [...stdout.matchAll(/^test result: ok\. (\d+) passed; 0 failed; 0 ignored/gm)];
		const passed = results.reduce((sum, [, count]) => sum + Number(count), 0);
		assert.equal(passed, written, stdout);
	});
});
