// POST /api/v1/authorize: credentials in, an access token out.
// Follows docs.flinks.com/api/pay/endpoints/authorize/authorize.
import { Hono, type HonoRequest } from "hono";
import { mediaType } from "./body.ts";
import type { Journaled } from "./journal.ts";
import type { Settings } from "./options.ts";
import { Refusal } from "./refusal.ts";
import type { Tokens } from "./tokens.ts";
import type { SandboxCredentials } from "./types.ts";

/** The route that issues tokens. */
export function authorizeRoutes(settings: Settings, tokens: Tokens): Hono<Journaled> {
	let refused = 0;
	return new Hono<Journaled>().post("/api/v1/authorize", async (c) => {
		const { entry } = c.var;
		if (mediaType(c.req) !== "application/x-www-form-urlencoded") {
			throw new Refusal(400, "The body must be application/x-www-form-urlencoded.");
		}
		const form = new URLSearchParams(await c.req.text());
		const grantType = form.get("grant_type");
		entry.body = grantType === null ? {} : { grant_type: grantType };
		const basic = fromBasic(c.req, settings);
		const fields = fromForm(form);
		entry.credentials = basic && fields ? "both" : basic ? "basic" : fields ? "form" : "none";
		if (grantType !== "client_credentials") throw new Refusal(400, "grant_type must be client_credentials.");

		if (settings.lockOutAfter > 0 && refused >= settings.lockOutAfter) {
			throw new Refusal(settings.lockOutStatus, "The account is locked.");
		}
		const presented = { either: basic ?? fields, basic, form: fields }[settings.credentialsIn];
		const { username, password } = settings.credentials;
		if (presented?.username !== username || presented.password !== password) {
			refused++;
			throw new Refusal(401, "The credentials are missing or wrong.", { challenge: 'Basic realm="sandbox"' });
		}
		const { value, token } = tokens.issue();
		entry.token = token.label;
		return c.json({ access_token: value, token_type: "bearer", expires_in: settings.expiresInSeconds });
	});
}

/** HTTP Basic: the UTF-8 bytes of `username:password` (inferred: Flinks does not name the encoding), or of both form-encoded. */
function fromBasic(request: HonoRequest, { basicEncoding }: Settings): SandboxCredentials | undefined {
	const encoded = /^basic +(\S+)$/i.exec(request.header("authorization") ?? "")?.[1];
	if (encoded === undefined) return undefined;
	try {
		const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
		const pair = new TextDecoder().decode(bytes);
		const colon = pair.indexOf(":");
		if (colon < 0) return undefined;
		const [username, password] = [pair.slice(0, colon), pair.slice(colon + 1)];
		return basicEncoding === "raw"
			? { username, password }
			: { username: formDecoded(username), password: formDecoded(password) };
	} catch {
		return undefined;
	}
}

function formDecoded(text: string): string {
	return decodeURIComponent(text.replaceAll("+", " "));
}

/** The form fields that one of Flinks' pages lists, in exactly that case. */
function fromForm(form: URLSearchParams): SandboxCredentials | undefined {
	const username = form.get("Username");
	const password = form.get("Password");
	return username === null || password === null ? undefined : { username, password };
}
