/**
 * Types of `flinkspay-edge/slim`: the package without its module, for hosts and bundlers that load it in their own way.
 * It exports `initSync` and all of `flinkspay-edge`.
 *
 * @module slim
 */

import { load } from "./instance.js";

export * from "./index.js";

/**
 * Loads the module, `flinkspay-edge/flinkspay.wasm`. Call it before anything else of the package; a second call does
 * nothing. Bytes are compiled synchronously, which Cloudflare Workers and Vercel's edge runtime never allow: import the
 * module there.
 *
 * @throws The error of `WebAssembly` if the bytes are not a module.
 */
export const initSync = ({ module }: { module: WebAssembly.Module | BufferSource }): void => load(module, undefined);
