import { readFileSync } from "node:fs";
import * as client from "flinkspay-edge/slim";
import { startPayment } from "./payment.mjs";

client.initSync({ module: readFileSync(new URL(import.meta.resolve("flinkspay-edge/flinkspay.wasm"))) });
await startPayment(client);
