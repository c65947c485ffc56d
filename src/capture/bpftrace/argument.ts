// One argument of a kprobe's definition, such as `lo=+0(%cx):x64`, in the words of bpftrace.
// Source: Documentation/trace/kprobetrace.rst for the one, man bpftrace for the other.

/** An argument as bpftrace prints it. */
export interface BpftraceArgument {
  /** The name of the field. */
  readonly name: string;
  /** What printf() prints of it, in the form that ftrace prints: `0x%lx`. */
  readonly format: string;
  /** The expression. */
  readonly value: string;
  /** The parameters of the function that it is made from, from 1. */
  readonly parameters: readonly number[];
}

/** Where the value of a parameter is, by its number. */
export type ParameterOf = (number: number) => string;

/** More parameters than these are on the stack. */
const REGISTER_PARAMETERS = 6;

const ARGUMENT = /^(\w+)=(.+):([usx])(8|16|32|64)$/;
const MEMORY = /^([+-]\d+)\((.+)\)$/;
const PARAMETER = /^\$arg(\d+)$/;
const REGISTER = /^%(\w+)$/;

const FORMATS: Readonly<Record<string, string>> = { x: "0x%x", u: "%u", s: "%d" };
const WIDE_FORMATS: Readonly<Record<string, string>> = { x: "0x%lx", u: "%lu", s: "%ld" };

/** Where a parameter is when its function begins. */
export function parameterAtEntry(number: number): string {
  return number > REGISTER_PARAMETERS
    ? `sarg${String(number - REGISTER_PARAMETERS - 1)}`
    : `arg${String(number - 1)}`;
}

/** The argument in bpftrace's words; null = it has something that bpftrace has no words for. */
export function argumentOf(text: string, parameterOf: ParameterOf): BpftraceArgument | null {
  const [, name, expression, sign, bits] = ARGUMENT.exec(text) ?? [];
  if (name === undefined || expression === undefined || sign === undefined) return null;
  const format = (bits === "64" ? WIDE_FORMATS : FORMATS)[sign];
  const type = `${sign === "s" ? "int" : "uint"}${bits ?? ""}`;
  const parameters: number[] = [];
  const value = valueOf(expression, type, (number) => {
    parameters.push(number);
    return parameterOf(number);
  });
  return value === null || format === undefined ? null : { name, format, value, parameters };
}

/** An expression of a type: `+16(+48($arg1))` is `*(uint32 *)(*(uint64 *)(arg0 + 48) + 16)`. */
function valueOf(expression: string, type: string, parameterOf: ParameterOf): string | null {
  const [, offset, base] = MEMORY.exec(expression) ?? [];
  if (offset !== undefined && base !== undefined) {
    const address = valueOf(base, "uint64", parameterOf);
    const distance = Number(offset);
    const sign = distance < 0 ? "-" : "+";
    return address === null
      ? null
      : `*(${type} *)(${address} ${sign} ${String(Math.abs(distance))})`;
  }
  const root = rootOf(expression, parameterOf);
  return root === null ? null : `(${type})${root}`;
}

function rootOf(expression: string, parameterOf: ParameterOf): string | null {
  if (expression === "$retval") return "retval";
  const [, parameter] = PARAMETER.exec(expression) ?? [];
  if (parameter !== undefined) return parameterOf(Number(parameter));
  const [, register] = REGISTER.exec(expression) ?? [];
  return register === undefined ? null : `reg("${register}")`;
}
