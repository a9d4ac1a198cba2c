import { createWorker } from "flinkspay-edge/worker";

export { Ledger } from "flinkspay-edge/worker";

export default createWorker();
