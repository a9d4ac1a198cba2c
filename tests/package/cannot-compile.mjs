// Prints the errors on a host that forbids to compile WebAssembly.

const { CompileError } = WebAssembly;
WebAssembly.Module = class {
	constructor() {
		throw new CompileError("disallowed by embedder");
	}
};
const { FlinksPay, verifyWebhook } = await import("flinkspay-edge");
for (const use of [() => new FlinksPay({}), () => verifyWebhook({})]) {
	try {
		use();
	} catch ({ name, code, message, cause }) {
		console.log(name, code, message.includes("serverExternalPackages"), cause.message);
	}
}
