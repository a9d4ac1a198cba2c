// `npm run test:slow -- crash`: kills and losses at random while payments are started.

import process from "node:process";
import { run } from "./random.ts";
import { runSeeds } from "./seeds.ts";

process.exit(await runSeeds(run, new URL("results.json", import.meta.url)));
