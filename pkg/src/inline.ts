// Entry for all hosts but Cloudflare's and Vercel's edge. The module is inlined as base64, since bundlers, which server code
// goes through too, do not agree on any way to load a file.

import * as api from "./index.js";
import { load, refuseUse } from "./instance.js";
import base64 from "./wasm/base64.js";

export const { FlinksPay, FlinksPayError, fundsOf, isFlinksPayError, signWebhook, verifyWebhook } = loadInline();

/** An import must not throw, since that would end the whole page or server. Instead each use fails with the reason. */
function loadInline(): typeof api {
	try {
		return load(new WebAssembly.Module(Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0))), api);
	} catch (error) {
		return refuseUse(
			"WebAssembly cannot be compiled here. In a page, add 'wasm-unsafe-eval' to script-src of its Content-Security-Policy." +
				' On Cloudflare Workers, let the bundler use the package\'s entry for "workerd"; with Next.js that is `next build' +
				' --webpack` and serverExternalPackages: ["flinkspay-edge"]. See docs/runtimes.md of flinkspay-edge.',
			error,
			api,
		);
	}
}
