// The whole Worker as a project of three files: a payment is made and paid, and the operator's page is there.

import { readFile, writeFile } from "node:fs/promises";
import type { Consumer } from "./consumers.ts";
import { inWorkerd, own, pays, play, typesOfWorker, withSandbox } from "./tools.ts";

const SET_IN_CODE = 'createWorker({ basePath: "/pay", vars: { LEDGER_SHARDS: 2 } })';
/** The compiler refuses what is no setting, and secrets. */
const REFUSED = ["NO_SUCH_SETTING", "API_KEY"].map(
	(name) => `
// @ts-expect-error
export const without${name} = () => createWorker({ vars: { ${name}: "1" } });
`,
);
const ORDER = { referenceId: "order-1001", amount: "12.50", customerName: "Zoë", customerEmail: "zoe@example.com" };

export const deployment: Consumer = {
	name: "The Worker in three lines",
	tool: `${own}wrangler`,
	files: "examples/deployment",
	checks: {
		"[the example](../examples/deployment)": async (folder) => {
			await typesOfWorker(folder);
			await deployed(folder, "");
		},
		"under a path, with settings in code": async (folder) => {
			const main = await readFile(`${folder}/main.ts`, "utf8");
			await writeFile(`${folder}/main.ts`, main.replace("createWorker()", SET_IN_CODE) + REFUSED.join(""));
			await typesOfWorker(folder);
			await deployed(folder, "/pay");
		},
	},
};

async function deployed(folder: string, base: string): Promise<void> {
	const API_KEY = crypto.randomUUID();
	const headers = { Authorization: `Bearer ${API_KEY}` };
	await withSandbox((settings) =>
		inWorkerd(
			folder,
			async (origin) => {
				const url = origin + base;
				const started = await fetch(`${url}/payments`, {
					method: "POST",
					headers: { ...headers, "Idempotency-Key": "one", "Content-Type": "application/json" },
					body: JSON.stringify(ORDER),
				});
				const text = await started.text();
				pays(text, settings.FLINKS_BASE_URL);
				const { id, appUrl } = JSON.parse(text);
				await play(appUrl);
				const view = await (await fetch(`${url}/payments/${id}`, { headers })).json();
				if (!view.paid) throw new Error(JSON.stringify(view));
				await hasPage(url);
				const elsewhere = await fetch(base === "" ? `${url}/pay/healthz` : `${origin}/healthz`);
				if (elsewhere.status !== 404) throw new Error(`${elsewhere.status} where nothing is`);
			},
			{ ...settings, API_KEY },
			`${base}/healthz`,
		),
	);
}

async function hasPage(url: string): Promise<void> {
	const page = await fetch(`${url}/operator`);
	if (page.url !== `${url}/operator/` || !(await page.text()).includes("operator.js")) throw new Error(page.url);
	const script = await fetch(`${url}/operator/operator.js`);
	const type = script.headers.get("Content-Type");
	if (!type?.startsWith("text/javascript")) throw new Error(`the page's script is ${type}`);
}
