// The suite in Node, Deno and Bun.

import process from "node:process";
import { suite } from "./suite.js";

console.log(JSON.stringify(await suite(process.argv[2])));
