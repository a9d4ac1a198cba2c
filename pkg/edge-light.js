// Entry for Vercel's edge runtime, which compiles no module at run time: its bundlers do that for imports with `?module`.

import { initSync } from "./wasm/flinkspay_edge.js";
import module from "./wasm/flinkspay_edge_bg.wasm?module";

initSync({ module });

export * from "./flinkspay.js";
