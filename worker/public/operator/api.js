// Asks the Worker's API. The key lives in this module's memory and in the Authorization header, nowhere else.

let key;
/** The Worker may stand under a path of another one. */
const base = location.pathname.replace(/\/operator\/[^/]*$/, "");

/** Why something was not done, as the API says it. */
export class Problem extends Error {
	constructor({ title, status = 0, code, outcome, detail, field }, requestId) {
		super(title);
		Object.assign(this, { status, code, outcome, detail, field, requestId });
	}

	/** In words, with what to search the logs for. */
	get words() {
		const where = this.field === undefined ? "" : ` (${this.field})`;
		const more = this.detail === undefined ? "" : ` ${this.detail}`;
		const id = this.requestId ? ` Request id: ${this.requestId}.` : "";
		return `${this.message}${where}.${more}${id}`;
	}
}

/** Keeps a key for the requests that follow, or forgets it. */
export function useKey(given) {
	key = given;
}

/** Whether there is a key. It may be a wrong one. */
export function hasKey() {
	return key !== undefined;
}

/** GET, or POST where there is a body; `null` is a POST without one. Gives the JSON of a good answer. */
export async function ask(path, { body, signal } = {}) {
	const isJson = body !== undefined && body !== null;
	let response;
	try {
		response = await fetch(base + path, {
			method: body === undefined ? "GET" : "POST",
			headers: { Authorization: `Bearer ${key}`, ...(isJson ? { "Content-Type": "application/json" } : {}) },
			...(isJson ? { body: JSON.stringify(body) } : {}),
			...{ cache: "no-store", credentials: "omit", redirect: "error", signal },
		});
	} catch (error) {
		if (signal?.aborted) throw error;
		throw new Problem({
			title: "The Worker did not answer",
			code: "no_answer",
			detail:
				body === undefined
					? "Is this machine online?"
					: "It may have been done all the same: reload before you try again.",
		});
	}
	const answer = await response
		.json()
		.catch(() => ({ title: "The answer could not be read", status: response.status }));
	if (!response.ok) throw new Problem(answer, response.headers.get("X-Request-Id"));
	return answer;
}
