// What C's operators and the tables of `print fmt:` compute.

/** What an expression gives; null = it cannot be computed. */
export type Value = bigint | string | null;

/** A shift by more bits gives nothing. */
const SHIFT_MAX = 64n;

/** Operators with two sides. A product and a shift to the left are cut, so that no number grows without end. */
const OPERATORS: Readonly<Record<string, (one: bigint, other: bigint) => bigint | null>> = {
  "||": (one, other) => truth(one !== 0n || other !== 0n),
  "&&": (one, other) => truth(one !== 0n && other !== 0n),
  "|": (one, other) => one | other,
  "^": (one, other) => one ^ other,
  "&": (one, other) => one & other,
  "==": (one, other) => truth(one === other),
  "!=": (one, other) => truth(one !== other),
  "<": (one, other) => truth(one < other),
  ">": (one, other) => truth(one > other),
  "<=": (one, other) => truth(one <= other),
  ">=": (one, other) => truth(one >= other),
  "<<": (one, other) => (isShift(other) ? BigInt.asIntN(128, one << other) : null),
  ">>": (one, other) => (isShift(other) ? one >> other : null),
  "+": (one, other) => one + other,
  "-": (one, other) => one - other,
  "*": (one, other) => BigInt.asIntN(128, one * other),
  "/": (one, other) => (other === 0n ? null : one / other),
  "%": (one, other) => (other === 0n ? null : one % other),
};

/** What an operator with two sides gives. */
export function applied(sign: string, one: Value, other: Value): Value {
  if (typeof one !== "bigint" || typeof other !== "bigint") return null;
  return OPERATORS[sign]?.(one, other) ?? null;
}

/** What an operator with one side gives. */
export function appliedTo(sign: string, value: Value): Value {
  if (typeof value !== "bigint") return null;
  if (sign === "!") return truth(value === 0n);
  if (sign === "~") return ~value;
  if (sign === "-") return -value;
  return sign === "+" ? value : null;
}

/** Does C take the value for true? null = it is not known. */
export function isTrue(value: Value): boolean | null {
  return value === null ? null : typeof value === "string" || value !== 0n;
}

/** A number as a type of so many bits holds it. */
export function cut(value: Value, bits: number, isSigned: boolean): Value {
  if (typeof value !== "bigint") return value;
  return isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

/** A row of `{value, "name"}`. */
export type NameRow = readonly [value: bigint, name: string];

/** kernel/trace/trace_output.c, trace_print_symbols_seq(). */
export function symbolText(value: bigint, rows: readonly NameRow[]): string {
  const row = rows.find(([each]) => each === value);
  return row?.[1] ?? hexText(value);
}

/** kernel/trace/trace_output.c, trace_print_flags_seq(). */
export function flagsText(value: bigint, delimiter: string, rows: readonly NameRow[]): string {
  let left = value;
  const names: string[] = [];
  for (const [mask, name] of rows) {
    if (mask === 0n || (left & mask) !== mask) continue;
    names.push(name);
    left &= ~mask;
  }
  if (left !== 0n) names.push(hexText(left));
  return names.join(delimiter);
}

function hexText(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

function isShift(bits: bigint): boolean {
  return bits >= 0n && bits <= SHIFT_MAX;
}

function truth(is: boolean): bigint {
  return is ? 1n : 0n;
}
