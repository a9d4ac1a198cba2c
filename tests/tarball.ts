// What users install: the package as `npm pack` makes it, and empty projects with nothing else.

import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

export interface Tarball {
	path: string;
	/** The paths in it, sorted. */
	files: string[];
}

/** Packs pkg/ into a folder; that of this repository, or of another checkout. */
export async function pack(folder: string, from = root): Promise<Tarball> {
	await mkdir(folder, { recursive: true });
	const { stdout } = await run("npm", ["pack", "./pkg", "--json", "--pack-destination", folder], { cwd: from });
	const [{ filename, files }] = JSON.parse(stdout);
	return { path: join(folder, filename), files: files.map((file: { path: string }) => file.path).sort() };
}

/** Makes a folder an empty project with the package, and nothing else, installed. */
export async function install(tarball: Tarball, folder: string, type: "module" | "commonjs" = "module"): Promise<void> {
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	await writeFile(join(folder, "package.json"), JSON.stringify({ type, private: true }));
	// The package has no dependencies, so no registry is needed.
	await run("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball.path], { cwd: folder });
}
