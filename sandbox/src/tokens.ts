// Access tokens: opaque, valid for a time, and good for creating one session.
// Follows docs.flinks.com/api/pay/endpoints/authorize/authorize.
import type { Context } from "hono";
import type { Clock } from "./clock.ts";
import type { Journaled } from "./journal.ts";
import type { Settings } from "./options.ts";
import { Refusal } from "./refusal.ts";
import type { JournalEntry } from "./types.ts";

/** The record of a token. */
export interface Token {
	/** Its name in the journal. */
	readonly label: string;
	expiresAt: number;
	/** The session that it has created. */
	sessionId?: string;
}

/** All tokens, also expired ones: the journal names them too. */
export class Tokens {
	readonly #issued = new Map<string, Token>();
	readonly #clock: Clock;
	readonly #settings: Settings;

	constructor(clock: Clock, settings: Settings) {
		this.#clock = clock;
		this.#settings = settings;
	}

	/** Issues a token: its value for the client, and its record. */
	issue(): { value: string; token: Token } {
		const value = crypto.randomUUID();
		const token: Token = {
			label: `token-${this.#issued.size + 1}`,
			expiresAt: this.#clock.now() + this.#settings.expiresInSeconds * 1000,
		};
		this.#issued.set(value, token);
		return { value, token };
	}

	/** The valid token of a request. Throws a refusal if there is none. */
	require(c: Context<Journaled>): Token {
		const { entry } = c.var;
		const token = this.#issued.get(this.#presented(c, entry) ?? "");
		if (token) entry.token = token.label;
		if (!token || this.#clock.now() >= token.expiresAt) {
			throw unauthorized("The access token is missing, unknown or expired.");
		}
		if (this.#settings.requireBaseUri && entry.baseUri === undefined) {
			throw new Refusal(400, "The BaseURI header is required.");
		}
		const isV2 = entry.path.startsWith("/api/v2/");
		if (this.#settings.requireClientId === "always" && isV2 && entry.clientId === undefined) {
			throw new Refusal(400, "The x-client-id header is required.");
		}
		return token;
	}

	/** Expires the token with this name in the journal. */
	expire(label: string): void {
		for (const token of this.#issued.values()) if (token.label === label) token.expiresAt = this.#clock.now();
	}

	#presented(c: Context, entry: JournalEntry): string | undefined {
		const authorization = /^bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
		const bearerToken = c.req.header("bearertoken")?.replace(/^bearer +/i, "");
		if (authorization !== undefined) entry.tokenHeader = "authorization";
		else if (bearerToken !== undefined) entry.tokenHeader = "bearertoken";
		const byVersion = entry.path.startsWith("/api/v1/") ? bearerToken : authorization;
		return {
			strict: authorization,
			lenient: authorization ?? bearerToken,
			bearertoken: bearerToken,
			by_version: byVersion,
		}[this.#settings.tokenHeader];
	}
}

/** The refusal of a token, with the challenge of RFC 6750. */
export function unauthorized(detail: string): Refusal {
	return new Refusal(401, detail, { challenge: "Bearer" });
}
