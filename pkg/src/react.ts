/**
 * Types of `flinkspay-edge/react`.
 *
 * @module react
 */

import { useState } from "react";

/** Placeholder. */
export function useFlinksPay(): boolean {
	return useState(false)[0];
}
