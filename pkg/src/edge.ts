// Entry for hosts that compile no module at run time: Cloudflare Workers and Vercel's edge runtime. The module is imported
// with `?module`: with it all of their bundlers give the compiled module, and without it some would instantiate it.

import * as api from "./index.js";
import { load } from "./instance.js";
import module from "./wasm/flinkspay_edge_bg.wasm?module";

// Vercel compiles it in another realm, where the `instanceof` of the glue fails.
if (!(module instanceof WebAssembly.Module)) Object.setPrototypeOf(module, WebAssembly.Module.prototype);

export const { FlinksPay, FlinksPayError, fundsOf, isFlinksPayError, signWebhook, verifyWebhook } = load(module, api);
