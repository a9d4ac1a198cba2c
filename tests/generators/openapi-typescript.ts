// A merchant who has the types made by openapi-typescript, and asks with openapi-fetch.

import createClient from "openapi-fetch";
import type { components, paths } from "./generated/types";

const [, , baseUrl = "", apiKey = "", key = ""] = process.argv;
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${apiKey}` } });
const header = { "Idempotency-Key": key };

const { data: payment } = await client.POST("/payments", { params: { header }, body: DOCUMENTED_PAYMENT });
const { data: page } = await client.GET("/payments", { params: { query: { limit: 10 } } });
if (payment === undefined || page === undefined) throw new Error("it was refused");
const { data: timeline } = await client.GET("/payments/{id}/events", { params: { path: { id: payment.id } } });
const attempt = timeline?.events.find((event) => event.type === "attempt");
const listed = page.payments.map(({ id, product, paid }) => ({ id, product, paid }));
console.log(JSON.stringify({ payment, listed, attempt: { stage: attempt?.stage, at: attempt?.at } }));

type PaymentParams = components["schemas"]["PaymentParams"];
// What is passed on as it is may be anything.
export const more: PaymentParams = { ...DOCUMENTED_PAYMENT, clientUris: { success: "https://shop.example.com" } };
// @ts-expect-error: the payor is missing.
export const incomplete: PaymentParams = { product: "eft", referenceId: "order-1001" };
// @ts-expect-error: there is no such product.
export const unknown: PaymentParams["product"] = "cash";
