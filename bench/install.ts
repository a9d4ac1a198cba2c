// Installs the packages that this folder compares with and draws with. They are no dependencies of the project.

import { fileURLToPath } from "node:url";
import { step } from "../tools/steps.mjs";

export async function install(): Promise<void> {
	const folder = fileURLToPath(new URL(".", import.meta.url));
	const quietly = ["--ignore-scripts", "--no-audit", "--no-fund"];
	await step("install the packages of bench/", "npm", ["ci", "--prefix", folder, ...quietly]);
}
