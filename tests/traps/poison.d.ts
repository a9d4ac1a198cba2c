// The client that traps.test.ts builds has the package's types, also before it is built.

declare module "*/target/poison/edge.js" {
	export * from "flinkspay-edge";
}
