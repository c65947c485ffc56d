// The types of one kernel: vmlinux and its modules, each with a BTF file of its own.

import { BTF_KIND, type Btf, type BtfType } from "../btf/btf.js";
import { type TypeRef } from "../btf/types.js";

/** The types as code in one module sees them. */
export interface KernelTypes {
  /** A struct by its name, or why there is none. */
  readonly struct: (name: string) => TypeRef | string;
}

/** The BTF files of a kernel, by the name that they have in /sys/kernel/btf. */
export class KernelBtf {
  /** The kernel's own. */
  readonly vmlinux: Btf;
  /** The modules', by module. */
  readonly modules: ReadonlyMap<string, Btf>;

  /** `modules`: the files of modules, by the modules' names. */
  constructor(vmlinux: Btf, modules: ReadonlyMap<string, Btf>) {
    this.vmlinux = vmlinux;
    this.modules = modules;
  }

  /** The file that describes a module (null = the kernel itself); undefined = it is not at hand. */
  fileOf(module: string | null): Btf | undefined {
    return module === null ? this.vmlinux : this.modules.get(module);
  }

  /** The types as a module sees them: its own first, then those of vmlinux, then those of the other modules. */
  seenBy(module: string | null): KernelTypes {
    const own = this.fileOf(module);
    const files = [own, this.vmlinux, ...this.modules.values()].filter(
      (file, i, all) => file !== undefined && all.indexOf(file) === i,
    ) as readonly Btf[];
    return { struct: (name) => structIn(files, name) };
  }

  /** Has the kernel itself a struct of this name? */
  hasStruct(name: string): boolean {
    return this.vmlinux.named(name, BTF_KIND.struct).length > 0;
  }

  /** Is there a tracepoint of this name? Each has a type `btf_trace_NAME`. */
  hasTracepoint(name: string): boolean {
    return [this.vmlinux, ...this.modules.values()].some(
      (file) => file.named(`btf_trace_${name}`, BTF_KIND.typedef).length > 0,
    );
  }

  /** The prototype of a function; null = the file has none, or two that differ. */
  prototypeOf(name: string, module: string | null): TypeRef | null {
    const btf = this.fileOf(module);
    const [first, ...others] = btf?.named(name, BTF_KIND.function) ?? [];
    if (btf === undefined || first === undefined) return null;
    const prototype = btf.type(first.sizeOrType);
    if (prototype?.kind !== BTF_KIND.prototype) return null;
    if (others.some(({ sizeOrType }) => sizeOrType !== first.sizeOrType)) return null;
    return { btf, id: prototype.id };
  }
}

/** The struct in the first file that has it. */
function structIn(files: readonly Btf[], name: string): TypeRef | string {
  for (const btf of files) {
    const [first, ...others] = btf.named(name, BTF_KIND.struct);
    if (first === undefined) continue;
    const layout = layoutOf(btf, first);
    if (others.some((other) => layoutOf(btf, other) !== layout))
      return `there are several different structs ${name}`;
    return { btf, id: first.id };
  }
  return `struct ${name} is in none of the BTF files`;
}

function layoutOf(btf: Btf, type: BtfType): string {
  const members = btf.entries(type).map(({ name, bitOffset }) => `${name} ${String(bitOffset)}`);
  return [type.sizeOrType, ...members].join();
}
