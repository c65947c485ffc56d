// One kernel, as far as its files tell.

import { type Kallsyms } from "../symbols/kallsyms.js";
import { type CodeOf } from "./code.js";
import { type KernelBtf } from "./kernel-types.js";

/** What a plan is made from. */
export interface Kernel {
  /** What `uname -r` prints there; null = not known. */
  readonly release: string | null;
  readonly btf: KernelBtf;
  readonly kallsyms: Kallsyms;
  /** The code of functions of the kernel itself. */
  readonly codeOf: CodeOf;
  /** Can a return probe fetch what the function was called with (since Linux 6.9)? */
  readonly returnsTakeArguments: boolean;
  /** Has the kernel the file `kprobe_events`? */
  readonly hasKprobeEvents: boolean;
}

/** Puts a kernel together; what the kernel can do is told by the types that its own code has for it. */
export function kernelOf(parts: Pick<Kernel, "release" | "btf" | "kallsyms" | "codeOf">): Kernel {
  return {
    ...parts,
    returnsTakeArguments: parts.btf.hasStruct("probe_entry_arg"),
    hasKprobeEvents: parts.btf.hasStruct("trace_kprobe"),
  };
}
