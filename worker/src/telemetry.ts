// The Worker's log: one line of JSON for each event, with the names and shapes that OpenTelemetry gives logs
// (opentelemetry.io/docs/specs/otel/logs/data-model). What is counted are events, so no counters are kept. No payment's
// id, no secret and no name is in any of them.

interface Events {
	"flinkspay.request.failed": {
		"http.response.status_code": number;
		"error.type": string;
		"flinkspay.request.id": string;
		"flinkspay.outcome"?: string | undefined;
		"flinkspay.field"?: string | undefined;
		/** The stage at which a call to Flinks ended, and Flinks' HTTP status. */
		"flinkspay.stage"?: string | undefined;
		"flinkspay.upstream.status_code"?: number | undefined;
		/** The stack of an exception in the Worker's own code. */
		"code.stacktrace"?: string | undefined;
	};
	/** The call that starts a payment has ended: `created`, `rejected` or `unknown`. */
	"flinkspay.payment.started": { "flinkspay.product": string; "flinkspay.outcome": string; "error.type"?: string };
	"flinkspay.payment.changed": {
		"flinkspay.product": string;
		"flinkspay.status": string;
		"flinkspay.funds": string;
		"flinkspay.paid": boolean;
		"flinkspay.final": boolean;
		/** Seconds since the payment was started. */
		"flinkspay.age": number;
	};
	"flinkspay.attempt": {
		"flinkspay.stage": string;
		"flinkspay.outcome": string;
		"http.response.status_code"?: number | undefined;
		/** Seconds. */
		"http.client.request.duration": number;
	};
	"flinkspay.delivery": {
		"flinkspay.outcome": string;
		"http.response.status_code"?: number | undefined;
		/** Seconds since the change. */
		"flinkspay.delivery.lag": number;
	};
	/** The merchant's own function in the Worker failed to take a message. */
	"flinkspay.hook.failed": { "error.type": string };
	/** A job failed, and is tried again. */
	"flinkspay.job.failed": { "flinkspay.kind": string; "error.type": string };
	/** Jobs run too late. Logged at most once a minute by each object. */
	"flinkspay.due.late": {
		"flinkspay.kind": string;
		/** How many jobs are overdue by more than a minute. */
		"flinkspay.due.count": number;
		/** Seconds that the oldest job is overdue. */
		"flinkspay.due.age": number;
	};
	/** Storage failed to set or clear the alarm, or the alarm's own work failed. */
	"flinkspay.alarm.failed": { "flinkspay.alarm"?: "set" | "clear"; "error.type"?: string };
	/** Another payment owns the session that Flinks gave to this one. */
	"flinkspay.claim.refused": { "flinkspay.product": string };
	/** An answer of Flinks' named another reference or amount, or said paid after the money was returned. */
	"flinkspay.payment.mismatch": { "flinkspay.product": string; "flinkspay.what": string };
	/** A binding is unusable. An optional feature that needs it is off. */
	"flinkspay.setting.refused": { "flinkspay.field": string; "flinkspay.fault": string };
	/** A verified webhook is about something else than a session's status. */
	"flinkspay.webhook.unknown": { "flinkspay.request.id": string };
}

const SEVERITIES = { INFO: 9, WARN: 13, ERROR: 17 } as const;

export function log<Name extends keyof Events>(
	name: Name,
	attributes: Events[Name],
	severity: keyof typeof SEVERITIES = "INFO",
): void {
	const line = JSON.stringify({
		timestamp: new Date().toISOString(),
		severity_text: severity,
		severity_number: SEVERITIES[severity],
		event_name: name,
		attributes,
	});
	if (severity === "INFO") console.log(line);
	else if (severity === "WARN") console.warn(line);
	else console.error(line);
}

/** The name of an error for the log. Its message may contain what a person typed. */
export function errorName(error: unknown): string {
	return error instanceof Error ? error.name : "unknown";
}
