// The calls to one object of the ledger, by the Worker and by other objects, and what they carry. `ledger.ts` implements them.

import type { Reply } from "../problem.ts";
import type { CheckReport } from "../schemas/configuration.ts";
import type { MessageType, RecordedMessage } from "../schemas/events.ts";
import type { Funds } from "../schemas/fields.ts";
import type { PaymentParams } from "../schemas/params.ts";
import type { CreatedPayment, Delivery, PaymentView, Resolution } from "../schemas/payment.ts";
import type { Fingerprints, StoredEvent } from "./payment.ts";
import type { WebhookContent } from "./status.ts";

export interface CreateRequest {
	keyHash: string;
	fingerprints: Fingerprints;
	/** The number of this object, which the hash of the key leads to. */
	shard: number;
	params: PaymentParams;
	/** The X-Request-Id of the answer. */
	instance: string;
}

export interface PaymentFilter {
	referenceId?: string | undefined;
	status?: string | undefined;
	funds?: Funds | undefined;
	delivery?: Delivery | undefined;
	/** At or after. */
	from?: number | undefined;
	/** Before. */
	to?: number | undefined;
	/** The list begins after this payment. */
	after?: { createdAt: number; id: string } | undefined;
	limit: number;
}

/** Payments of one object, the newest first. */
export interface PaymentList {
	payments: PaymentView[];
	/** The place of the last payment that was read. */
	looked: PaymentFilter["after"];
	more: boolean;
}

export interface FeedFilter {
	/** The messages after this position of the object's feed. */
	after: number;
	paymentId?: string | undefined;
	type?: MessageType | undefined;
	limit: number;
}

/** Messages of one object, in the order of its feed. */
export interface Feed {
	messages: (RecordedMessage & { position: number })[];
	/** The last position that was read, whether or not the filter took the message there. */
	looked: number;
	more: boolean;
}

/** One of Flinks' ids, in lower case, that a payment claims. */
export interface Claim {
	flinksId: string;
	paymentId: string;
}

export interface ClaimResult {
	flinksId: string;
	/** The payment that owns the id: the claiming one, or one that claimed it before. */
	owner: string;
	/** The webhooks that came before the claim. */
	webhooks: WebhookContent[];
}

export interface LedgerApi {
	/** Starts a payment, or gives the stored answer of its key. */
	create(request: CreateRequest): Promise<Reply<{ payment: CreatedPayment; replayed: boolean }>>;
	/** The stored answer of a key; null where the key is new. */
	replay(request: Pick<CreateRequest, "keyHash" | "fingerprints">): Promise<Reply<CreatedPayment | null>>;
	/** The number of objects that this one has stored. Where it has none, it stores `establish`. */
	agreedShards(establish: number | undefined): Promise<Reply<{ shards?: number }>>;
	/** One payment. Flinks is asked where the last answer is old enough. */
	read(id: string): Promise<Reply<PaymentView>>;
	cancel(id: string, by: string): Promise<Reply<PaymentView>>;
	decide(id: string, accepted: boolean, by: string): Promise<Reply<PaymentView>>;
	/** Records what an operator found of an unknown payment. The key keeps its answer. */
	resolve(id: string, resolution: Resolution, by: string): Promise<Reply<PaymentView>>;
	/** Sends the undelivered messages of a payment again, or one with its present state. */
	resend(id: string, by: string): Promise<Reply<PaymentView>>;
	list(filter: PaymentFilter): Promise<Reply<PaymentList>>;
	events(id: string): Promise<Reply<readonly StoredEvent[]>>;
	feed(filter: FeedFilter): Promise<Reply<Feed>>;
	latest(): Promise<Reply<{ position: number }>>;
	/** The payment that owns the session of a webhook. Without an owner the webhook is kept here. */
	receiveWebhook(sessionId: string, content: WebhookContent): Promise<Reply<{ id?: string }>>;
	/** Records a webhook about a payment of this object, and schedules a read of its status. */
	takeWebhook(id: string, content: WebhookContent): Promise<Reply<object>>;
	/** Claims Flinks' ids. This object is their home. */
	claimAll(claims: readonly Claim[]): Promise<Reply<ClaimResult[]>>;
	/** Whether a payment of this object still has one of Flinks' ids, or is about to. */
	has(id: string, flinksId: string): Promise<Reply<{ has: boolean }>>;
	release(flinksId: string, paymentId: string): Promise<Reply<object>>;
	/** Finds out which settings Flinks wants. */
	checkSettings(): Promise<Reply<CheckReport>>;
}
