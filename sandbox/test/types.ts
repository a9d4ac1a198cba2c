// The published types are written by hand; the compiler holds them to the source. Nothing here runs.
import type * as published from "../../pkg/sandbox.d.ts";
import type * as source from "../src/sandbox.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Flat<T> = { [K in keyof T]: T[K] };

/** Fails to compile as soon as one of them is not `true`. */
export const same: [
	Same<Flat<published.SandboxCredentials>, Flat<source.SandboxCredentials>>,
	Same<Flat<published.SandboxOptions>, Flat<source.SandboxOptions>>,
	Same<published.PaymentStatus, source.PaymentStatus>,
	Same<published.Outcome, source.Outcome>,
	Same<Flat<published.JournalEntry>, Flat<source.JournalEntry>>,
	Same<keyof published.Sandbox, keyof source.Sandbox>,
	Same<Parameters<published.Sandbox["play"]>, Parameters<source.Sandbox["play"]>>,
	Same<Parameters<published.Sandbox["settle"]>, Parameters<source.Sandbox["settle"]>>,
] = [true, true, true, true, true, true, true, true];
