// A merchant whose client orval has made, for fetch.

import { createPayment, getPaymentEvents, listPayments, type PaymentParams } from "./generated/client";

const [, , , apiKey = "", key = ""] = process.argv;
const options = { headers: { Authorization: `Bearer ${apiKey}` } };
const headers = { "Idempotency-Key": key };

const created = await createPayment(DOCUMENTED_PAYMENT, headers, options);
const page = await listPayments({ limit: 10 }, options);
if (created.status !== 201 || page.status !== 200) throw new Error("it was refused");
const payment = created.data;
const timeline = await getPaymentEvents(payment.id, options);
if (timeline.status !== 200) throw new Error("it was refused");
const attempt = timeline.data.events.find((event) => event.type === "attempt");
const listed = page.data.payments.map(({ id, product, paid }) => ({ id, product, paid }));
console.log(JSON.stringify({ payment, listed, attempt: { stage: attempt?.stage, at: attempt?.at } }));

// What is passed on as it is may be anything.
export const more: PaymentParams = { ...DOCUMENTED_PAYMENT, clientUris: { success: "https://shop.example.com" } };
// @ts-expect-error: the payor is missing.
export const incomplete: PaymentParams = { product: "eft", referenceId: "order-1001" };
// @ts-expect-error: there is no such product.
export const unknown: PaymentParams["product"] = "cash";
