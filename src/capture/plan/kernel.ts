// One kernel, as far as its files tell.

import { TwinError } from "../../base/errors.js";
import { type Kallsyms } from "../symbols/kallsyms.js";
import { type CodeOf } from "./code.js";
import { type KernelBtf } from "./kernel-types.js";

/** What a plan is made from. */
export interface Kernel {
  /** What `uname -r` prints there; null = not known. */
  readonly release: string | null;
  /** Its types. */
  readonly btf: KernelBtf;
  /** Its functions. */
  readonly kallsyms: Kallsyms;
  /** The code of functions of the kernel itself. */
  readonly codeOf: CodeOf;
  /** Does it have the tracepoint of this group and name? */
  readonly hasTracepoint: (system: string, name: string) => boolean;
  /** Can a return probe fetch what the function was called with (since Linux 6.9)? */
  readonly returnsTakeArguments: boolean;
}

/** What a kernel is put together from. */
export interface KernelParts extends Pick<Kernel, "release" | "btf" | "kallsyms" | "codeOf"> {
  /** What tracefs lists; null = it could not be read, and BTF tells. */
  readonly tracepoints: ((system: string, name: string) => boolean) | null;
}

/**
 * Puts a kernel together; what it can do is told by the types that its own code has for it. Throws ERR_BTF where the
 * files are not of one kernel, and ERR_NO_KPROBES for a kernel without kprobe events.
 */
export function kernelOf({ tracepoints, ...parts }: KernelParts): Kernel {
  const { btf, kallsyms } = parts;
  if (!btf.hasStruct("trace_kprobe"))
    throw new TwinError(
      "ERR_NO_KPROBES",
      "this kernel has no kprobe events (CONFIG_KPROBE_EVENTS), so no probe can be set on it: only its tracepoints can be recorded",
    );
  refuseTwoKernels(btf, kallsyms);
  return {
    ...parts,
    hasTracepoint: tracepoints ?? ((_, name) => btf.hasTracepoint(name)),
    returnsTakeArguments: btf.hasStruct("probe_entry_arg"),
  };
}

/** Of the functions in BTF, so many in a thousand may lack in kallsyms: none do where both are of one build. */
const MOST_MISSING = 1;

/**
 * BTF lists functions that have symbols, so kallsyms of the same build has them all (but for the `_impl` prototypes of
 * kfuncs, which are no functions). Two builds of one release, a few patches apart, differ in two of a thousand.
 */
function refuseTwoKernels({ vmlinux }: KernelBtf, kallsyms: Kallsyms): void {
  const names = vmlinux.functionNames().filter((name) => !name.endsWith("_impl"));
  const missing = names.filter((name) => !kallsyms.has(name));
  if (missing.length * 1000 <= names.length * MOST_MISSING) return;
  throw new TwinError(
    "ERR_BTF",
    `${vmlinux.name} and kallsyms are of two kernels, or kallsyms is cut off: ${String(missing.length)} of the ${String(names.length)} functions in BTF have no symbol, such as ${missing.slice(0, 3).join(", ")}: copy both from the same boot of the host`,
  );
}
