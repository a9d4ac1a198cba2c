// Calls the Worker's API. The key is in this module's memory and in the Authorization header, nowhere else.

let key;
/** The Worker may be mounted under a path. */
const base = location.pathname.replace(/\/operator\/[^/]*$/, "");

/** An error answer of the API. */
export class Problem extends Error {
	constructor({ title, status = 0, code, outcome, detail, field }, requestId) {
		super(title);
		Object.assign(this, { status, code, outcome, detail, field, requestId });
	}

	/** The text for the operator, with the request id for the logs. */
	get text() {
		const where = this.field === undefined ? "" : ` (${this.field})`;
		const more = this.detail === undefined ? "" : ` ${this.detail}`;
		const id = this.requestId ? ` Request id: ${this.requestId}.` : "";
		return `${this.message}${where}.${more}${id}`;
	}
}

export function useKey(given) {
	key = given;
}

/** Whether a key was entered. It may be wrong. */
export function hasKey() {
	return key !== undefined;
}

/** Sends a GET, or a POST where `body` is set; `null` is a POST without a body. Returns the JSON of a good answer. */
export async function callApi(path, { body, signal } = {}) {
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
					: "The action may have been done all the same: reload before you try again.",
		});
	}
	const answer = await response
		.json()
		.catch(() => ({ title: "The answer could not be read", status: response.status }));
	if (!response.ok) throw new Problem(answer, response.headers.get("X-Request-Id"));
	return answer;
}
