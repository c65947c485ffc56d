#!/usr/bin/env node
// Starts the command line.

import { CompiledProgram } from "./program.js";

void new CompiledProgram(__dirname).load().runProgram(process.argv.slice(2));
