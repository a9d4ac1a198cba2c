/**
 * Types of `flinkspay-edge`: Flinks Pay through the host's own `fetch`.
 *
 * Each fact about Flinks' API is documented by Flinks unless a comment says that it is inferred. This package has not been
 * tried with a live host of Flinks yet.
 *
 * @module flinkspay-edge
 */

export { FlinksPayError, isFlinksPayError, type SentFlinksPayError } from "./error.js";
export { FlinksPay, fundsOf, signWebhook, verifyWebhook } from "./flinkspay.js";
export type * from "./types/error.js";
export type * from "./types/funds.js";
export type * from "./types/interac.js";
export type * from "./types/options.js";
export type * from "./types/sessions.js";
export type * from "./types/webhook.js";
