// What a command is, and how its arguments are read.

import { wrapped } from "../base/wrapped.js";
import { parseArgs } from "node:util";
import { TwinError } from "../base/errors.js";
import { didYouMean } from "../base/suggest.js";
import { parseProblem } from "./parse-error.js";
import { COLOR_MODES } from "./display.js";

/**
 * Options of a command by name. `string`: the option has a value, which the help calls `value`; `boolean`: it is
 * a flag. `short`: its one-letter form.
 */
export type OptionSpec = Readonly<
  Record<
    string,
    {
      /** Has it a value? */
      readonly type: "string" | "boolean";
      /** The letter of its short form. Absent = it has none. */
      readonly short?: string;
      /** What it does, in a line of the help. */
      readonly help: string;
      /** What the help calls its value. Only of an option that has one. */
      readonly value?: string;
      /** The words that its value can be, where they are few; shells complete them. */
      readonly choices?: readonly string[];
    }
  >
>;

/** A command of the command line: what its help says, and what it does. */
export interface Command {
  /** Its name. */
  readonly name: string;
  /** What it takes besides options, as shown in the usage line: `...` behind a name means any number. */
  readonly operands: string;
  /** What --json prints: one document, or JSON Lines; then the value says what each line is of. */
  readonly json: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** More lines for `--help`. */
  readonly details?: string;
  /** Its options. */
  readonly options: OptionSpec;
  /** Command lines that the help shows. */
  readonly examples: readonly string[];
  /** What its words mean: lines that its help ends with. */
  readonly words?: () => readonly string[];
  /** It writes to the terminal by itself, or asks and shows progress: no pager. */
  readonly isUnpaged?: boolean;
  /** Returns the exit status. */
  readonly run: (args: Arguments) => Promise<number>;
}

/** The options that every command has. */
export const COMMON_OPTIONS: OptionSpec = {
  db: {
    type: "string",
    value: "FILE",
    help: "the timeline (default: $IRQTWIN_DB, else ./irqtwin.db)",
  },
  json: { type: "boolean", help: "print JSON" },
  color: {
    type: "string",
    value: "WHEN",
    help: `colour text: ${COLOR_MODES.join(", ")} (default: auto, on a terminal without NO_COLOR)`,
    choices: COLOR_MODES,
  },
  help: { type: "boolean", short: "h", help: "show this help" },
};

/** What stood on the command line. Errors name the option. */
export class Arguments {
  /** What was given besides options, in order. */
  readonly operands: readonly string[];
  /** The command's name. */
  readonly command: string;
  private readonly values: Readonly<Record<string, string | boolean | undefined>>;

  /** Throws ERR_USAGE for an option that the command does not have. */
  constructor(command: Command, argv: readonly string[]) {
    this.command = command.name;
    const options = Object.fromEntries(
      Object.entries({ ...command.options, ...COMMON_OPTIONS }).map(([name, { type, short }]) => [
        name,
        short === undefined ? { type } : { type, short },
      ]),
    );
    try {
      const { values, positionals } = parseArgs({
        args: guardRelativeWhen(argv),
        options,
        allowPositionals: true,
        strict: true,
      });
      this.values = values;
      this.operands = positionals.map((operand) => operand.replace(RELATIVE_GUARD, ""));
    } catch (error) {
      const names = Object.keys(options).map((name) => `--${name}`);
      const problem = parseProblem(error, argv, names);
      throw new TwinError("ERR_USAGE", `${problem}: see \`irqtwin ${command.name} --help\``, {
        cause: error,
      });
    }
  }

  /** The timeline file: --db, else the environment variable IRQTWIN_DB, else irqtwin.db. */
  get db(): string {
    return this.text("db") ?? process.env["IRQTWIN_DB"] ?? "irqtwin.db";
  }

  /** Was a flag given? */
  flag(name: string): boolean {
    return this.values[name] === true;
  }

  /** The value of an option as it was written; undefined = it was not given. */
  text(name: string): string | undefined {
    const value = this.values[name];
    return typeof value === "string" ? value.replace(RELATIVE_GUARD, "") : undefined;
  }

  /** The value of an option that is one of several words. Throws ERR_USAGE for any other. */
  choice<Word extends string>(name: string, words: readonly Word[], otherwise: Word): Word {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const word = words.find((each) => each === text);
    if (word !== undefined) return word;
    throw new TwinError(
      "ERR_USAGE",
      `--${name} ${text} is not one of ${words.join(", ")}${didYouMean(text, words)}`,
    );
  }

  /** The output's format: `json` with --json, else the value of --format. Throws ERR_USAGE where both differ. */
  format<Word extends string>(words: readonly Word[], otherwise: Word): Word | "json" {
    const format = this.choice("format", words, otherwise);
    if (!this.flag("json")) return format;
    const named = this.text("format");
    if (named === undefined || named === "json") return "json";
    throw new TwinError("ERR_USAGE", `--json and --format ${named} are two formats: name one`);
  }

  /** The value of an option that is a whole number, not negative. Throws ERR_USAGE for anything else. */
  count(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^\d{1,15}$/.test(text)) {
      throw new TwinError("ERR_USAGE", `--${name} ${text} is not a whole number`);
    }
    return Number(text);
  }
}

/** `-50ms` is a moment, not an option: marked while the options are read. */
const RELATIVE_GUARD = "\u0000";

function guardRelativeWhen(argv: readonly string[]): string[] {
  return argv.map((arg) => (/^-\d/.test(arg) ? RELATIVE_GUARD + arg : arg));
}

/** All options of a command, its own first; a command may say more of a common one. */
export function allOptionsOf(command: Command): OptionSpec {
  const { json: form } = command;
  const json =
    form === "document" ? "print one JSON document" : `print JSON Lines: one for ${form}`;
  return {
    ...{ ...command.options, ...COMMON_OPTIONS, ...command.options },
    json: { type: "boolean", help: json },
  };
}

/** A help fits into a terminal of this width, but for its examples. */
const HELP_COLUMNS = 80;

/** Breaks text anew. What ends a sentence or begins with a space ends its line. */
export function paragraphs(text: string): readonly string[] {
  const joined = text.replace(/(?<=[^.:;\n])\n(?=[^\s])/g, " ");
  return joined
    .split("\n")
    .flatMap((line) => (line.startsWith(" ") ? [line] : wrapped(line, HELP_COLUMNS, "", 0)));
}

/** The help text of a command. */
export function helpOf(command: Command): string {
  const options = allOptionsOf(command);
  const rows = Object.entries(options).map(([name, { short, value, help }]): [string, string] => [
    `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`,
    help,
  ]);
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    `usage: irqtwin ${command.name} ${command.operands}`.trimEnd(),
    "",
    command.summary,
    ...(command.details === undefined ? [] : ["", ...paragraphs(command.details)]),
    "",
    "options:",
    ...rows.flatMap(([left, help]) => {
      const [first = "", ...more] = wrapped(help, HELP_COLUMNS - width - 4, "", 0);
      return [
        `  ${left.padEnd(width)}  ${first}`,
        ...more.map((line) => " ".repeat(width + 4) + line),
      ];
    }),
    "",
    "examples:",
    ...command.examples.map((example) => `  ${example}`),
    ...(command.words === undefined ? [] : ["", ...command.words()]),
  ].join("\n");
}
