#!/usr/bin/env node
// Starts the command line.

import { CompiledProgram, programFor } from "./program.js";

const argv = process.argv.slice(2);
void new CompiledProgram(__dirname, programFor(argv)).load().runProgram(argv);
