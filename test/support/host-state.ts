// The state of a host as the script for drgn would have printed it, made from what a whole recording shows.

import { AMD } from "../../src/domain/amd/platform.js";
import { IRTE } from "../../src/domain/amd/irte/irte-fields.js";
import { KIND } from "../../src/domain/events/kinds.js";
import {
  emptyState,
  NONE,
  type IrteState,
  type TwinState,
  type VcpuState,
} from "../../src/domain/fold/state.js";
import { irteOfKey, type IrteKey } from "../../src/domain/values/ids.js";
import { irteName } from "../../src/domain/values/names.js";
import { type TableDump } from "../../src/source/header/irqtbl.js";
import { readHostState } from "../../src/source/header/host-state.js";
import { type Read } from "./events.js";

type Fact = Readonly<Record<string, unknown>>;

/** What the recording has shown by then, as a document. `text`: of the whole recording, which has the addresses. */
export function hostStateAt(read: Read, line: number, text = ""): string {
  const before = read.events.filter((event) => event.line <= line);
  const seesExchanges = read.events.some(({ kind }) => kind === KIND.irte_exchanged);
  const state = AMD.fold.evolveBatch(emptyState(read.rules, seesExchanges), before);
  const facts = factsOf(read, state, addressesIn(text));
  const head = { irqtwin_state: 1, release: null, live: false, mono_ns: [null, null] };
  return JSON.stringify({ ...head, facts }, null, 1);
}

/** The dump that a reader takes. Throws where the document cannot be read. */
export function hostDumpOf(text: string, at: TableDump["at"] = "start"): TableDump {
  const read = readHostState(text);
  if ("problem" in read) throw new Error(`fact ${read.line}: ${read.problem}`);
  const header = { line: 0, key: "anchor", value: "", words: new Map<string, string>() };
  return { ...read, at, header: { ...header, problem: null } };
}

function factsOf(read: Read, { iommu, kvm }: TwinState, addresses: Addresses): readonly Fact[] {
  const alive = [...kvm.vms.values()].filter(({ vm, destroyed }) => !destroyed && kvmOf(read, vm));
  const isAlive = ({ vm }: { vm: number }): boolean => alive.some((each) => each.vm === vm);
  const of = (vm: number): Fact => ({ vm: kvmOf(read, vm) });
  return [
    ...[...read.apics].map(([cpu, apic]) => ({ kind: "cpu", cpu, apic })),
    ...[...iommu.irtes.values()].flatMap((irte) => irteFacts(irte, addresses)),
    ...alive.map(({ vm, inhibits }) => ({
      ...{ kind: "vm", ...of(vm), vm_id: read.vms.get(vm)?.vm_id ?? null, tgid: null, inhibits },
    })),
    ...[...kvm.vcpus.values()]
      .filter((vcpu) => isAlive(vcpu) && vcpu.run_state !== "freed")
      .map((vcpu) => ({ ...vcpuFact(read, vcpu), ...of(vcpu.vm) })),
    ...kvm.irqfds.filter(isAlive).map(({ vm, gsi, host_irq }) => ({
      ...{ kind: "irqfd", ...of(vm), gsi, host_irq },
    })),
    ...[...kvm.routes.values()].filter(isAlive).map(({ vm, gsi, type, address, data }) => ({
      ...{ kind: "route", ...of(vm), gsi, type, data },
      address: address === null ? null : word(0, address),
    })),
  ];
}

function irteFacts(irte: IrteState, addresses: Addresses): readonly Fact[] {
  const { segment, devid, index, bits, host_irq } = irte;
  if (bits === null || !IRTE.valid.isSet(bits)) return [];
  const name = irteName(segment, devid, index);
  return [
    {
      ...{ kind: "irte", irte: name, address: addresses.get(name) ?? null },
      ...{ lo: word(bits.loH, bits.loL), hi: word(bits.hiH, bits.hiL) },
      ...{ host_irq: host_irq === NONE ? null : host_irq, shadow_lo: null, shadow_hi: null },
    },
  ];
}

function vcpuFact(read: Read, vcpu: VcpuState): Fact {
  const { vcpu_id, vcpu_idx } = read.vcpus.get(vcpu.vcpu) ?? { vcpu_id: null, vcpu_idx: null };
  const { run_state, pcpu, avic_active, ir_list } = vcpu;
  return {
    ...{ kind: "vcpu", vcpu: word(0, 0), vcpu_id, vcpu_idx, entry: entryOf(vcpu) },
    ...{ apicv_active: avic_active, cpu: pcpu },
    blocking: run_state === null ? null : run_state === "blocking",
    ir_list: ir_list?.map((key) => nameOf(key)) ?? null,
  };
}

/** The physical ID entry, without the CPU. */
function entryOf({ is_running, ga_log_intr, backing_page }: VcpuState): string | null {
  if (is_running === null || ga_log_intr === null || backing_page === null) return null;
  const flags = 0x8000_0000 | (is_running ? 0x4000_0000 : 0) | (ga_log_intr ? 0x2000_0000 : 0);
  return word(flags | Math.floor(backing_page / 0x10_0000), (backing_page << 12) | 0);
}

function nameOf(key: IrteKey): string {
  const { segment, devid, index } = irteOfKey(key);
  return irteName(segment, devid, index);
}

function kvmOf({ vms }: Read, vm: number): string | null {
  const kvm = vms.get(vm)?.kvm ?? null;
  return kvm === null ? null : `0x${kvm.padStart(16, "0")}`;
}

function word(high: number, low: number): string {
  const hex = (part: number): string => (part >>> 0).toString(16).padStart(8, "0");
  return `0x${hex(high)}${hex(low)}`;
}

/** Where entries stand, by name. */
type Addresses = ReadonlyMap<string, string>;

const WRITE = /-(\d+) +\[.* irte_write: .* devid=0x(\w+) index=(\d+) /;
const EXCHANGE = /-(\d+) +\[.* irte_cmpxchg: .* addr=0x(\w+) /;

/** A write of a task, and the address of its exchange in the line below. */
function addressesIn(text: string): Addresses {
  const found = new Map<string, string>();
  let write: RegExpExecArray | null = null;
  for (const line of text.split("\n")) {
    const exchange = write === null ? null : EXCHANGE.exec(line);
    const [, task, devid = "", index = ""] = write ?? [];
    if (exchange !== null && exchange[1] === task)
      found.set(irteName(0, parseInt(devid, 16), Number(index)), `0x${exchange[2] ?? ""}`);
    write = WRITE.exec(line);
  }
  return found;
}
