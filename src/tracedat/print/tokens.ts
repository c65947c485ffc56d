// The words of `print fmt:`, which is C.

/** A word of one kind. */
export interface Word<Kind extends string, Value> {
  /** What it is. */
  readonly kind: Kind;
  /** What it says: a sign as it is written, a text without its quotes. */
  readonly value: Value;
}

/** A word of C. */
export type Token =
  Word<"text", string> | Word<"number", bigint> | Word<"name", string> | Word<"sign", string>;

const WORD =
  /\s+|("(?:[^"\\]|\\.)*")|(0[xX][0-9a-fA-F]+|\d+)[uUlL]*|([A-Za-z_]\w*)|'(\\?.)'|(<<|>>|->|&&|\|\||[=!<>]=|[-+*/%&|^~!<>?:,(){}[\].])/gy;

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0" };
/** A format with more words than these is not read: the longest of the kernel has some thousands. */
const TOKENS_MAX = 50_000;

/** The words of a text; null = it is not C. */
export function tokensOf(text: string): readonly Token[] | null {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of text.matchAll(WORD)) {
    end = match.index + match[0].length;
    const token = tokenOf(match);
    if (token !== null) tokens.push(token);
    if (tokens.length > TOKENS_MAX) return null;
  }
  return end === text.length ? tokens : null;
}

function tokenOf([, string, number, name, character, sign]: RegExpExecArray): Token | null {
  if (string !== undefined) return { kind: "text", value: unescaped(string.slice(1, -1)) };
  if (number !== undefined) return { kind: "number", value: BigInt(number) };
  if (name !== undefined) return { kind: "name", value: name };
  if (character !== undefined)
    return { kind: "number", value: BigInt(unescaped(character).charCodeAt(0)) };
  return sign === undefined ? null : { kind: "sign", value: sign };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter);
}
