// A merchant whose client @hey-api/openapi-ts has made.

import { createPayment, getPaymentEvents, listPayments, type PaymentParams } from "./generated";
import { client } from "./generated/client.gen";

const [, , baseUrl = "", apiKey = "", key = ""] = process.argv;
client.setConfig({ baseUrl, auth: apiKey });
const headers = { "Idempotency-Key": key };

const { data: payment } = await createPayment({ headers, body: DOCUMENTED_PAYMENT });
const { data: page } = await listPayments({ query: { limit: 10 } });
if (payment === undefined || page === undefined) throw new Error("it was refused");
const { data: timeline } = await getPaymentEvents({ path: { id: payment.id } });
const attempt = timeline?.events.find((event) => event.type === "attempt");
const listed = page.payments.map(({ id, product, paid }) => ({ id, product, paid }));
console.log(JSON.stringify({ payment, listed, attempt: { stage: attempt?.stage, at: attempt?.at } }));

// What is passed on as it is may be anything.
export const more: PaymentParams = { ...DOCUMENTED_PAYMENT, clientUris: { success: "https://shop.example.com" } };
// @ts-expect-error: the payor is missing.
export const incomplete: PaymentParams = { product: "eft", referenceId: "order-1001" };
// @ts-expect-error: there is no such product.
export const unknown: PaymentParams["product"] = "cash";
