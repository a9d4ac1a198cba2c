// The names that Rust has for what goes into the package and comes out of it, words where they are words. `?` may be
// missing; `unknown` is handed on as it is. Written by `UPDATE_TYPES=1 cargo test --test declarations`.

export type Rust = {
	FlinksPayOptions:
		| "baseUrl"
		| "username"
		| "password"
		| "timeoutMs?"
		| "deadlineMs?"
		| "warmTokens?"
		| "instance?"
		| "clientId?"
		| "credentialsIn?"
		| "basicEncoding?"
		| "tokenHeader?"
		| "amountAs?"
		| "largestGeftAmount?";
	"FlinksPayOptions.credentialsIn": "basic" | "form";
	"FlinksPayOptions.basicEncoding": "raw" | "rfc6749";
	"FlinksPayOptions.tokenHeader": "authorization" | "bearertoken";
	"FlinksPayOptions.amountAs": "number" | "string";
	PaymentParams: "referenceId" | "amount" | "customerName" | "customerEmail" | "clientUris?";
	KeptAnswer: "status" | "statusDetails?" | "schedule?" | "guaranteeDetails?";
	KnownFunds: "product?" | "before?";
	"KnownFunds.before": "none" | "scheduled" | "guaranteed" | "settled" | "returned";
	"e-transfer":
		| "product"
		| "referenceId?"
		| "type?"
		| "direction?"
		| "currency?"
		| "amount?"
		| "options?"
		| "payor"
		| "payee?";
	"e-transfer.type": "e-Transfer";
	"e-transfer.direction": "DEBIT" | "CREDIT";
	"e-transfer.currency": "CAD";
	"e-transfer.options": "notificationPreferences?";
	"e-transfer.options.notificationPreferences": "sendInteracLink?" | "language?";
	"e-transfer.options.notificationPreferences.language": "EN" | "FR";
	"e-transfer.payor": "firstName" | "middleName?" | "lastName" | "email";
	"e-transfer.payee": "account";
	"e-transfer.payee.account": "institutionCode" | "transitNumber" | "accountNumber" | "accountLabel?";
	eft: "product" | "referenceId?" | "type?" | "direction?" | "currency?" | "amount?" | "options?" | "payor";
	"eft.type": "EFT";
	"eft.direction": "DEBIT";
	"eft.currency": "CAD";
	"eft.options": "notificationPreferences?" | "showConsentScreen?" | "limits?" | "redirectPreferences?";
	"eft.options.notificationPreferences": "language?";
	"eft.options.notificationPreferences.language": "EN" | "FR";
	"eft.options.limits": "minimumAmount?" | "maximumAmount?";
	"eft.payor":
		| "firstName"
		| "middleName?"
		| "lastName"
		| "email?"
		| "phone?"
		| "occupation?"
		| "dateOfBirth?"
		| "address?";
	"eft.payor.address": "addressLine1?" | "addressLine2?" | "unit?" | "city?" | "province?" | "country?" | "postalCode?";
	geft: "product" | "referenceId?" | "type?" | "direction?" | "currency?" | "amount?" | "options?" | "payor" | "payee?";
	"geft.type": "EFT";
	"geft.direction": "DEBIT";
	"geft.currency": "CAD";
	"geft.options": "notificationPreferences?" | "showConsentScreen?" | "limits?" | "redirectPreferences?";
	"geft.options.notificationPreferences": "language?";
	"geft.options.notificationPreferences.language": "EN" | "FR";
	"geft.options.limits": "minimumAmount?" | "maximumAmount?";
	"geft.payor":
		| "firstName"
		| "middleName?"
		| "lastName"
		| "email?"
		| "phone?"
		| "occupation?"
		| "dateOfBirth?"
		| "address?";
	"geft.payor.address":
		| "addressLine1?"
		| "addressLine2?"
		| "unit?"
		| "city?"
		| "province?"
		| "country?"
		| "postalCode?";
	"geft.payee": "account";
	"geft.payee.account": "institutionCode" | "transitNumber" | "accountNumber" | "accountLabel?";
	product: "e-transfer" | "eft" | "geft";
	StartedPayment: "appUrl" | "referenceId" | "requestId" | "sessionId";
	InitiatedSession: "referenceId" | "sessionId";
	CreatedPaymentRequest: "requestId";
	PaymentRequestStatus:
		| "amount?"
		| "final"
		| "funds"
		| "paid"
		| "paymentLink?"
		| "referenceId?"
		| "requestId"
		| "status";
	CancelledPaymentRequest: "requestId" | "status?";
	CreatedSession: "appUrl" | "referenceId?" | "sessionId";
	SessionStatus: "amount?" | "final" | "funds" | "paid" | "referenceId?" | "sessionId" | "status" | "statusDetails?";
	SessionDetails:
		| "amount?"
		| "createdAt?: unknown"
		| "currency?: unknown"
		| "direction?: unknown"
		| "final"
		| "funds"
		| "guaranteeDetails?: unknown"
		| "options?: unknown"
		| "paid"
		| "payee?: unknown"
		| "payor?: unknown"
		| "referenceId?"
		| "schedule?: unknown"
		| "sessionId"
		| "status"
		| "statusDetails?"
		| "step?: unknown"
		| "type?: unknown"
		| "userDetails?: unknown";
	CancelledSession: "referenceId?" | "sessionId" | "status" | "statusDetails?";
	ConfirmedGuarantee: "referenceId?" | "sessionId";
	WarmTokens: "ready";
	SessionEvent:
		| "amount?"
		| "final"
		| "funds"
		| "paid"
		| "referenceId?"
		| "sessionId"
		| "status"
		| "statusDetails?"
		| "type"
		| "when?";
	UnknownEvent: "body: unknown" | "name?" | "sessionId?" | "type" | "when?";
	AttemptEvent: "attempt" | "durationMs" | "outcome" | "stage" | "status?" | "tokenAgeMs?";
	FundsMeaning: "final" | "funds" | "paid" | "rank?";
	Error:
		| "code"
		| "field?"
		| "message"
		| "outcome"
		| "referenceId?"
		| "retryAfterMs?"
		| "retryable"
		| "sessionId?"
		| "stage"
		| "status?";
	ErrorCode:
		| "invalid_config"
		| "invalid_input"
		| "closed"
		| "aborted"
		| "deadline_exceeded"
		| "timeout"
		| "network"
		| "credentials_rejected"
		| "token_rejected"
		| "forbidden"
		| "rejected"
		| "not_found"
		| "conflict"
		| "rate_limited"
		| "upstream_unavailable"
		| "upstream_protocol"
		| "unexpected_redirect"
		| "instance_lost"
		| "webhook_signature";
	Stage:
		| "config"
		| "input"
		| "authorize"
		| "initiate"
		| "payment_request"
		| "status"
		| "sendrequest"
		| "session"
		| "session_status"
		| "session_details"
		| "cancel"
		| "guarantee"
		| "webhook";
	"AttemptEvent.stage":
		| "authorize"
		| "initiate"
		| "payment_request"
		| "status"
		| "sendrequest"
		| "session"
		| "session_status"
		| "session_details"
		| "cancel"
		| "guarantee";
	Outcome: "not_sent" | "rejected" | "unknown";
	Funds: "none" | "scheduled" | "guaranteed" | "settled" | "returned";
	"AttemptEvent.outcome": "not_sent" | "rejected" | "unknown" | "ok";
	WebhookScheme: "geft" | "flinks";
};
