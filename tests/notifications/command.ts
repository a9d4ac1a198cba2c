// `npm run test:slow -- notifications`: kills, losses, mistakes and webhooks at random, until every message is delivered.

import process from "node:process";
import { runSeeds } from "../crash/seeds.ts";
import { run } from "./random.ts";

process.exit(await runSeeds(run, new URL("results.json", import.meta.url)));
