/**
 * The compiled module, as Cloudflare Workers and source phase imports (`import source`) give it. Another loader, or a suffix
 * such as Vite's `?url`, may give something else.
 */
declare const module: WebAssembly.Module;
export default module;
