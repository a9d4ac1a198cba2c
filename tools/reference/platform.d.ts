// What the Worker's types name of its platform, for the pages alone: whoever compiles against them has the platform's own.

declare module "cloudflare:workers" {
	export class DurableObject {}
}

type DurableObjectState = object;

interface ExecutionContext {
	waitUntil(promise: Promise<unknown>): void;
	passThroughOnException(): void;
	props: unknown;
}
