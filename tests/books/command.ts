// `npm run test:slow -- books`: offers, guarantees, returns and reversals at random, until the merchant's book agrees with the bank's.

import process from "node:process";
import { runSeeds } from "../crash/seeds.ts";
import { run } from "./random.ts";

process.exit(await runSeeds(run, new URL("results.json", import.meta.url), 200));
