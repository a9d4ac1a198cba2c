// Entry for Node.js: the module is read from the package.

import { readFileSync } from "node:fs";
import { initSync } from "./wasm/flinkspay_edge.js";

initSync({ module: readFileSync(new URL("./wasm/flinkspay_edge_bg.wasm", import.meta.url)) });

export { FlinksPay, FlinksPayError, signWebhook, verifyWebhook } from "./flinkspay.js";
