// What the entries import and no compiler reads: the module, as each runtime gives it, and as text.

declare module "*.wasm?module" {
	const module: WebAssembly.Module;
	export default module;
}

declare module "*/base64.js" {
	const base64: string;
	export default base64;
}
