// Entry for Vercel's edge runtime, which compiles no module at run time: its bundlers do that for imports with `?module`.

import { bring } from "./instance.js";
import module from "./wasm/flinkspay_edge_bg.wasm?module";

// It was compiled in another realm: it is a module all the same, and the glue asks by `instanceof`.
if (!(module instanceof WebAssembly.Module)) Object.setPrototypeOf(module, WebAssembly.Module.prototype);
bring(module);

export * from "./index.js";
