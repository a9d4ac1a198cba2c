// The fault table once more, with canaries for credentials and payor: a process of its own, so that all that it prints
// can be searched. It prints what it found and never a canary itself.

import process from "node:process";
import * as client from "flinkspay-edge";
import { type Settings, suite } from "../faults/suite.ts";
import { type Canaries, type Leak, Scanner, textsOf } from "./scan.ts";

const { UPSTREAM, CANARIES } = process.env;
if (UPSTREAM === undefined || CANARIES === undefined) throw new Error("UPSTREAM or CANARIES is missing");
const people: Canaries = JSON.parse(CANARIES);
const scanner = new Scanner(people);
const leaks: Leak[] = [];
const looked: Record<string, number> = {};

const watch: Settings["watch"] = (what, thing) => {
	looked[what] = (looked[what] ?? 0) + 1;
	leaks.push(...scanner.scan(what, textsOf(thing)));
};
const verdicts = await suite({ client, upstream: UPSTREAM, runtime: "node", people, watch });
const wrong = verdicts.filter(({ complaints }) => complaints.length > 0);
console.log(JSON.stringify({ cells: verdicts.length, wrong, looked, leaks }));
