// The processes that the tests talk to. The same code is behind `npm start`.

export {
	freePort,
	GUARANTEE_EVENT,
	type Running,
	registerWebhook,
	runToEnd,
	type SandboxSettings,
	type ShopSettings,
	type Stack,
	startSandbox,
	startShop,
	startStack,
	startWorker,
	startWorkerd,
	type WorkerSettings,
} from "../tools/processes.ts";
