// A Tail Worker that sends the Worker's log on by OTLP over HTTP (opentelemetry.io/docs/specs/otlp): every event as a log
// record, and counters and gauges as metrics. Bind it by `tail_consumers` in the Worker's wrangler.jsonc.

interface Env {
	/** The address of an OpenTelemetry collector, such as https://otel.example.com. */
	OTEL_EXPORTER_OTLP_ENDPOINT: string;
	/** The value of the Authorization header, if the collector needs one. */
	OTEL_AUTHORIZATION?: string;
}

/** A line of the Worker's log. */
interface Line {
	timestamp: string;
	severity_text: string;
	severity_number: number;
	event_name: string;
	attributes: Record<string, string | number | boolean>;
}

/** Counters: the metric's name, the event, and the attributes that split it. */
const COUNTERS = [
	["flinkspay.payments", "flinkspay.payment.started", ["flinkspay.product", "flinkspay.outcome"]],
	["flinkspay.changes", "flinkspay.payment.changed", ["flinkspay.product", "flinkspay.status", "flinkspay.paid"]],
	["flinkspay.deliveries", "flinkspay.delivery", ["flinkspay.outcome"]],
] as const;

/** Gauges of the greatest value of an attribute: the attribute, the event, and the unit. */
const GAUGES = [
	["flinkspay.delivery.lag", "flinkspay.delivery", "s"],
	["http.client.request.duration", "flinkspay.attempt", "s"],
	["flinkspay.due.age", "flinkspay.due.late", "s"],
	["flinkspay.due.count", "flinkspay.due.late", "1"],
] as const;

export default {
	async tail(traces: { logs: { message: unknown }[] }[], env: Env): Promise<void> {
		const lines = traces.flatMap(({ logs }) => logs.flatMap(({ message }) => lineOf(message)));
		if (lines.length === 0) return;
		const scope = { scope: { name: "flinkspay-edge" } };
		const resource = { attributes: attributesOf({ "service.name": "flinkspay-edge" }) };
		const logRecords = lines.map(recordOf);
		const metrics = [...counters(lines), ...gauges(lines)];
		await Promise.all([
			send(env, "logs", { resourceLogs: [{ resource, scopeLogs: [{ ...scope, logRecords }] }] }),
			send(env, "metrics", { resourceMetrics: [{ resource, scopeMetrics: [{ ...scope, metrics }] }] }),
		]);
	},
};

/** The parsed line; none for anything but the Worker's own lines. */
function lineOf(message: unknown): Line[] {
	const text = Array.isArray(message) ? message[0] : message;
	if (typeof text !== "string" || !text.startsWith('{"timestamp"')) return [];
	return [JSON.parse(text) as Line];
}

function recordOf({ timestamp, severity_text, severity_number, event_name, attributes }: Line) {
	return {
		timeUnixNano: nano(timestamp),
		severityText: severity_text,
		severityNumber: severity_number,
		eventName: event_name,
		attributes: attributesOf(attributes),
	};
}

function counters(lines: Line[]) {
	return COUNTERS.flatMap(([name, event, by]) => {
		const groups = Map.groupBy(
			lines.filter(({ event_name }) => event_name === event),
			({ attributes }) => JSON.stringify(by.map((key) => [key, attributes[key] ?? ""])),
		);
		const dataPoints = [...groups].map(([key, group]) => ({
			attributes: attributesOf(Object.fromEntries(JSON.parse(key))),
			asInt: String(group.length),
			...times(group),
		}));
		// Each batch has only the increase: temporality 1 is delta.
		return dataPoints.length > 0 ? [{ name, sum: { dataPoints, aggregationTemporality: 1, isMonotonic: true } }] : [];
	});
}

function gauges(lines: Line[]) {
	return GAUGES.flatMap(([name, event, unit]) => {
		const group = lines.filter(({ event_name }) => event_name === event);
		if (group.length === 0) return [];
		const asDouble = Math.max(...group.map(({ attributes }) => Number(attributes[name])));
		return [{ name, unit, gauge: { dataPoints: [{ asDouble, ...times(group) }] } }];
	});
}

function times(group: Line[]) {
	return {
		startTimeUnixNano: nano(group[0]?.timestamp ?? ""),
		timeUnixNano: nano(group.at(-1)?.timestamp ?? ""),
	};
}

function nano(timestamp: string): string {
	return `${Date.parse(timestamp)}000000`;
}

function attributesOf(attributes: Line["attributes"]) {
	return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: string | number | boolean) {
	if (typeof value === "boolean") return { boolValue: value };
	return typeof value === "number" ? { doubleValue: value } : { stringValue: value };
}

async function send(env: Env, signal: "logs" | "metrics", body: unknown): Promise<void> {
	const authorization = env.OTEL_AUTHORIZATION === undefined ? {} : { Authorization: env.OTEL_AUTHORIZATION };
	const url = `${env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/${signal}`;
	const response = await fetch(url, {
		method: "POST",
		headers: { "Content-Type": "application/json", ...authorization },
		body: JSON.stringify(body),
	});
	await response.body?.cancel();
	const { status } = response;
	if (!response.ok)
		console.error(
			`The collector refused ${signal} with ${status} at ${url}. Check OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_AUTHORIZATION.`,
		);
}
