// What is left of an error, wherever it has gone.

import { type FlinksPay, FlinksPayError, isFlinksPayError } from "flinkspay-edge";

/** An error that has everything: its outcome is unknown, and it has a cause. */
export async function errorOn(client: typeof FlinksPay): Promise<FlinksPayError> {
	const fetch = async (url: string) => {
		if (!url.endsWith("/authorize")) throw new TypeError("lost");
		return Response.json({ access_token: "t", token_type: "bearer", expires_in: 299 });
	};
	const pay = new client({ baseUrl: "https://pay.example.com", username: "u", password: "p", fetch });
	const payment = { referenceId: "R", amount: "1.00", customerName: "Zoë", customerEmail: "zoe@example.com" };
	return pay.startPayment(payment).then(
		() => {
			throw new Error("the call did not fail");
		},
		(error) => error,
	);
}

/** The columns of the table in docs/errors.md, without the first. */
export const COLUMNS = ["`isFlinksPayError`", "`instanceof`", "fields", "`message`", "`stack`", "`cause`"];

/** What is left of an error of {@link errorOn}. */
export function left(error: unknown): boolean[] {
	const { code, stage, outcome, retryable, referenceId, message, stack, cause } = error as Partial<FlinksPayError>;
	return [
		isFlinksPayError(error),
		error instanceof FlinksPayError,
		[code, stage, outcome, retryable, referenceId].join() === "network,initiate,unknown,false,R",
		message?.endsWith("The connection to Flinks failed or was lost: check baseUrl and the network.") === true,
		// The package's own function in which errors are made.
		/\n\s+at errorOf\b/.test(stack ?? ""),
		(cause as Partial<Error> | undefined)?.message === "lost",
	];
}
