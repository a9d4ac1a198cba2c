// A Worker that is told of changes by a function of its own, which the test answers for.

import { createWorker } from "flinkspay-edge/worker";

export { Ledger } from "flinkspay-edge/worker";

export default createWorker<{ SHOP: string }>({
	onMessage: async (message, { SHOP }) => {
		const answer = await fetch(SHOP, { method: "POST", body: JSON.stringify(message) });
		if (!answer.ok) throw new RangeError(`the shop has no ${message.data.referenceId}`);
	},
});
