// The lanes of AMD hosts: what is drawn of a recording over the time, a row for each kind of lane, in the order in which
// lanes of a subject stand below each other.

import {
  COUNTER,
  CPU,
  FINDINGS,
  MARKERS,
  ROUTES,
  VCPU,
  fateLane,
  laneGroups,
} from "../platform/common-lanes.js";
import { type LaneTable } from "../platform/lanes.js";

const IRTE_WORDS = ["IRTE", "IRTEs"] as const;

/** What an interrupt of any lane can be, whatever shows it. */
const NOT_DELIVERED = {
  "tick.lost": "lost interrupt",
  "tick.misdirected": "misdirected interrupt",
} as const;

/** The table. */
export const AMD_LANES = {
  kinds: {
    findings: FINDINGS,
    markers: MARKERS,
    cpu: CPU,
    avic: {
      says: "a VM: whether AVIC is inhibited, and by what",
      ...{ id: "avic:{name}", subject: "vm", group: "vm", under: null },
      ...{ name: "{name} AVIC", label: "AVIC" },
      ...{ rows_from: "inhibits", listed: "with rows", place: "row", form: "flag" },
      words: ["VM", "VMs"],
      states: {
        "avic.active": "active",
        "avic.inhibited": "inhibited",
        "avic.destroyed": "VM destroyed",
        "avic.unknown": "unknown",
      },
    },
    routes: ROUTES,
    vcpu: VCPU,
    arrivals: {
      says: "a vCPU: GA log entries, wake-ups and injections, one event each, with the verdict of v_interrupt",
      ...{ id: "ticks:{name}", subject: "vcpu", group: "vm", under: "vcpu" },
      ...{ name: "{name} interrupts", label: "interrupts" },
      ...{ rows_from: "moments of a vCPU", listed: "with rows", place: "ticks", form: "moments" },
      words: ["vCPU", "vCPUs"],
      states: {
        "tick.ga_log": "GA log entry",
        "tick.wake-up": "woken from a halt",
        "tick.injected": "injected at entry",
        ...NOT_DELIVERED,
      },
    },
    irte: {
      says: "an IRTE: a row of v_irte",
      ...{ id: "irte:{name}", subject: "irte", group: "device", under: null },
      ...{ name: "{name}", label: "/{short}" },
      ...{ rows_from: "entries", listed: "always", place: "row", form: "entry" },
      words: IRTE_WORDS,
      states: {
        "irte.running": "posted, is_run 1",
        "irte.logging": "posted, ga_log_intr 1",
        "irte.posted": "posted, is_run 0, ga_log_intr 0",
        "irte.remapped": "remapped",
        "irte.allocated": "allocated",
        "irte.free": "free",
        "irte.unknown": "unknown",
      },
    },
    irqfd: {
      says: "an IRTE: its stay on a vCPU's ir_list, a row of v_link, cut where its irqfd is deassigned",
      ...{ id: "irqfd:{name}", subject: "irte", group: "device", under: "irte" },
      ...{ name: "{name} irqfd", label: "irqfd" },
      ...{ rows_from: "links", listed: "with rows", place: "selected", form: "stay" },
      words: IRTE_WORDS,
      states: {
        "irqfd.listed": "on the ir_list",
        "irqfd.deassigned": "deassigned, on the ir_list",
        "irqfd.stale": "deassigned, still on the ir_list",
        "irqfd.unknown": "unknown",
      },
    },
    fate: fateLane("irte", IRTE_WORDS),
    interrupts: {
      says: "an IRTE: its interrupts that the host handled, one event each, with the verdict of v_interrupt",
      ...{ id: "ticks:{name}", subject: "irte", group: "device", under: "irte" },
      ...{ name: "{name} interrupts", label: "interrupts" },
      ...{ rows_from: "moments of an entry", listed: "with rows", place: "ticks", form: "moments" },
      words: IRTE_WORDS,
      states: { "tick.interrupt": "interrupt on the host", ...NOT_DELIVERED },
    },
    counter: COUNTER,
  },
  groups: laneGroups("irte"),
  legend: {
    run: "running",
    wait: "blocking / logged",
    out: "posted, not running",
    host: "remapped",
  },
} as const satisfies LaneTable;
