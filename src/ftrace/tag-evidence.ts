// How many bits of a GA tag name the vCPU, told by the tags themselves: the VM's id stands above them, and other
// lines print it alone. An id is never 0.

import { IRTE } from "../domain/amd/irte/irte-fields.js";
import { PROBE } from "../domain/amd/probes/probes.js";
import { RULES, RULES_IDS, type Rules } from "../domain/amd/releases/releases.js";
import { type Line } from "./text/line.js";

/** Every width of the vCPU's field that some profile has. */
const WIDTHS: readonly Rules["tagVcpuBits"][] = [
  ...new Set(RULES_IDS.map((id) => RULES[id].tagVcpuBits)),
];

/** Takes lines, in order, and says which widths each contradicts. */
export class TagEvidence {
  /** By task: the update under way, of which host IRQ and which VM. */
  private readonly updates = new Map<number, readonly [irq: string, vm_id: number]>();
  /** By task: the tag of the GA log entry that is being handled. */
  private readonly logged = new Map<number, number>();

  /** The widths by which this line cannot be read. */
  take(name: string, line: Line): readonly number[] {
    const { pid } = line;
    switch (name) {
      case PROBE.irte_write:
        return contradicted(postedTag(line.text()), null);
      case PROBE.avic_pi_update:
        this.begin(pid, line.text());
        return [];
      case PROBE.avic_pi_update_ret:
        this.updates.delete(pid);
        return [];
      case PROBE.ir_set_vcpu_affinity:
        return this.told(pid, line.text());
      case PROBE.ga_log_notify:
        this.note(pid, line.text());
        return [];
      case PROBE.kvm_avic_ga_log:
        return this.log(pid, line.text());
      default:
        return [];
    }
  }

  private begin(pid: number, text: string): void {
    const irq = /\bhost_irq=(\d+) /.exec(text)?.[1];
    const vm_id = /\bvm_id=(\d+) /.exec(text)?.[1];
    if (irq === undefined || vm_id === undefined) this.updates.delete(pid);
    else this.updates.set(pid, [irq, Number(vm_id)]);
  }

  private told(pid: number, text: string): readonly number[] {
    const [, irq, tag] = /\birq=(\d+) .*\bis_guest_mode=1 ga_tag=0x([0-9a-f]+) /.exec(text) ?? [];
    const update = this.updates.get(pid);
    if (tag === undefined || update?.[0] !== irq) return [];
    return contradicted(parseInt(tag, 16), update?.[1] ?? null);
  }

  private note(pid: number, text: string): void {
    const [, tag] = /\bga_tag=0x([0-9a-f]+)$/.exec(text) ?? [];
    if (tag === undefined) this.logged.delete(pid);
    else this.logged.set(pid, parseInt(tag, 16));
  }

  private log(pid: number, text: string): readonly number[] {
    const tag = this.logged.get(pid) ?? null;
    this.logged.delete(pid);
    const [, vm_id] = /\bvmid=(\d+) /.exec(text) ?? [];
    return vm_id === undefined ? [] : contradicted(tag, Number(vm_id));
  }
}

/** The tag of a write that posts; null = it does not, or the line is cut. */
function postedTag(text: string): number | null {
  const [, high, low] = /\blo=0x([0-9a-f]{1,8})([0-9a-f]{8}) hi=0x[0-9a-f]/.exec(text) ?? [];
  if (high === undefined || low === undefined) return null;
  return (parseInt(low, 16) & IRTE.guest_mode.mask.loL) === 0 ? null : parseInt(high, 16);
}

/** `vm_id`: the id that another line prints; null or 0 = none does. */
function contradicted(tag: number | null, vm_id: number | null): readonly number[] {
  if (tag === null) return [];
  return WIDTHS.filter((bits) => {
    const read = tag >>> bits;
    return read === 0 || (vm_id !== null && vm_id !== 0 && read !== vm_id);
  });
}
