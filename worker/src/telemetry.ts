// What whoever watches the deployment sees: one line of JSON for each event, named and shaped as OpenTelemetry names logs
// (opentelemetry.io/docs/specs/otel/logs/data-model). What is counted are events, so that no state is kept for it. No id of
// a payment, nothing secret and nobody's name is in any of them.

/** The events, and what is known of each. */
interface Events {
	/** A request that failed by 500 or more. */
	"flinkspay.request.failed": {
		"http.response.status_code": number;
		"error.type": string;
		"flinkspay.request.id": string;
		"flinkspay.outcome"?: string | undefined;
		/** The binding that is at fault. */
		"flinkspay.field"?: string | undefined;
		/** The step at which a call to Flinks ended, and what Flinks had answered. */
		"flinkspay.stage"?: string | undefined;
		"flinkspay.upstream.status_code"?: number | undefined;
		/** Where an exception was thrown in the Worker's own code. */
		"code.stacktrace"?: string | undefined;
	};
	/** A payment was asked of Flinks: `created`, `rejected` or `unknown`. */
	"flinkspay.payment.started": { "flinkspay.product": string; "flinkspay.outcome": string; "error.type"?: string };
	/** Its status changed. */
	"flinkspay.payment.changed": {
		"flinkspay.product": string;
		"flinkspay.status": string;
		"flinkspay.funds": string;
		"flinkspay.paid": boolean;
		"flinkspay.final": boolean;
		/** Seconds since it was asked for. */
		"flinkspay.age": number;
	};
	/** One request to Flinks. */
	"flinkspay.attempt": {
		"flinkspay.stage": string;
		"flinkspay.outcome": string;
		"http.response.status_code"?: number | undefined;
		/** Seconds. */
		"http.client.request.duration": number;
	};
	/** One try to tell the merchant. */
	"flinkspay.delivery": {
		"flinkspay.outcome": string;
		"http.response.status_code"?: number | undefined;
		/** Seconds since the change that it tells of. */
		"flinkspay.delivery.lag": number;
	};
	/** The merchant's own code in the Worker did not take a message. */
	"flinkspay.hook.failed": { "error.type": string };
	/** Something that was due could not be done, and is tried again. */
	"flinkspay.errand.failed": { "flinkspay.kind": string; "error.type": string };
	/** What is due is done later than it should be: once a minute at most from each object. */
	"flinkspay.due.late": {
		/** What has waited longest. */
		"flinkspay.kind": string;
		/** How much is overdue by more than a minute. */
		"flinkspay.due.count": number;
		/** Seconds that the oldest of it is overdue. */
		"flinkspay.due.age": number;
	};
	/** Storage would not set or clear the alarm, or the alarm's own work failed. */
	"flinkspay.alarm.failed": { "flinkspay.alarm"?: "set" | "clear"; "error.type"?: string };
	/** Another payment has the session that Flinks gave to this one. */
	"flinkspay.claim.refused": { "flinkspay.product": string };
	/** An answer of Flinks' named another reference or amount, or told of money after it was returned. */
	"flinkspay.payment.mismatch": { "flinkspay.product": string; "flinkspay.what": string };
	/** A binding that cannot be used; what is optional about it is off. */
	"flinkspay.setting.refused": { "flinkspay.field": string; "flinkspay.fault": string };
	/** A webhook that is verified and tells of something else than a session. */
	"flinkspay.webhook.unknown": { "flinkspay.request.id": string };
}

const SEVERITIES = { INFO: 9, WARN: 13, ERROR: 17 } as const;

/** Tells of an event. */
export function tell<Name extends keyof Events>(
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
