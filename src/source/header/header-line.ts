// Lines `# irqtwin KEY: VALUE` of the capture script: what a recording says of itself. Every other tool takes them for
// comments of ftrace.

import { NUMBER, KEYS, type HeaderKey } from "./header-keys.js";

/** What every such line begins with. */
export const HEADER_PREFIX = "# irqtwin ";

/** So much of a value is kept, in characters. */
const VALUE_CHARS_MAX = 4096;

/** A line of the header, as far as it could be read. */
export interface HeaderLine {
  /** Its number in the file, from 1. */
  readonly line: number;
  /** The text before the colon; empty if there is none. */
  readonly key: string;
  /** The text behind it; control characters are written `\xNN`. */
  readonly value: string;
  /** The pairs WORD=VALUE of a value that consists of them, without quotes. */
  readonly words: ReadonlyMap<string, string>;
  /** Why the line cannot be used; null = it can. */
  readonly problem: string | null;
}

/** Reads a line that begins with HEADER_PREFIX. */
export function readHeaderLine(text: string, line: number): HeaderLine {
  const [, key = "", value = ""] = /^# irqtwin ([a-z_]{1,64}):(?: (.*))?$/s.exec(text) ?? [];
  const none = { line, words: new Map<string, string>() };
  if (key === "") {
    const rest = text.slice(HEADER_PREFIX.length);
    return { ...none, key: "", value: printable(rest), problem: "it is not `KEY: VALUE`" };
  }
  const shown = printable(value);
  const problem = lengthProblem(value);
  if (problem !== null || !isKey(key))
    return { ...none, key, value: shown, problem: problem ?? `no version knows the key ${key}` };
  const { words: needed } = KEYS[key];
  if (needed === null) return { ...none, key, value: shown, problem: emptyProblem(value) };
  const words = readWords(value);
  if (words === null)
    return { ...none, key, value: shown, problem: "it is not a list of WORD=VALUE" };
  return { ...none, key, value: shown, words, problem: wordsProblem(words, needed) };
}

function isKey(key: string): key is HeaderKey {
  return Object.hasOwn(KEYS, key);
}

function emptyProblem(value: string): string | null {
  return value.trim() === "" ? "it has no value" : null;
}

function lengthProblem(value: string): string | null {
  return value.length > VALUE_CHARS_MAX
    ? `it is longer than ${VALUE_CHARS_MAX} characters, and only these are kept`
    : null;
}

/** A text of bounded length that a terminal can print: a control character is written `\xNN`. */
export function printable(text: string): string {
  return text
    .slice(0, VALUE_CHARS_MAX)
    .replace(
      /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu,
      (each) => `\\x${(each.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`,
    );
}

const WORD = /^([a-z_]{1,64})=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?: +|$)/s;

/** `word=value word="a value"`; null = the text is anything else, or has a word twice. */
function readWords(text: string): ReadonlyMap<string, string> | null {
  const words = new Map<string, string>();
  let rest = text.trim();
  while (rest !== "") {
    const match = WORD.exec(rest);
    if (match === null) return null;
    const [whole, name = "", quoted, bare = ""] = match;
    if (words.has(name)) return null;
    words.set(name, printable(quoted === undefined ? bare : unquoted(quoted)));
    rest = rest.slice(whole.length);
  }
  return words.size === 0 ? null : words;
}

/** `\"` and `\\` stand for the character; `\xNN` stays, so that the text can be printed. */
function unquoted(text: string): string {
  return text.replace(/\\(["\\])/g, "$1");
}

function wordsProblem(
  words: ReadonlyMap<string, string>,
  needed: Readonly<Record<string, RegExp>>,
): string | null {
  for (const [name, pattern] of Object.entries(needed)) {
    const value = words.get(name);
    if (value === undefined) return `it lacks ${name}=`;
    if (!pattern.test(value)) return `${name}= is not as the capture script writes it`;
  }
  return null;
}

/** A word's value as a number, decimal or 0x; null = there is none, or it is not one. */
export function numberOf({ words }: HeaderLine, name: string): number | null {
  const text = words.get(name);
  return text === undefined || !NUMBER.test(text) ? null : Number(text);
}
