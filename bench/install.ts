// What the commands of this folder compare with and draw with is no dependency of the project.

import { fileURLToPath } from "node:url";
import { step } from "../tools/steps.mjs";

export async function install(): Promise<void> {
	const folder = fileURLToPath(new URL(".", import.meta.url));
	const quietly = ["--ignore-scripts", "--no-audit", "--no-fund"];
	await step("install what the figures need", "npm", ["ci", "--prefix", folder, ...quietly]);
}
