// irqtwin help, and the help of everything: as text, and as pages for man.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { didYouMean } from "../base/suggest.js";
import { EXIT, TwinError } from "../base/errors.js";
import { helpOf, type Arguments, type Command } from "./command.js";
import { manPage, manPageOfAll } from "./man.js";
import { Output } from "./output.js";
import { version } from "./version.js";

/** The overview that `irqtwin --help` prints. */
export function usage(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    "usage: irqtwin [--db FILE] [--json] [--color WHEN] COMMAND [OPTIONS]",
    "",
    "An event-sourced twin of KVM's device posted interrupts: who changed which IRTE, when and why.",
    "",
    "commands:",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "`irqtwin help COMMAND` or `irqtwin COMMAND --help` shows its options and examples.",
    "",
    "exit status: 0 done, nothing found; 1 a finding or a difference; 2 misuse; 3 unreadable or",
    "damaged input; 4 inconclusive, the answer depends on a gap; 5 it could not be finished",
  ].join("\n");
}

/** The command of a name. Throws ERR_USAGE where there is none. */
export function commandNamed(commands: readonly Command[], name: string): Command {
  const found = commands.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = commands.map((each) => each.name);
  throw new TwinError(
    "ERR_USAGE",
    `${name} is not a command${didYouMean(name, names)}: there are ${names.join(", ")}`,
  );
}

/** The command `help`; `commands`: all that there are. */
export function helpCommand(commands: () => readonly Command[]): Command {
  return {
    name: "help",
    json: "document",
    operands: "[COMMAND]",
    summary: "what a command does, its options and examples; pages for man",
    options: {
      man: { type: "boolean", help: "print the page for man (1) instead" },
      to: {
        type: "string",
        value: "DIR",
        help: "with --man: write the pages of all commands there",
      },
    },
    examples: [
      "irqtwin help log",
      "irqtwin help --man check | man -l -",
      "irqtwin help --man --to man1 && man -l man1/irqtwin.1",
    ],
    run: (args) => Promise.resolve(help(args, commands())),
  };
}

function help(args: Arguments, commands: readonly Command[]): number {
  const [name] = args.operands;
  const command = name === undefined ? null : commandNamed(commands, name);
  const to = args.text("to");
  if (to !== undefined) return writePages(args, to, commands);
  const output = new Output();
  if (args.flag("json")) output.json(command === null ? commands.map(document) : document(command));
  else if (args.flag("man"))
    output.data(command === null ? manPageOfAll(commands, version()) : manPage(command, version()));
  else output.data(command === null ? usage(commands) : helpOf(command));
  output.flush();
  return EXIT.ok;
}

function document({ name, operands, summary, options, examples }: Command): unknown {
  return { name, operands, summary, options, examples };
}

/** One file for the program, and one for each command. */
function writePages(args: Arguments, folder: string, commands: readonly Command[]): number {
  if (!args.flag("man")) throw new TwinError("ERR_USAGE", "--to is for --man: add it");
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "irqtwin.1"), `${manPageOfAll(commands, version())}\n`);
    for (const command of commands)
      writeFileSync(join(folder, `irqtwin-${command.name}.1`), `${manPage(command, version())}\n`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TwinError("ERR_OUTPUT", `the pages cannot be written to ${folder}: ${reason}`, {
      cause,
    });
  }
  return EXIT.ok;
}
