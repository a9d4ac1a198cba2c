// What the Worker's types name of its platform, for the pages alone: whoever compiles against them has the platform's own.

declare module "cloudflare:workers" {
	export class DurableObject {}
}

type DurableObjectState = object;

type ExecutionContext = object;
