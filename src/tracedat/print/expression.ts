// The expressions of `print fmt:`: what C computes from the fields of a record. Numbers are computed without a limit of
// bits, and cut where they are cast or printed. What cannot be computed is null.

import { type FormatField } from "./event-format.js";
import {
  applied,
  appliedTo,
  cut,
  flagsText,
  isTrue,
  type NameRow,
  symbolText,
  type Value,
} from "./operators.js";
import { NO_RECORD, numberOf, type RecordBytes, textOf } from "./record.js";
import { type Token } from "./tokens.js";

/** An expression. */
export interface Expression {
  /** Computes it for a record. */
  readonly valueIn: (record: RecordBytes) => Value;
  /** The field that it is, and nothing else; null = it is none. */
  readonly field: FormatField | null;
  /** Is it the same for every record? */
  readonly isConstant: boolean;
}

/** Names of types, of which casts are made. */
const TYPE_WORDS =
  /^(?:unsigned|signed|const|volatile|struct|enum|union|void|char|short|int|long|bool|_Bool|size_t|ssize_t|pid_t|gfp_t|[su](?:8|16|32|64)|__[su](?:8|16|32|64)|__[lb]e(?:16|32|64)|u?int(?:8|16|32|64)_t|uintptr_t|\w+_t)$/;

/** Bits and sign of a cast; other types leave a number as it is. */
const CASTS: Readonly<Record<string, readonly [bits: number, isSigned: boolean]>> = {
  u8: [8, false],
  __u8: [8, false],
  "unsigned char": [8, false],
  s8: [8, true],
  u16: [16, false],
  __u16: [16, false],
  "unsigned short": [16, false],
  s16: [16, true],
  u32: [32, false],
  __u32: [32, false],
  unsigned: [32, false],
  "unsigned int": [32, false],
  s32: [32, true],
  int: [32, true],
  u64: [64, false],
  __u64: [64, false],
  "unsigned long": [64, false],
  "unsigned long long": [64, false],
  s64: [64, true],
  long: [64, true],
  "long long": [64, true],
};

/** Operators with two sides, by how strongly they bind. */
const BINDING: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<", ">", "<=", ">="],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** Expressions in each other are no deeper than this. */
const DEPTH_MAX = 200;
/** The words are not C as the kernel writes it. */
export class NotUnderstood extends Error {}

/** Reads expressions. Throws NotUnderstood. */
export class ExpressionReader {
  private readonly tokens: readonly Token[];
  private readonly fields: ReadonlyMap<string, FormatField>;
  private at: number;
  private depth = 0;

  /** `tokens` from the word number `at` on; `fields`: those of the event. */
  constructor(tokens: readonly Token[], at: number, fields: ReadonlyMap<string, FormatField>) {
    this.tokens = tokens;
    this.at = at;
    this.fields = fields;
  }

  /** Are there no more words? */
  get isAtEnd(): boolean {
    return this.at >= this.tokens.length;
  }

  /** Goes past a sign that must be there. */
  expect(sign: string): void {
    if (!this.takes(sign)) throw new NotUnderstood(`${sign} is missing`);
  }

  /** The next expression, up to a comma or a closing sign. */
  expression(): Expression {
    if (++this.depth > DEPTH_MAX) throw new NotUnderstood("too deep");
    const condition = this.binary(0);
    let found = condition;
    if (this.takes("?")) {
      const yes = this.expression();
      this.expect(":");
      const no = this.expression();
      found = computed([condition, yes, no], (record) => {
        const is = isTrue(condition.valueIn(record));
        return is === null ? null : (is ? yes : no).valueIn(record);
      });
    }
    this.depth--;
    return found;
  }

  private binary(level: number): Expression {
    const signs = BINDING[level];
    if (signs === undefined) return this.unary();
    let left = this.binary(level + 1);
    for (let sign = this.taken(signs); sign !== null; sign = this.taken(signs)) {
      const operator = sign;
      const one = left;
      const other = this.binary(level + 1);
      left = computed([one, other], (record) =>
        applied(operator, one.valueIn(record), other.valueIn(record)),
      );
    }
    return left;
  }

  private unary(): Expression {
    if (++this.depth > DEPTH_MAX) throw new NotUnderstood("too deep");
    try {
      const sign = this.taken(["!", "~", "-", "+", "*", "&"]);
      if (sign === null) return this.primary();
      const of = this.unary();
      return computed([of], (record) => appliedTo(sign, of.valueIn(record)));
    } finally {
      this.depth--;
    }
  }

  private primary(): Expression {
    const token = this.tokens[this.at];
    if (token === undefined) throw new NotUnderstood("the end");
    this.at++;
    if (token.kind === "number") return constant(token.value);
    if (token.kind === "text") return this.joined(token.value);
    if (token.kind === "name") return this.named(token.value);
    if (token.value === "(") return this.parenthesis();
    throw new NotUnderstood(token.value);
  }

