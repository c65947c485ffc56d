// Pages for man, made from the help of the commands.

import {
  COMMON_OPTIONS,
  allOptionsOf,
  paragraphs,
  type Command,
  type OptionSpec,
} from "./command.js";

/** Text as troff takes it: a backslash, a hyphen that is a minus, and a line that begins with a dot. */
function troff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^([.'])/gm, "\\&$1");
}

function head(name: string, version: string, summary: string): string[] {
  return [
    `.TH ${name.toUpperCase()} 1 "" "irqtwin ${version}" "User Commands"`,
    ".SH NAME",
    `${troff(name)} \\- ${troff(summary)}`,
  ];
}

function optionLines(options: OptionSpec): string[] {
  return Object.entries(options).flatMap(([name, { short, value, help }]) => [
    ".TP",
    `\\fB${short === undefined ? "" : `\\-${short}\\fR, \\fB`}\\-\\-${troff(name)}\\fR${value === undefined ? "" : ` \\fI${troff(value)}\\fR`}`,
    troff(help),
  ]);
}

function verbatim(lines: readonly string[]): string[] {
  return [".nf", ...lines.map(troff), ".fi"];
}

/** The page irqtwin-COMMAND(1). */
export function manPage(command: Command, version: string): string {
  const { name, operands, summary, details, examples, words } = command;
  return [
    ...head(`irqtwin-${name}`, version, summary),
    ".SH SYNOPSIS",
    `\\fBirqtwin ${troff(name)}\\fR [\\fIOPTIONS\\fR] ${troff(operands)}`.trimEnd(),
    ...(details === undefined ? [] : [".SH DESCRIPTION", ...verbatim(paragraphs(details))]),
    ".SH OPTIONS",
    ...optionLines(allOptionsOf(command)),
    ...(words === undefined ? [] : [".SH WORDS", ...verbatim(words())]),
    ".SH EXAMPLES",
    ...verbatim(examples),
    ".SH SEE ALSO",
    "\\fBirqtwin\\fR(1)",
  ].join("\n");
}

/** The page irqtwin(1). */
export function manPageOfAll(commands: readonly Command[], version: string): string {
  return [
    ...head("irqtwin", version, "an event-sourced twin of KVM's device posted interrupts"),
    ".SH SYNOPSIS",
    "\\fBirqtwin\\fR [\\fB\\-\\-db\\fR \\fIFILE\\fR] \\fICOMMAND\\fR [\\fIOPTIONS\\fR]",
    ".SH COMMANDS",
    ...commands.flatMap(({ name, summary }) => [
      ".TP",
      `\\fBirqtwin\\-${troff(name)}\\fR(1)`,
      troff(summary),
    ]),
    ".SH OPTIONS",
    ...optionLines(COMMON_OPTIONS),
    ".SH EXIT STATUS",
    ...[
      ["0", "done, nothing found"],
      ["1", "a finding or a difference"],
      ["2", "misuse"],
      ["3", "unreadable or damaged input"],
      ["4", "inconclusive: the answer depends on a gap"],
      ["5", "it could not be finished"],
    ].flatMap(([status, means]) => [".TP", `\\fB${status ?? ""}\\fR`, means ?? ""]),
    ".SH ENVIRONMENT",
    ...[
      ["IRQTWIN_DB", "the timeline, where --db names none"],
      ["IRQTWIN_PAGER, PAGER", "the pager on a terminal; empty or cat: none"],
      ["NO_COLOR", "no colours, unless --color always asks for them"],
    ].flatMap(([name, means]) => [".TP", `\\fB${troff(name ?? "")}\\fR`, troff(means ?? "")]),
  ].join("\n");
}
