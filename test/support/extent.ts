// The call that a line is of, by the text of a recording: from its function's entry to its return, on its task. Lines
// that become no event, such as `irte_alloc` and `avic_vm_init_ret`, have no cause that would tell it.

import { type Whole } from "./faults.js";

const LINE = /^.{16}-(\d+) .*?[\d.]+: (\w+): /;

/** Functions whose return another line of theirs, or of one that they call, stands for. */
const RETURNS: Readonly<Record<string, string>> = {
  vm_init: "avic_vm_init_ret",
  ga_log_notify: "kvm_avic_ga_log",
};

/** The lines of a function have a name and a task. */
interface Named {
  readonly name: string;
  readonly pid: string;
}

function namedOf({ lines }: Whole, number: number): Named | null {
  const [, pid, name] = LINE.exec(lines[number - 1] ?? "") ?? [];
  return pid === undefined || name === undefined ? null : { name, pid };
}

/** The numbers of the lines of the call that a line enters or returns from; only its own where the other is not there. */
export function extentOf(whole: Whole, number: number): readonly number[] {
  const own = namedOf(whole, number);
  if (own === null) return [number];
  const isReturn = own.name.endsWith("_ret");
  const others = isReturn ? entriesOf(own.name) : [returnOf(own.name)];
  const found = [number];
  for (
    let at = next(number, isReturn);
    at > 0 && at <= whole.lines.length;
    at = next(at, isReturn)
  ) {
    const line = namedOf(whole, at);
    if (line?.pid !== own.pid) continue;
    found.push(at);
    if (others.includes(line.name)) return found;
    if (line.name === own.name) break;
  }
  return [number];
}

const next = (number: number, isBackward: boolean): number => number + (isBackward ? -1 : 1);

const returnOf = (name: string): string => RETURNS[name] ?? `${name}_ret`;

function entriesOf(name: string): readonly string[] {
  const others = Object.keys(RETURNS).filter((entry) => RETURNS[entry] === name);
  return [name.slice(0, -"_ret".length), ...others];
}
