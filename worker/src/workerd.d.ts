// The one thing that the Worker uses and TypeScript's DOM library does not know: workerd's constant-time comparison.

interface SubtleCrypto {
	/** Compares two buffers of the same length in a time that does not tell where they differ. */
	timingSafeEqual(a: ArrayBuffer | ArrayBufferView, b: ArrayBuffer | ArrayBufferView): boolean;
}
