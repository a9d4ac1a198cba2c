// What a project of the consumers' tests is.

import type { Tarball } from "../tarball.ts";

/** One kind of project. */
export interface Consumer {
	name: string;
	/** Where the package is whose version the table shows. */
	tool?: string;
	/** The folder of target/ in which its project finds its frameworks. Default: `consumers`. */
	toolbox?: string;
	type?: "module" | "commonjs";
	/** The folder whose files it starts with, from the root: an example, or one beside this file. */
	files?: string;
	/** The file that has the ten lines of docs/runtimes.md, with the last one for this place. */
	ten?: [file: string, place: string];
	/** What must work in it, one after the other. */
	checks: Record<string, (folder: string, tarball: Tarball) => Promise<void>>;
}
