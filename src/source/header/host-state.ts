// The state of a host as the script of `irqtwin capture --drgn` prints it: one JSON document with a list of facts.

import { IRTE } from "../../domain/amd/irte/irte-fields.js";
import { sameBits } from "../../domain/values/bits.js";
import { irteKey, type IrteKey } from "../../domain/values/ids.js";
import { irteName } from "../../domain/values/names.js";
import { FactFields, type JsonFact } from "./fact-fields.js";
import { type HostFact, type OfVm, type VcpuFact, type VmFact } from "./host-fact.js";
import { type DumpedEntry } from "./irqtbl.js";

/** What a document shows, or the first fact that cannot be used. */
export type HostState =
  | {
      /** The valid entries, in the order of the document. */
      readonly entries: readonly DumpedEntry[];
      /** All else. */
      readonly facts: readonly HostFact[];
      /** Whose it is. */
      readonly host: DumpedHost;
    }
  | {
      /** The number of the fact; 1 where the document is none. */
      readonly line: number;
      /** What is wrong with it, in words. */
      readonly problem: string;
    };

/** The host of a dump; null = the dump does not tell. */
export interface DumpedHost {
  /** `uname -r`. */
  readonly release: string | null;
  /** /proc/sys/kernel/random/boot_id. */
  readonly boot_id: string | null;
}

const VERSION = 1;
/** So much of a value stands in a message. */
const SHOWN = 40;

/** Does the text begin as such a document does? */
export function isHostState(text: string): boolean {
  return /^\s*\{/.test(text);
}

/** Reads such a document. */
export function readHostState(text: string): HostState {
  const document = parsed(text);
  if (typeof document === "string") return { line: 1, problem: document };
  const entries = new Map<IrteKey, DumpedEntry>();
  const facts: HostFact[] = [];
  for (const [index, fact] of document.facts.entries()) {
    const place = index + 1;
    const fields = new FactFields(fact);
    const read = factOf(fact["kind"], fields, place);
    const entry = fact["kind"] === "irte" ? entryOf(fields, place) : null;
    const problem = fields.problem ?? (read === undefined ? "no version knows its kind" : null);
    if (problem !== null) return { line: place, problem };
    if (read !== null && read !== undefined) facts.push(read);
    if (entry === null) continue;
    const key = irteKey(entry.segment, entry.devid, entry.index);
    const known = entries.get(key);
    if (known !== undefined && !sameBits(known.bits, entry.bits))
      return { line: place, problem: `line ${-known.line} shows ${nameOf(entry)} with other bits` };
    entries.set(key, known ?? entry);
  }
  return { entries: [...entries.values()], facts, host: document.host };
}

function nameOf({ segment, devid, index }: DumpedEntry): string {
  return irteName(segment, devid, index);
}

/** The facts of a document and whose they are, or why it is none, in words. */
function parsed(text: string): { facts: readonly JsonFact[]; host: DumpedHost } | string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return "it begins as JSON and is none, or it is not whole";
  }
  const { irqtwin_state: version, facts, release, boot_id } = document as JsonFact;
  if (version === undefined) return "it is JSON, but not that of `irqtwin capture --drgn`";
  if (version !== VERSION)
    return `it is a state of version ${JSON.stringify(version).slice(0, SHOWN)}, not ${VERSION}`;
  if (!Array.isArray(facts)) return "it has no list of facts";
  const isFact = (each: unknown): each is JsonFact => typeof each === "object" && each !== null;
  if (!facts.every(isFact)) return "one of its facts is no object";
  return { facts, host: { release: textOf(release), boot_id: textOf(boot_id) } };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** null = too little of it is known to be of use; undefined = its kind is not known. */
function factOf(kind: unknown, fields: FactFields, place: number): HostFact | null | undefined {
  switch (kind) {
    case "cpu": {
      const cpu = fields.number("cpu");
      const apic = fields.number("apic");
      return cpu === null || apic === null ? null : { kind, cpu, apic };
    }
    case "irte": {
      const irte = fields.irte("irte");
      const told = { address: fields.word("address"), host_irq: fields.number("host_irq") };
      return irte === null ? null : { kind, irte, ...told };
    }
    case "vm":
    case "vcpu":
    case "irqfd":
    case "route": {
      const vm = fields.word("vm");
      return vm === null ? null : ofVm(kind, { place, vm }, fields);
    }
    default:
      return undefined;
  }
}

function ofVm(
  kind: "vm" | "vcpu" | "irqfd" | "route",
  of: OfVm,
  fields: FactFields,
): HostFact | null {
  if (kind === "vm") return vmOf(of, fields);
  if (kind === "vcpu") return vcpuOf(of, fields);
  const gsi = fields.number("gsi");
  if (gsi === null) return null;
  if (kind === "irqfd") return { kind, ...of, gsi, host_irq: fields.number("host_irq", -1) };
  const [type, data] = [fields.number("type"), fields.number("data")];
  return { kind, ...of, gsi, type, address: fields.word("address"), data };
}

/** Only a dump that irqtwin made of a recording's end has names, and threads. */
function vmOf(of: OfVm, fields: FactFields): VmFact {
  const [vm_id, inhibits] = [fields.number("vm_id"), fields.number("inhibits")];
  const vmm_pid = fields.has("vmm_pid") ? fields.number("vmm_pid") : null;
  return { kind: "vm", ...of, vm_id, inhibits, name: fields.text("name"), vmm_pid };
}

function vcpuOf(of: OfVm, fields: FactFields): VcpuFact | null {
  const vcpu_id = fields.number("vcpu_id");
  if (vcpu_id === null) return null;
  return {
    kind: "vcpu",
    ...of,
    vcpu_id,
    vcpu_idx: fields.number("vcpu_idx"),
    entry: fields.word("entry"),
    apicv_active: fields.flag("apicv_active"),
    blocking: fields.flag("blocking"),
    cpu: fields.number("cpu", -1),
    thread: fields.has("thread") ? fields.number("thread") : null,
    ir_list: fields.irtes("ir_list"),
  };
}

/** The bits of an entry; null = they are not known, or it is not valid. */
function entryOf(fields: FactFields, place: number): DumpedEntry | null {
  const irte = fields.irte("irte");
  const lo = fields.word("lo");
  const hi = fields.word("hi");
  if (irte === null || lo === null || hi === null) return null;
  const bits = { loH: lo.high, loL: lo.low, hiH: hi.high, hiL: hi.low };
  const host_irq = fields.number("host_irq");
  return IRTE.valid.isSet(bits) ? { ...irte, bits, host_irq, line: -place, at: null } : null;
}
