/**
 * Types of `flinkspay-edge/slim`: the package without its module, for hosts and bundlers that load it in their own way.
 * Besides `initSync` it has all of `flinkspay-edge`.
 *
 * @module slim
 */

import { bring } from "./instance.js";

export * from "./index.js";

/**
 * Brings the module, `flinkspay-edge/flinkspay.wasm`, before anything else of the package is used; a second call does
 * nothing. Bytes are compiled at once, which Cloudflare Workers and Vercel's edge runtime allow at no time: there the
 * module is imported.
 *
 * @throws What `WebAssembly` throws of bytes that are no module.
 */
export const initSync = ({ module }: { module: WebAssembly.Module | BufferSource }): void => bring(module, undefined);
