// The types of two files that are built: the module, and its bytes as base64.

declare module "*.wasm?module" {
	const module: WebAssembly.Module;
	export default module;
}

declare module "*/base64.js" {
	const base64: string;
	export default base64;
}
