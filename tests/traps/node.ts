// The traps in Node, as a process of its own: an exception that nobody catches would end it.

import type * as Package from "flinkspay-edge";
import { suite } from "./suite.ts";

const client: typeof Package = await import(new URL("../../target/poison/inline.js", import.meta.url).href);
console.log(JSON.stringify(await suite(client)));
