// The error with which a command ends.

/** Printed as a message without a stack. */
export class Failure extends Error {
	/** 1 if something is wrong, 2 for wrong use: a flag, a setting, or a file that cannot be read. */
	readonly exitCode: 1 | 2;

	constructor(message: string, exitCode: 1 | 2 = 1) {
		super(message);
		this.exitCode = exitCode;
	}
}
