// The types of the platform that the Worker's types refer to. TypeDoc alone uses them: a Worker's own project has the real ones.

declare module "cloudflare:workers" {
	export class DurableObject {}
}

type DurableObjectState = object;

interface ExecutionContext {
	waitUntil(promise: Promise<unknown>): void;
	passThroughOnException(): void;
	props: unknown;
}
