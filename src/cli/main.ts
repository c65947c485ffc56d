// The command line: finds the command, turns errors into a line and an exit status.

import { readFileSync } from "node:fs";
import { EXIT, TwinError } from "../base/errors.js";
import { at } from "./at.js";
import { Arguments, helpOf, type Command } from "./command.js";
import { auditCommand } from "./audit.js";
import { blameCommand } from "./blame.js";
import { captureCommand } from "./capture.js";
import { checkCommand } from "./check.js";
import { demo } from "./demo.js";
import { diffCommand } from "./diff.js";
import { explainCommand } from "./explain.js";
import { importCommand } from "./import.js";
import { infoCommand } from "./info.js";
import { logCommand } from "./log.js";
import { Output, outputError, say } from "./output.js";
import { probesCommand } from "./probes.js";
import { query } from "./query.js";
import { rulesCommand } from "./rules.js";
import { schemaCommand } from "./schema.js";
import { firstCommand } from "./first.js";
import { rewindCommand } from "./rewind.js";
import { verifyCommand } from "./verify.js";

const COMMANDS: readonly Command[] = [
  importCommand,
  infoCommand,
  at,
  diffCommand,
  logCommand,
  blameCommand,
  checkCommand,
  explainCommand,
  rulesCommand,
  probesCommand,
  captureCommand,
  query,
  demo,
  schemaCommand,
  auditCommand,
  firstCommand,
  rewindCommand,
  verifyCommand,
];

function usage(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  return [
    "usage: irqtwin COMMAND [OPTIONS]",
    "",
    "An event-sourced twin of KVM's device posted interrupts: who changed which IRTE, when and why.",
    "",
    "commands:",
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "`irqtwin COMMAND --help` shows its options and examples.",
    "",
    "exit status: 0 done, nothing found; 1 a finding or a difference; 2 misuse; 3 unreadable or",
    "damaged input; 4 inconclusive, the answer depends on a gap; 5 it could not be finished",
  ].join("\n");
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "-h" || name === "--help") {
    print(usage());
    return name === undefined ? EXIT.misuse : EXIT.ok;
  }
  if (name === "--version") {
    print(`irqtwin ${version()}`);
    return EXIT.ok;
  }
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) {
    throw new TwinError(
      "ERR_USAGE",
      `${name} is not a command: there are ${COMMANDS.map((each) => each.name).join(", ")}`,
    );
  }
  const args = new Arguments(command, rest);
  if (args.flag("help")) {
    print(helpOf(command));
    return EXIT.ok;
  }
  refuseSurplus(command, args);
  return command.run(args);
}

function print(text: string): void {
  const output = new Output();
  output.data(text);
  output.flush();
}

/** `FILE...` and `[PROFILE...]` take many operands, `SQL` one, nothing none. */
function refuseSurplus({ name, operands }: Command, args: Arguments): void {
  if (/\.\.\.\]?$/.test(operands)) return;
  const surplus = args.operands[operands === "" ? 0 : 1];
  if (surplus === undefined) return;
  throw new TwinError(
    "ERR_USAGE",
    `${surplus} is more than ${name} takes: see \`irqtwin ${name} --help\``,
  );
}

function version(): string {
  const manifest = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  ) as { version: string };
  return manifest.version;
}

/** Says what went wrong, and returns the exit status. What no code foresees is a defect, or damage unnoticed so far. */
function fail(error: unknown): number {
  const twinError = error instanceof TwinError ? error : unforeseen(error);
  say(`error: ${twinError.message} (${twinError.code})`);
  return twinError.exitCode;
}

function unforeseen(error: unknown): TwinError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && "code" in error && error.code === "ENOSPC")
    return new TwinError("ERR_DISK_FULL", `no space left: ${message}`);
  return new TwinError(
    "ERR_INTERNAL",
    `${message}: the timeline may be damaged, which \`irqtwin verify\` tells; else this is a defect of irqtwin`,
  );
}

/** Runs the command line with arguments, and sets the exit status of the process. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  const exit = (error: unknown): never => process.exit(fail(error));
  process.stdout.on("error", (error) => exit(outputError(error)));
  // Nobody can be told that standard error cannot be written.
  process.stderr.on("error", () => undefined);
  process.on("uncaughtException", exit);
  try {
    process.exitCode = await main(argv);
  } catch (error) {
    process.exitCode = fail(error);
  }
}
