// Entry for all that is not Cloudflare's or Vercel's edge. The module stands in the JavaScript: there is no way to load a
// file on which bundlers agree, and server code is bundled too.

import * as api from "./index.js";
import { bring, doWithout } from "./instance.js";
import base64 from "./wasm/base64.js";

export const { FlinksPay, FlinksPayError, fundsOf, isFlinksPayError, signWebhook, verifyWebhook } = bringInline();

/** An import that throws would end a page, or a server with all that it does besides: each use says what is wrong. */
function bringInline(): typeof api {
	try {
		return bring(new WebAssembly.Module(Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0))), api);
	} catch (error) {
		return doWithout(
			"WebAssembly cannot be compiled here. A page's Content-Security-Policy must have 'wasm-unsafe-eval' in script-src." +
				' On Cloudflare Workers the bundler must take the package\'s entry for "workerd": with Next.js that is `next build' +
				' --webpack` and serverExternalPackages: ["flinkspay-edge"]. See docs/runtimes.md of flinkspay-edge.',
			error,
			api,
		);
	}
}
