// Events in words.

import { type LogEntry } from "../../../index.js";

/** Who acted: `piwl-210`. */
export function taskText({ comm, pid, cpu }: LogEntry): string {
  return comm === null ? `CPU ${cpu}` : `${comm}-${pid ?? "?"}`;
}

/** An event in one short sentence, from its kind and what it names. */
export function eventSentence(event: LogEntry): string {
  const kind = KINDS[event.kind] ?? event.kind.replaceAll("_", " ");
  const about = aboutOf(event);
  return about === "" ? kind : `${kind} ${about}`;
}

/** Kinds whose names read better otherwise. */
const KINDS: Readonly<Record<string, string | undefined>> = {
  irte_written: "IRTE written",
  irqfd_msi: "Route of",
  irqfd_assigned: "irqfd assigned,",
  irqfd_deassigned: "irqfd deassigned,",
  vcpu_affinity_set: "Entry posts to",
  producer_added: "Producer added,",
  producer_removed: "Producer removed,",
  pi_update_requested: "KVM is to update the entry of",
  irqfd_routed: "Route of",
  avic_vcpu_loaded: "AVIC loads",
  avic_vcpu_put: "AVIC puts",
  ga_log_entry: "GA log entry for",
  vcpu_blocking: "vCPU blocks,",
  vcpu_woken: "vCPU woken,",
  vcpu_loaded: "vCPU loaded,",
  vcpu_put: "vCPU put,",
  vcpu_destroyed: "vCPU freed,",
  vm_destroyed: "VM destroyed,",
};

function aboutOf(event: LogEntry): string {
  const { gsi, vcpu, irte } = event;
  const own = ABOUT[event.kind];
  if (own !== undefined) return own(event, event.payload);
  return [gsi === null ? "" : `gsi ${gsi}`, vcpu, gsi === null ? irte : null]
    .filter(Boolean)
    .join(" ");
}

type Payload = Readonly<Record<string, unknown>>;

/** Kinds that say more than whom they name. */
const ABOUT: Readonly<Record<string, ((event: LogEntry, payload: Payload) => string) | undefined>> =
  {
    irqfd_msi: ({ gsi }, { dest, vector }) =>
      `gsi ${gsi ?? "?"} → APIC ${numberText(dest)}, vector ${hex(vector)}`,
    irqfd_routed: ({ gsi }, { type }) => `gsi ${gsi ?? "?"} → ${ROUTE_TYPES[Number(type)] ?? "?"}`,
    irte_written: ({ irte, cause }) => (cause === null ? (irte ?? "") : `(${cause})`),
    vcpu_affinity_set: ({ vcpu }, { is_guest_mode }) =>
      is_guest_mode === 0 ? "no vCPU: remapped" : (vcpu ?? "a vCPU"),
    marker: (_, { text }) => (typeof text === "string" ? text : ""),
  };

/** What a GSI is routed to, by the type of its routing entry; 0 = it has none. */
const ROUTE_TYPES: Readonly<Record<number, string | undefined>> = {
  ...{ 0: "none", 1: "irqchip", 2: "MSI" },
};

function numberText(value: unknown): string {
  return typeof value === "number" ? String(value) : "?";
}

function hex(value: unknown): string {
  return typeof value === "number" ? `0x${value.toString(16)}` : "?";
}

/** The payload of an event as `name value` pairs. */
export function payloadText(event: LogEntry): string {
  const payload = event.payload as Readonly<Record<string, unknown>>;
  return Object.entries(payload)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${valueText(name, value)}`)
    .join(", ");
}

function valueText(name: string, value: unknown): string {
  if (typeof value === "number" && /vector|tag/.test(name)) return hex(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}
