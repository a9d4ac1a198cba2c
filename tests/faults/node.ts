// The faults in Node, as a process of its own: an uncaught error would end it, and a timer or connection that is left would keep it alive.

import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import * as client from "flinkspay-edge";
import { suite } from "./suite.ts";

const [upstream] = process.argv.slice(2);
if (upstream === undefined) throw new Error("the upstream's address is missing");
const verdicts = await suite({ client, upstream, runtime: "node" });
// Connections that are being closed are no longer the client's. The pipe is this process' own output.
const left = () => process.getActiveResourcesInfo().filter((resource) => resource !== "PipeWrap");
const deadline = Date.now() + 30_000;
while (left().length > 0 && Date.now() < deadline) await pause(50);
console.log(JSON.stringify({ verdicts, left: left() }));
