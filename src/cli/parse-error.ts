// What is wrong with the options of a command line, in irqtwin's own words.

import { didYouMean } from "../base/suggest.js";

/** What util.parseArgs() throws, as a sentence. `argv`: what it was given; `names`: the options that there are. */
export function parseProblem(
  error: unknown,
  argv: readonly string[],
  names: readonly string[],
): string {
  const said = error instanceof Error ? error.message : String(error);
  const [, option = "", problem = ""] = /^Option '(?:-\w, )?--([\w-]+)[^']*' (.*)/.exec(said) ?? [];
  if (problem.startsWith("argument is ambiguous")) return dashed(option, argv);
  if (problem.startsWith("argument missing")) return `--${option} needs a value`;
  if (problem.startsWith("does not take")) return `--${option} takes no value`;
  const unknown = /^Unknown option '-*([^']*)'/.exec(said)?.[1];
  const meant = unknown === undefined ? "" : didYouMean(`--${unknown}`, names);
  return `${said.split(". ")[0] ?? ""}${meant}`;
}

/** A value that begins with a dash looks like an option. */
function dashed(option: string, argv: readonly string[]): string {
  const value = argv[argv.lastIndexOf(`--${option}`) + 1] ?? "";
  return `--${option} is followed by ${value}: if that is its value, write --${option}=${value}, else give it one`;
}
