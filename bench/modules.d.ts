// What the bench's scripts take from plain JavaScript.

/** One who starts payments. */
interface Side {
	startPayment(payment: object): Promise<unknown>;
}

interface SideHost {
	baseUrl: string;
	fetch: (url: string, init?: object) => Promise<unknown>;
}

declare module "*/stub.js" {
	export const host: SideHost;
	export const payment: object;
	export const nothing: Side;
}

declare module "*/ours.js" {
	export function newSide(host: SideHost): Side;
}

declare module "*/hand-written.js" {
	export function newSide(host: SideHost): Side;
}

declare module "*/peer.js" {
	export function newSide(host: SideHost): Side;
}

declare module "*/tools/steps.mjs" {
	export function step(what: string, command: string, args: readonly string[]): Promise<string>;
}
