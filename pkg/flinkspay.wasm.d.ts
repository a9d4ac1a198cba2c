/**
 * The compiled module, as Cloudflare Workers and source phase imports (`import source`) give it. With another loader,
 * or a suffix such as Vite's `?url`, it is what that says.
 */
declare const module: WebAssembly.Module;
export default module;
