// The scripts and styles of the pages, each under the path that it is served at. tools/build.mjs puts what this module
// exports in its place, so that the published sandbox is one module that reads no files.
import { globSync, readFileSync } from "node:fs";

const FOLDER = `${import.meta.dirname}/../public`;

/** The text of each file by its path in `public/`. */
export const ASSETS: Readonly<Record<string, string>> = Object.fromEntries(
	globSync("*/*.{css,js}", { cwd: FOLDER }).map((path) => [`/${path}`, readFileSync(`${FOLDER}/${path}`, "utf8")]),
);
