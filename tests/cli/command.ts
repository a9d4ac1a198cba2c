// The command flinkspay as it is installed, a child process on the oldest Node, and its output in docs/command.md.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { nodes } from "../consumers/tools.ts";

const page = fileURLToPath(new URL("../../docs/command.md", import.meta.url));
export const command = fileURLToPath(new URL("../../pkg/cli/command.js", import.meta.url));

/** Children that a failed test may leave behind. */
export const running = new Set<ChildProcess>();

/** The command's exit code and output. */
export interface Output {
	code: number | null;
	out: string;
	err: string;
}

/** A command that runs. */
export interface Started {
	child: ChildProcess;
	out(): string;
	err(): string;
	/** Waits until stdout and stderr have this between them. */
	says(text: string | RegExp): Promise<void>;
	ended: Promise<Output>;
}

export type Node = keyof typeof nodes;

/** Starts the command with these settings and no others, by default on the oldest Node. */
export function start(args: readonly string[], env: Record<string, string> = {}, node: Node = 20): Started {
	const { PATH = "" } = process.env;
	const child = spawn(nodes[node], [command, ...args], { env: { PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
	running.add(child);
	child.once("close", () => running.delete(child));
	const output = { out: "", err: "" };
	const heard = new Set<() => void>();
	const collect = (stream: Readable, name: keyof typeof output) =>
		stream.setEncoding("utf8").on("data", (piece: string) => {
			output[name] += piece;
			for (const look of heard) look();
		});
	collect(child.stdout, "out");
	collect(child.stderr, "err");
	const ended = once(child, "close").then(([code]): Output => ({ code, ...output }));
	const says = (wanted: string | RegExp) =>
		new Promise<void>((resolve, reject) => {
			const look = () => {
				const all = output.out + output.err;
				if (typeof wanted === "string" ? !all.includes(wanted) : !wanted.test(all)) return;
				heard.delete(look);
				resolve();
			};
			heard.add(look);
			look();
			void ended.then(() => reject(new Error(`it ended without ${wanted}:\n${output.out}${output.err}`)));
		});
	return { child, out: () => output.out, err: () => output.err, says, ended };
}

/** Runs the command to its end. */
export function run(args: readonly string[], env: Record<string, string> = {}, node: Node = 20): Promise<Output> {
	return start(args, env, node).ended;
}

/** The JSON lines of stdout, of which nothing else is there. */
export function linesOf({ out }: { out: string }) {
	return out
		.split("\n")
		.filter((line) => line !== "")
		.map((line) => JSON.parse(line));
}

/**
 * Asserts that docs/command.md has the output of this command, without what differs each time. `UPDATE_DOCS=1` writes it
 * there.
 */
export async function show(line: string, { out, err }: Output, replace: Record<string, string> = {}): Promise<void> {
	let text = `$ flinkspay ${line}\n${out}${err}`;
	for (const [found, put] of Object.entries(replace)) text = text.replaceAll(found, put);
	const ids = new Map<string, string>();
	text = text
		.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "2026-11-29T15:00:00.000Z")
		.replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, (id) => {
			const number = ids.get(id) ?? String(ids.size + 1).padStart(8, "0");
			ids.set(id, number);
			return `${number}-3a53-4c0e-8a44-3f3b0d3b7a10`;
		})
		.replaceAll(/\b\d{1,2}(?=-0{7})/g, "3")
		.replaceAll(/--cursor \S+/g, "--cursor 0.4.0.2.1")
		.replaceAll(/durationMs=\d+/g, "durationMs=52")
		.trimEnd();
	const [first] = text.split("\n");
	const before = await readFile(page, "utf8");
	const after = before.replace(/```console\n(\$ flinkspay .*)\n[\s\S]*?```/g, (block: string, shown: string) =>
		shown === first ? `\`\`\`console\n${text}\n\`\`\`` : block,
	);
	if (process.env.UPDATE_DOCS) await writeFile(page, after);
	else assert.equal(before, after);
	assert.ok(after.includes(text), `the page does not have:\n${text}`);
}

/** A folder for a test's files, and its removal. */
export async function scratch(): Promise<{
	write(name: string, text: string | Uint8Array): Promise<string>;
	remove(): Promise<void>;
}> {
	const folder = await mkdtemp(join(tmpdir(), "flinkspay-edge-cli-"));
	return {
		async write(name, text) {
			await writeFile(join(folder, name), text);
			return join(folder, name);
		},
		remove: () => rm(folder, { recursive: true, force: true }),
	};
}
