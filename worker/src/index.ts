// The Worker of this repository: a deployment like any other, of three lines.

import { createWorker } from "./worker.ts";

export { Ledger } from "./worker.ts";

export default createWorker();
