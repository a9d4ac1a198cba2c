// The package without its module: it is the importer who brings `flinkspay-edge/flinkspay.wasm`, with initSync, first.

export * from "./flinkspay.js";
export { initSync } from "./wasm/flinkspay_edge.js";