  /** Texts in a row are one. */
  private joined(first: string): Expression {
    let text = first;
    for (let next = this.tokens[this.at]; next?.kind === "text"; next = this.tokens[this.at]) {
      text += next.value;
      this.at++;
    }
    return constant(text);
  }

  private parenthesis(): Expression {
    const type = this.castType();
    if (type !== null) {
      const cast = CASTS[type];
      const of = this.unary();
      if (cast === undefined) return of;
      return computed([of], (record) => cut(of.valueIn(record), ...cast));
    }
    const inner = this.expression();
    this.expect(")");
    return inner;
  }

  /** The type of a cast, whose opening sign is read; null = it is no cast. */
  private castType(): string | null {
    let at = this.at;
    const words: string[] = [];
    let isPointer = false;
    for (; ; at++) {
      const token = this.tokens[at];
      if (token?.kind === "name" && (TYPE_WORDS.test(token.value) || isTag(words.at(-1))))
        words.push(token.value);
      else if (token?.kind === "sign" && token.value === "*" && words.length > 0) isPointer = true;
      else break;
    }
    const close = this.tokens[at];
    if (words.length === 0 || close?.kind !== "sign" || close.value !== ")") return null;
    this.at = at + 1;
    return isPointer ? "pointer" : words.filter((word) => word !== "const").join(" ");
  }

  private named(name: string): Expression {
    if (name === "REC") {
      this.expect("->");
      return fieldExpression(this.fields.get(this.name()));
    }
    if (!this.takes("(")) return constant(name === "true" ? 1n : name === "false" ? 0n : null);
    return this.call(name);
  }

  private call(name: string): Expression {
    switch (name) {
      case "__get_str":
      case "__get_rel_str":
      case "__get_dynamic_array":
      case "__get_rel_dynamic_array": {
        const field = this.fields.get(this.name());
        this.expect(")");
        return fieldExpression(field);
      }
      case "__print_symbolic":
      case "__print_flags":
        return this.table(name === "__print_flags");
      default:
        this.skipCall();
        return constant(null);
    }
  }

  /** `__print_symbolic(value, {0, "no"}, ...)`, `__print_flags(value, "|", {1, "one"}, ...)`. */
  private table(isFlags: boolean): Expression {
    const of = this.expression();
    this.expect(",");
    let delimiter: Value = "";
    if (isFlags) {
      delimiter = this.expression().valueIn(NO_RECORD);
      // No flag may follow.
      if (!this.takes(",")) {
        this.expect(")");
        return constant("");
      }
    }
    const rows: NameRow[] = [];
    do {
      if (!this.takes("{")) break;
      const value = this.expression().valueIn(NO_RECORD);
      this.expect(",");
      const text = this.expression().valueIn(NO_RECORD);
      this.takes(",");
      this.expect("}");
      if (typeof value === "bigint" && typeof text === "string") rows.push([value, text]);
    } while (this.takes(","));
    this.expect(")");
    const between = typeof delimiter === "string" ? delimiter : "";
    return computed([of], (record) => {
      const value = of.valueIn(record);
      if (typeof value !== "bigint") return null;
      return isFlags ? flagsText(value, between, rows) : symbolText(value, rows);
    });
  }

  /** A call that is not understood: all up to its closing sign. */
  private skipCall(): void {
    for (let open = 1; open > 0; this.at++) {
      const token = this.tokens[this.at];
      if (token === undefined) throw new NotUnderstood("a call without an end");
      if (token.kind !== "sign") continue;
      if (token.value === "(") open++;
      if (token.value === ")") open--;
    }
  }

  private name(): string {
    const token = this.tokens[this.at++];
    if (token?.kind !== "name") throw new NotUnderstood("a name is missing");
    return token.value;
  }

  private taken(signs: readonly string[]): string | null {
    const token = this.tokens[this.at];
    if (token?.kind !== "sign" || !signs.includes(token.value)) return null;
    this.at++;
    return token.value;
  }

  /** Goes past a sign, if it is there. */
  takes(sign: string): boolean {
    return this.taken([sign]) !== null;
  }
}

function isTag(word: string | undefined): boolean {
  return word === "struct" || word === "enum" || word === "union";
}

function constant(value: Value): Expression {
  return { valueIn: () => value, field: null, isConstant: true };
}

/** An expression that is computed from others; if these are constant, it is. */
function computed(from: readonly Expression[], valueIn: Expression["valueIn"]): Expression {
  if (!from.every(({ isConstant }) => isConstant))
    return { valueIn, field: null, isConstant: false };
  return constant(valueIn(NO_RECORD));
}

function fieldExpression(field: FormatField | undefined): Expression {
  if (field === undefined || field.form === "bytes") return constant(null);
  const valueIn =
    field.form === "number"
      ? (record: RecordBytes) => numberOf(record, field)
      : (record: RecordBytes) => textOf(record, field);
  return { valueIn, field, isConstant: false };
}
