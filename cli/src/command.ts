#!/usr/bin/env node
// The command flinkspay: what a merchant's engineer wants at a terminal.
import { Command } from "commander";
import manifest from "../../pkg/package.json" with { type: "json" };
import { doctorCommand } from "./doctor.ts";

const program = new Command("flinkspay").version(manifest.version);
program.addCommand(doctorCommand());
program.parse();
