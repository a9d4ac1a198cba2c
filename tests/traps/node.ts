// The traps in Node, in a process that an uncaught exception would end.

import type * as Package from "flinkspay-edge";
import { suite } from "./suite.ts";

const client: typeof Package = await import(new URL("../../target/poison/inline.js", import.meta.url).href);
console.log(JSON.stringify(await suite(client)));
