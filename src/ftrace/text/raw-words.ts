// What `trace-cmd report` prints where it prints an event's fields and not its text: with -R, and behind
// `[FAILED TO PARSE]` where it does not understand the format that the kernel gave. The fields are put in the kernel's own
// words, which the readers know.
// Source: libtraceevent, tep_print_fields(): ` NAME=VALUE` for each field, in decimal, or in hexadecimal behind 0x.

import { PROBE } from "../../domain/amd/probes/probes.js";
import { DELIVERY_MODES } from "../../domain/values/msi.js";

/** The fields of a record by name. */
type RawFields = ReadonlyMap<string, string>;

interface RawWords {
  /** The fields that must be there. */
  readonly fields: readonly string[];
  /** The kernel's words for them. */
  readonly say: (fields: RawFields) => string;
}

const FAILED = /^\[FAILED TO PARSE\] */;
const FIELD_PAIR = /(\w+)= *(0x[0-9a-f]+|-?\d+)(?= |$)/g;
const PRINT = /^ip=\S* buf=/;

/** TASK_REPORT of include/linux/sched.h with the idle state: what a task waits for. The bit above says `preempted`. */
const WAITS = 0xffn;
const STATES = "SDTtXZPI";
const PREEMPTED = 0x100n;

/**
 * The kernel's format of kvm_msi_set_irq casts the data to a byte, and libtraceevent prints the field so, in decimal:
 * the delivery mode, in the bits above, is then not known. It is no mode's name.
 */
const LOW_BYTE = 0xffn;
const UNKNOWN_MODE = "unknown";

const ACCEPT_IRQ: RawWords = {
  fields: ["apicid", "dm", "tm", "vec"],
  say: (fields) => {
    const mode = modeOf(bitsOf(fields, "dm"));
    const trigger = isSet(fields, "tm") ? "level" : "edge";
    return `apicid ${hexOf(fields, "apicid")} vec ${bitsOf(fields, "vec")} (${mode}|${trigger})`;
  },
};

/** By event, as TP_printk of arch/x86/kvm/trace.h and include/trace/events/{kvm,sched}.h has it. */
const RAW: ReadonlyMap<string, RawWords> = new Map<string, RawWords>([
  [
    PROBE.kvm_msi_set_irq,
    {
      fields: ["address", "data"],
      say: (fields) => {
        const address = bitsOf(fields, "address");
        const data = bitsOf(fields, "data");
        const dest = ((address >> 12n) & 0xffn) | ((address >> 32n) & 0xffff_ff00n);
        const isWhole = data > LOW_BYTE || fields.get("data")?.startsWith("0x") === true;
        const mode = isWhole ? modeOf(data) : UNKNOWN_MODE;
        const logical = (address & 4n) === 0n ? "physical" : "logical";
        const trigger = (data & 0x8000n) === 0n ? "edge" : "level";
        const hint = (address & 8n) === 0n ? "" : "|rh";
        return `dst ${dest.toString(16)} vec ${data & LOW_BYTE} (${mode}|${logical}|${trigger}${hint})`;
      },
    },
  ],
  [
    PROBE.kvm_pi_irte_update,
    {
      fields: ["host_irq", "vcpu_id", "gsi", "gvec", "set"],
      say: (fields) => {
        const state = isSet(fields, "set") ? "enabled and being updated" : "disabled";
        const descriptor = fields.has("pi_desc_addr")
          ? `, pi_desc_addr: 0x${hexOf(fields, "pi_desc_addr")}`
          : "";
        return (
          `PI is ${state} for irq ${bitsOf(fields, "host_irq")}, vcpu ${bitsOf(fields, "vcpu_id")}, ` +
          `gsi: 0x${hexOf(fields, "gsi")}, gvec: 0x${hexOf(fields, "gvec")}${descriptor}`
        );
      },
    },
  ],
  [
    PROBE.kvm_apicv_inhibit_changed,
    {
      fields: ["reason", "set", "inhibits"],
      say: (fields) =>
        `${isSet(fields, "set") ? "set" : "cleared"} reason=${bitsOf(fields, "reason")}, inhibits=0x${hexOf(fields, "inhibits")}`,
    },
  ],
  [
    PROBE.kvm_vcpu_wakeup,
    {
      fields: ["ns", "waited", "valid"],
      say: (fields) => {
        const polling = isSet(fields, "valid") ? "valid" : "invalid";
        return `${isSet(fields, "waited") ? "wait" : "poll"} time ${bitsOf(fields, "ns")} ns, polling ${polling}`;
      },
    },
  ],
  [
    PROBE.kvm_inj_virq,
    {
      fields: ["vector", "soft", "reinjected"],
      say: (fields) => {
        const again = isSet(fields, "reinjected") ? " [reinjected]" : "";
        return `${isSet(fields, "soft") ? "Soft/INTn" : "IRQ"} 0x${hexOf(fields, "vector")}${again}`;
      },
    },
  ],
  [PROBE.kvm_apic_accept_irq, ACCEPT_IRQ],
  [PROBE.kvm_apicv_accept_irq, ACCEPT_IRQ],
]);

/** The payload of an event in the kernel's words: as it is, but where it is a list of fields that are known. */
export function kernelWords(name: string, text: string): string {
  const raw = RAW.get(name);
  if (raw === undefined) return text;
  const fields = new Map(
    Array.from(text.replace(FAILED, "").matchAll(FIELD_PAIR), ([, key = "", value = ""]) => [
      key,
      value,
    ]),
  );
  return raw.fields.every((field) => fields.has(field)) ? raw.say(fields) : text;
}

/** A user's text, without the address and the name of the field that stand before it. */
export function printedText(text: string): string {
  return text.replace(PRINT, "");
}

/** A task's state in the kernel's letters; a text that is no number is what it says. */
export function stateWords(state: string): string {
  if (!/^(?:0x[0-9a-f]+|\d+)$/.test(state)) return state;
  const bits = BigInt(state);
  const letters = Array.from(STATES).filter((_, bit) => ((bits >> BigInt(bit)) & 1n) === 1n);
  const waits = (bits & WAITS) === 0n ? "R" : letters.join("|");
  return (bits & PREEMPTED) === 0n ? waits : `${waits}+`;
}

/** The name of the delivery mode in bits 10:8. */
function modeOf(bits: bigint): string {
  return DELIVERY_MODES[Number(bits >> 8n) & 7] ?? UNKNOWN_MODE;
}

function bitsOf(fields: RawFields, name: string): bigint {
  const text = fields.get(name) ?? "0";
  return text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
}

function hexOf(fields: RawFields, name: string): string {
  return BigInt.asUintN(64, bitsOf(fields, name)).toString(16);
}

function isSet(fields: RawFields, name: string): boolean {
  return bitsOf(fields, name) !== 0n;
}
