// Entry for what compiles no module at run time: Cloudflare Workers and Vercel's edge runtime. The module is imported, with
// `?module`: that is the form in which all of their bundlers give it compiled, where some would run one without.

import * as api from "./index.js";
import { bring } from "./instance.js";
import module from "./wasm/flinkspay_edge_bg.wasm?module";

// Vercel has compiled it in another realm: it is a module all the same, and the glue asks by `instanceof`.
if (!(module instanceof WebAssembly.Module)) Object.setPrototypeOf(module, WebAssembly.Module.prototype);

export const { FlinksPay, FlinksPayError, fundsOf, isFlinksPayError, signWebhook, verifyWebhook } = bring(module, api);
