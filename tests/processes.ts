// The processes that the tests talk to. The same code is behind `npm start`.

export {
	claimPorts,
	freePort,
	GUARANTEE_EVENT,
	type Running,
	registerWebhook,
	runToEnd,
	type Stack,
	startSandbox,
	startStack,
	startWorker,
	startWorkerd,
} from "../tools/processes.ts";
