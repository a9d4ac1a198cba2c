// Entry for workerd (Cloudflare Workers): the module is imported, since workerd compiles none at request time.

import { bring } from "./instance.js";
import module from "./wasm/flinkspay_edge_bg.wasm";

bring(module);

export * from "./index.js";
