// The Worker of this repository: a deployment like any other.

import { createWorker } from "./worker.ts";

export { Ledger } from "./worker.ts";

export default createWorker();
