// Entry for workerd (Cloudflare Workers): the module is imported, since workerd compiles none at request time.

import { initSync } from "./wasm/flinkspay_edge.js";
import module from "./wasm/flinkspay_edge_bg.wasm";

initSync({ module });

export * from "./flinkspay.js";
