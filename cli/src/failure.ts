// How a command ends that could not be done.

/** Told to people in a line, without a stack. */
export class Failure extends Error {
	/** 1 where something is wrong, 2 where the command was used wrongly: its flags, its settings, a file that cannot be read. */
	readonly exitCode: 1 | 2;

	constructor(message: string, exitCode: 1 | 2 = 1) {
		super(message);
		this.exitCode = exitCode;
	}
}
