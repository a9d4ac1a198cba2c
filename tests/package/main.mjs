import * as client from "flinkspay-edge";
import { startPayment } from "./payment.mjs";

await startPayment(client);
