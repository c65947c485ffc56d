// The command line: finds the command, turns errors into a line and an exit status.

import { EXIT, TwinError } from "../base/errors.js";
import { at } from "./at.js";
import { Arguments, COMMON_OPTIONS, helpOf, type Command } from "./command.js";
import { completionCommand } from "./completion.js";
import { COLOR_MODES, display } from "./display.js";
import { inFlags } from "./flags.js";
import { commandNamed, helpCommand, usage } from "./help.js";
import { Pager, wantedPager } from "./pager.js";
import { version, versionDocument } from "./version.js";
import { auditCommand } from "./audit.js";
import { blameCommand } from "./blame.js";
import { captureCommand } from "./capture.js";
import { checkCommand } from "./check.js";
import { demo } from "./demo.js";
import { diffCommand } from "./diff.js";
import { dropCommand } from "./drop.js";
import { explainCommand } from "./explain.js";
import { importCommand } from "./import.js";
import { followCommand } from "./follow.js";
import { infoCommand } from "./info.js";
import { logCommand } from "./log.js";
import { Output, destination, outputError, say } from "./output.js";
import { probesCommand } from "./probes.js";
import { query } from "./query.js";
import { rulesCommand } from "./rules.js";
import { schemaCommand } from "./schema.js";
import { serveCommand } from "./serve.js";
import { firstCommand } from "./first.js";
import { rewindCommand } from "./rewind.js";
import { verifyCommand } from "./verify.js";

const COMMANDS: readonly Command[] = [
  importCommand,
  followCommand,
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
  serveCommand,
  query,
  demo,
  schemaCommand,
  auditCommand,
  firstCommand,
  rewindCommand,
  dropCommand,
  verifyCommand,
  helpCommand(() => COMMANDS),
  completionCommand(() => COMMANDS),
];

/** Options may stand before the command: they are as if they stood behind it. */
function commandFirst(argv: readonly string[]): readonly [string | undefined, readonly string[]] {
  let at = 0;
  while (argv[at]?.startsWith("-") === true && !ALONE.has(argv[at] ?? "")) {
    const name = (argv[at] ?? "").slice(2);
    const takesValue =
      Object.hasOwn(COMMON_OPTIONS, name) && COMMON_OPTIONS[name]?.type === "string";
    at += takesValue ? 2 : 1;
  }
  return [argv[at], [...argv.slice(0, at), ...argv.slice(at + 1)]];
}

/** What stands in the place of a command. */
const ALONE: ReadonlySet<string> = new Set(["-h", "--help", "--version"]);

async function main(argv: readonly string[]): Promise<number> {
  const [name, rest] = commandFirst(argv);
  if (name === undefined || name === "-h" || name === "--help") {
    print(usage(COMMANDS));
    return name === undefined ? EXIT.misuse : EXIT.ok;
  }
  if (name === "--version") {
    print(rest.includes("--json") ? JSON.stringify(versionDocument()) : `irqtwin ${version()}`);
    return EXIT.ok;
  }
  const command = commandNamed(COMMANDS, name);
  const args = new Arguments(command, rest);
  display.use(args.choice("color", COLOR_MODES, "auto"));
  const isHelp = args.flag("help");
  if (!isHelp) refuseSurplus(command, args);
  return paged(isHelp || command.isUnpaged !== true, async () => {
    if (!isHelp) return command.run(args);
    print(helpOf(command));
    return EXIT.ok;
  });
}

/** Runs a command with a pager on a terminal; says at its end what the terminal did not show. */
async function paged(mayPage: boolean, run: () => Promise<number>): Promise<number> {
  const wanted = mayPage && process.stdout.isTTY ? wantedPager(process.env) : null;
  const pager = wanted === null ? null : Pager.start(wanted);
  if (pager !== null) Object.assign(destination, { fd: pager.fd, isPager: true });
  try {
    return await run();
  } finally {
    await pager?.end();
    Object.assign(destination, { fd: 1, isPager: false });
    if (display.hasCut)
      say(
        `note: lines were cut at ${display.columns ?? 0} columns (\`>\`): a pipe gets all, such as | less -S`,
      );
  }
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

/** Says what went wrong, and returns the exit status. What no code foresees is a defect, or damage unnoticed so far. */
function fail(error: unknown): number {
  const twinError = error instanceof TwinError ? error : unforeseen(error);
  say(`error: ${inFlags(twinError.message)} (${twinError.code})`);
  return twinError.exitCode;
}

function unforeseen(error: unknown): TwinError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && "code" in error && error.code === "ENOSPC")
    return new TwinError("ERR_DISK_FULL", `no space left: ${message}`);
  return TwinError.from(error);
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
