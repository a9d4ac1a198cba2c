/** The result of `work`. Rejects with `error` where it takes longer than `ms`. */
export async function withTimeout<T>(work: T | PromiseLike<T>, ms: number, error: () => Error): Promise<T> {
	const timeout = Promise.withResolvers<never>();
	const timer = setTimeout(() => timeout.reject(error()), ms);
	try {
		return await Promise.race([work, timeout.promise]);
	} finally {
		clearTimeout(timer);
	}
}
