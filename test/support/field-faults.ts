// Faults of single fields: for each probe of the table whose lines are used, each field that it prints has another value
// in one line. The list is made from the probe table.

import { PROBES } from "../../src/domain/amd/probes/probes.js";
import { pick, withLine, type Fault } from "./faults.js";

/** Fields of the tracepoints that are read as text: the number that stands in the group. */
const TEXT_FIELDS: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  kvm_pi_irte_update: {
    irq: /(?<=for irq )\d+/,
    vcpu: /(?<=vcpu )\d+/,
    gsi: /(?<=gsi: 0x)[0-9a-f]+/,
    gvec: /(?<=gvec: 0x)[0-9a-f]+/,
  },
  kvm_msi_set_irq: { dst: /(?<=dst )[0-9a-f]+/, vec: /(?<=vec )\d+/ },
};

/** The value of `key=value`, without its `0x`. */
const valueOf = (key: string): RegExp => new RegExp(`(?<= ${key}=(?:0x)?)-?[0-9a-f]+(?=[ ,]|$)`);

/** The faults by name: `FIELD PROBE changed`. */
export const FIELD_FAULTS: Readonly<Record<string, Fault>> = Object.fromEntries(
  PROBES.filter(({ use }) => use !== "none").flatMap(({ name, fields }) => {
    const keyed = Object.fromEntries(fields.map((field) => [field, valueOf(field)]));
    const patterns: Readonly<Record<string, RegExp>> = TEXT_FIELDS[name] ?? keyed;
    return Object.entries(patterns).map(([field, pattern]): [string, Fault] => [
      `${name} ${field} changed`,
      otherValue(name, pattern),
    ]);
  }),
);

/** Another value that the recording has in this field; where it has but one, the number after it. */
function otherValue(name: string, pattern: RegExp): Fault {
  return (whole, random) => {
    const numbers = whole.named.get(name) ?? [];
    const lineOf = (number: number): string => whole.lines[number - 1] ?? "";
    const shown = numbers.filter((number) => pattern.test(lineOf(number)));
    const number = pick(shown, random);
    if (number === undefined) return null;
    const line = lineOf(number);
    const [value = ""] = pattern.exec(line) ?? [];
    const values = [...new Set(shown.map((each) => pattern.exec(lineOf(each))?.[0] ?? ""))];
    const others = values.filter((each) => each !== value);
    const other = pick(others, random) ?? (value.startsWith("-") ? "1" : next(value));
    return withLine(whole, number, line.replace(pattern, other));
  };
}

/** The value with another last digit. */
function next(value: string): string {
  const last = parseInt(value.at(-1) ?? "0", 16);
  return `${value.slice(0, -1)}${(last + 1) % 8}`;
}
