// Which VM a line is about: its address and its avic_vm_id are those of one VM.

import { describe, expect, it } from "vitest";
import { readEvents } from "../../support/events.js";
import { kernelLine } from "../../support/ftrace-text.js";

const CREATED = "(svm_vm_init+0x4/0x60 <- avic_vm_init)";
const ROUTED = "(kvm_set_irq_routing+0x4/0x360 [kvm])";
const DESTROYED = "(kvm_arch_destroy_vm+0x4/0x1d0 [kvm])";

/** Lines by the names of their events, with what they print. */
function reading(...lines: readonly (readonly [name: string, payload: string])[]) {
  const parts = { comm: "qemu", pid: 7, tgid: null, cpu: 0, flags: "....." };
  const text = lines.map(([name, payload], i) =>
    kernelLine({ ...parts, time: String(1000 + i), name, payload }),
  );
  return readEvents(Buffer.from(`# tracer: nop\n#\n${text.join("\n")}\n`, "latin1"), "6.18");
}

const created = (kvm: string, vm_id: number) =>
  ["avic_vm_init_ret", `${CREATED} kvm=0xff11${kvm} vm_id=${vm_id}`] as const;
const routed = (kvm: string, vm_id: number) =>
  ["set_irq_routing", `${ROUTED} kvm=0xff11${kvm} vm_id=${vm_id} nr=3`] as const;
const destroyed = (kvm: string, vm_id: number) =>
  ["vm_destroy", `${DESTROYED} kvm=0xff11${kvm} vm_id=${vm_id}`] as const;

describe("a line that names a VM by its address and its avic_vm_id", () => {
  it("is not read where they are of two VMs", () => {
    const { rejected } = reading(created("a000", 1), created("b000", 2), routed("a000", 2));
    expect(rejected).toEqual([5]);
  });

  it("is not read where the address is of no VM and the avic_vm_id of one that is there", () => {
    expect(reading(created("a000", 1), routed("c000", 1)).rejected).toEqual([4]);
  });

  it("is of the VM that came to the address", () => {
    const { rejected, events } = reading(
      created("a000", 1),
      created("a000", 2),
      routed("a000", 2),
      created("b000", 1),
      routed("b000", 1),
    );
    expect(rejected).toEqual([]);
    expect(events.map(({ vm }) => vm)).toEqual([1, 2, 2, 3, 3]);
  });

  it("is of the VM that has got the avic_vm_id, where no end of a VM is shown", () => {
    const { rejected, events } = reading(created("a000", 1), created("b000", 1), routed("b000", 1));
    expect(rejected).toEqual([]);
    expect(events.map(({ vm }) => vm)).toEqual([1, 2, 2]);
  });

  it("is of the VM that has got the avic_vm_id of one that has ended", () => {
    const { rejected } = reading(
      created("a000", 1),
      destroyed("a000", 1),
      created("b000", 1),
      routed("b000", 1),
    );
    expect(rejected).toEqual([]);
  });
});
