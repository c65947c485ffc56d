// irqtwin completion: what shells complete, made from the commands' own options.

import { EXIT, TwinError } from "../base/errors.js";
import { allOptionsOf, type Arguments, type Command } from "./command.js";
import { Output } from "./output.js";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

/** The command `completion`; `commands`: all that there are. */
export function completionCommand(commands: () => readonly Command[]): Command {
  return {
    name: "completion",
    json: "document",
    operands: "SHELL",
    summary: "a script that lets bash, zsh or fish complete commands and options",
    details: `SHELL is ${SHELLS.join(", ")}.`,
    options: {},
    examples: [
      "irqtwin completion bash > ~/.local/share/bash-completion/completions/irqtwin",
      "irqtwin completion zsh > ~/.zfunc/_irqtwin   # a folder of $fpath",
      "irqtwin completion fish > ~/.config/fish/completions/irqtwin.fish",
    ],
    run: (args) => Promise.resolve(complete(args, commands())),
  };
}

function complete(args: Arguments, commands: readonly Command[]): number {
  const shell = SHELLS.find((each) => each === args.operands[0]);
  if (shell === undefined) throw new TwinError("ERR_USAGE", whyNoShell(args.operands[0]));
  const script = SCRIPTS[shell](commands).join("\n");
  const output = new Output();
  if (args.flag("json")) output.json({ shell, script });
  else output.data(script);
  output.flush();
  return EXIT.ok;
}

const SCRIPTS: Readonly<Record<Shell, (commands: readonly Command[]) => readonly string[]>> = {
  bash,
  zsh,
  fish,
};

function whyNoShell(name: string | undefined): string {
  const shells = SHELLS.join(", ");
  return name === undefined
    ? `completion needs a shell: ${shells}`
    : `there is no completion for ${name}: the shells that have one are ${shells}`;
}

/** An option as shells see it. */
interface Option {
  readonly name: string;
  readonly short: string | undefined;
  readonly help: string;
  /** It takes a value; of these words where there are some, or the name of a file. */
  readonly hasValue: boolean;
  readonly words: readonly string[];
  readonly isFile: boolean;
}

function optionsOf(command: Command): readonly Option[] {
  return Object.entries(allOptionsOf(command)).map(([name, { short, value, help, choices }]) => ({
    name,
    short,
    help,
    hasValue: value !== undefined,
    words: choices ?? [],
    isFile: /FILE|DIR|\.db/.test(value ?? ""),
  }));
}

function takesFiles({ operands }: Command): boolean {
  return operands.startsWith("FILE");
}

/** A word for a shell, in single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function bash(commands: readonly Command[]): readonly string[] {
  const names = commands.map(({ name }) => name);
  const caseOf = (command: Command): string[] => {
    const options = optionsOf(command);
    const values = options.filter(({ hasValue }) => hasValue);
    const valueCase = ({ name, short, words, isFile }: Option): string => {
      const reply = isFile ? '-f -- "$cur"' : `-W ${quoted(words.join(" "))} -- "$cur"`;
      const spelled = short === undefined ? `--${name}` : `--${name}|-${short}`;
      return `        ${spelled}) COMPREPLY=($(compgen ${reply})); return ;;`;
    };
    const flags = options.map(({ name }) => `--${name}`).join(" ");
    const operands =
      command.operands === "[COMMAND]"
        ? `-W ${quoted(names.join(" "))}`
        : command.name === "completion"
          ? `-W ${quoted(SHELLS.join(" "))}`
          : takesFiles(command)
            ? "-f"
            : "-W ''";
    return [
      `    ${command.name})`,
      '      case "$prev" in',
      ...values.map(valueCase),
      "      esac",
      `      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W ${quoted(flags)} -- "$cur"))`,
      `      else COMPREPLY=($(compgen ${operands} -- "$cur")); fi ;;`,
    ];
  };
  return [
    "# bash completion of irqtwin, made by `irqtwin completion bash`",
    "_irqtwin() {",
    "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= word",
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    `    case " ${names.join(" ")} " in *" $word "*) command=$word; break ;; esac`,
    "  done",
    "  COMPREPLY=()",
    '  case "$command" in',
    ...commands.flatMap(caseOf),
    `    *) case "$prev" in --db) COMPREPLY=($(compgen -f -- "$cur")) ;; *) COMPREPLY=($(compgen -W ${quoted([...names, "--db", "--json", "--color", "--help", "--version"].join(" "))} -- "$cur")) ;; esac ;;`,
    "  esac",
    "}",
    "complete -o filenames -F _irqtwin irqtwin",
  ];
}

function zsh(commands: readonly Command[]): readonly string[] {
  const described = (text: string): string => text.replaceAll(/[[\]:\\]/g, "\\$&");
  const argument = ({ name, help, hasValue, words, isFile }: Option): string => {
    const value = isFile ? "_files" : words.length > 0 ? `(${words.join(" ")})` : " ";
    return quoted(
      `--${name}${hasValue ? "=" : ""}[${described(help)}]${hasValue ? `:value:${value}` : ""}`,
    );
  };
  return [
    "#compdef irqtwin",
    "# zsh completion of irqtwin, made by `irqtwin completion zsh`",
    "_irqtwin() {",
    "  local -a commands",
    "  commands=(",
    ...commands.map(({ name, summary }) => `    ${quoted(`${name}:${described(summary)}`)}`),
    "  )",
    "  if (( CURRENT == 2 )); then _describe command commands; return; fi",
    "  case $words[2] in",
    ...commands.map((command) =>
      [
        `    ${command.name}) _arguments`,
        ...optionsOf(command).map(argument),
        `${quoted(takesFiles(command) ? "*:file:_files" : "*: : ")} ;;`,
      ].join(" "),
    ),
    "  esac",
    "}",
    'if [ "$funcstack[1]" = _irqtwin ]; then _irqtwin "$@"; else compdef _irqtwin irqtwin; fi',
  ];
}

function fish(commands: readonly Command[]): readonly string[] {
  const option = (
    command: Command,
    { name, short, help, hasValue, words, isFile }: Option,
  ): string =>
    [
      `complete -c irqtwin -n '__fish_seen_subcommand_from ${command.name}' -l ${name}`,
      ...(short === undefined ? [] : [`-s ${short}`]),
      ...(hasValue ? [isFile ? "-r -F" : "-x"] : []),
      ...(words.length > 0 ? [`-a ${quoted(words.join(" "))}`] : []),
      `-d ${quoted(help)}`,
    ].join(" ");
  return [
    "# fish completion of irqtwin, made by `irqtwin completion fish`",
    "complete -c irqtwin -f",
    ...commands.map(
      ({ name, summary }) =>
        `complete -c irqtwin -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ),
    ...commands
      .filter(takesFiles)
      .map(({ name }) => `complete -c irqtwin -n '__fish_seen_subcommand_from ${name}' -F`),
    ...commands.flatMap((command) => optionsOf(command).map((each) => option(command, each))),
  ];
}
