// A merchant's back end in a process of its own.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { createReceiver } from "flinkspay-edge/merchant";
import { writingDown } from "./calls.ts";
import { open } from "./databases.ts";

const { store, sql } = await open(process.argv[2] ?? "");
const secrets = [process.env.MERCHANT_WEBHOOK_SECRET];
const payments = createReceiver({ secrets, store, ...writingDown(sql) });
const server = createServer((request, response) => payments.node(request, response).catch(console.error));
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
