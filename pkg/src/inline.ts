// Entry for all that is not workerd or Vercel's edge runtime. The module stands in the JavaScript: there is no way to load
// a file on which bundlers agree, and server code is bundled too.

import { bring } from "./instance.js";
import base64 from "./wasm/base64.js";

const bytes = atob(base64);
const module = new Uint8Array(bytes.length);
for (let at = 0; at < bytes.length; at += 1) module[at] = bytes.charCodeAt(at);

bring(module);

export * from "./index.js";
