// The types of the client that traps.test.ts builds, so that tsc has them before it is built.

declare module "*/target/poison/edge.js" {
	export * from "flinkspay-edge";
}
