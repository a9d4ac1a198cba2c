// For the compiler alone: the names in the package's declarations are those of the Rust structs, field by field and word by
// word. tests/declarations.rs writes rust.ts from serde's names.

import type * as pay from "flinkspay-edge";
import type { Rust } from "./rust.ts";

/** Rust's names, with the differences that JavaScript has on purpose. */
type Expected = Omit<Rust, "FlinksPayOptions" | "KeptAnswer" | "ErrorCode" | "Error"> & {
	/** JavaScript reads these three before Rust reads the rest. */
	FlinksPayOptions: Rust["FlinksPayOptions"] | "fetch?" | "onEvent?" | "allowCredentialsInBrowser?";
	/** Both are handed on unchecked, and so they are taken back. */
	KeptAnswer:
		| "status"
		| "statusDetails?"
		| `${Extract<Rust["KeptAnswer"], "schedule?" | "guaranteeDetails?">}: unknown`;
	/** The package throws it before the module is there. */
	ErrorCode: Rust["ErrorCode"] | "not_ready";
	/** Two codes always have a field, and the others never. */
	Error: Exclude<Rust["Error"], "field?"> | "field";
};

/** The declarations under Rust's names. */
interface Declared {
	FlinksPayOptions: pay.FlinksPayOptions;
	PaymentParams: pay.PaymentParams;
	KnownFunds: pay.KnownFunds;
	KeptAnswer: pay.KeptAnswer;
	product: pay.SessionParams["product"];
	"e-transfer": Extract<pay.SessionParams, { product: "e-transfer" }>;
	eft: Extract<pay.SessionParams, { product: "eft" }>;
	geft: Extract<pay.SessionParams, { product: "geft" }>;
	StartedPayment: pay.StartedPayment;
	InitiatedSession: pay.InitiatedSession;
	CreatedPaymentRequest: pay.CreatedPaymentRequest;
	PaymentRequestStatus: pay.PaymentRequestStatus;
	CancelledPaymentRequest: pay.CancelledPaymentRequest;
	CreatedSession: pay.CreatedSession;
	SessionStatus: pay.SessionStatus;
	SessionDetails: pay.SessionDetails;
	CancelledSession: pay.CancelledSession;
	ConfirmedGuarantee: pay.ConfirmedGuarantee;
	WarmTokens: pay.WarmTokens;
	SessionEvent: Extract<pay.WebhookEvent, { type: "SessionSetupStatusChanged" }>;
	UnknownEvent: Extract<pay.WebhookEvent, { type: "unknown" }>;
	AttemptEvent: pay.AttemptEvent;
	FundsMeaning: pay.FundsMeaning;
	Error: pay.AnyErrorFields & Pick<pay.FlinksPayError, "message">;
	ErrorCode: pay.ErrorCode;
	Stage: pay.Stage;
	Outcome: pay.Outcome;
	Funds: pay.Funds;
	WebhookScheme: pay.WebhookScheme;
}

/** What is declared at a path, such as `eft.payor.address`. */
type At<T, Path> = Path extends keyof T
	? NonNullable<T[Path]>
	: Path extends `${infer Name}.${infer Rest}`
		? At<At<T, Name>, Rest>
		: never;

/** Words as they are, and of an object the names of its fields: of a union, those of every member. */
type Names<T> = T extends string
	? T
	: T extends unknown
		? { [Name in keyof T & string]-?: Marked<T, Name> }[keyof T & string]
		: never;
type Marked<
	T,
	Name extends keyof T & string,
> = `${Name}${Record<never, never> extends Pick<T, Name> ? "?" : ""}${unknown extends T[Name] ? ": unknown" : ""}`;

type Path = keyof Expected | keyof Declared;
type Apart<A, B> = Exclude<A, B> | Exclude<B, A>;
/** Where the two differ, and the name that only one of them has. */
type Differences = { [P in Path]: `${P} -> ${Apart<At<Expected, P>, Names<At<Declared, P>>>}` }[Path];

declare function none<_ extends never>(): void;
none<Differences>();
