// A Worker whose `onMessage` asks the test's shop, and throws by its answer.

import { createWorker } from "flinkspay-edge/worker";

export { Ledger } from "flinkspay-edge/worker";

export default createWorker<{ SHOP: string }>({
	onMessage: async (message, { SHOP }) => {
		const answer = await fetch(SHOP, { method: "POST", body: JSON.stringify(message) });
		const { referenceId } = message.data;
		if (answer.status === 404) throw refusing(referenceId);
		if (answer.status === 410) throw Object.assign(new Error(), { name: `no ${referenceId}` });
		if (!answer.ok) throw new RangeError(`the shop has no ${referenceId}`);
	},
});

/** An error that throws itself when it is asked for its name. */
function refusing(referenceId: string): Error {
	return Object.defineProperty(new Error(), "name", {
		get() {
			throw new RangeError(`the shop has no ${referenceId}`);
		},
	});
}
