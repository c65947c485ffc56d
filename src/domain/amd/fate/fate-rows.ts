// What becomes of an interrupt on an AMD host, as a table: AMD publication 48882 (IOMMU), section 2.2.5, "Interrupt
// Virtualization", for what the IOMMU does with an entry; arch/x86/kvm/svm/avic.c, avic_ga_log_notifier(), and
// virt/kvm/kvm_main.c, kvm_vcpu_block(), for what the kernel does then.

import { type Fate, type RouteFit } from "../../platform/fate.js";
import { type RunState } from "../../fold/state.js";

/** What the IOMMU does with an interrupt, by the bits of the entry alone. */
export type AmdPath =
  /** The entry is not valid: the interrupt is aborted. */
  | "refused"
  /** To a vector of a host CPU. */
  | "remapped"
  /** Written to the vAPIC page, and the doorbell of the named CPU rings. */
  | "doorbell"
  /** Written to the vAPIC page, and into the GA log. */
  | "GA log"
  /** Written to the vAPIC page, and no one is told. */
  | "vAPIC page only";

/** All that the fate depends on, with every value known. */
export interface FateFacts {
  /** RemapEn of the entry. */
  readonly valid: boolean;
  /** GuestMode of the entry: it posts. */
  readonly guest_mode: boolean;
  /** IsRun of the entry. */
  readonly is_run: boolean;
  /** GALogIntr of the entry. */
  readonly ga_log_intr: boolean;
  /** Is the host vector one that is assigned, and not the one of an interrupt that is shut down? */
  readonly hasHandler: boolean;
  /** Where the vCPU is that it posts to. */
  readonly vcpu: RunState;
  /** Does the vCPU run on the CPU of the entry's destination? */
  readonly isOnCpu: boolean;
  /** How it fits the route in force. */
  readonly route: RouteFit;
}

/** A cell: the value that a row asks for, or `null` for any. */
type Flag = 0 | 1 | null;

/** One row: a row decides where all of its cells fit, and no row above it does. */
export interface PathRow {
  /** RemapEn. */
  readonly valid: Flag;
  /** GuestMode. */
  readonly guest_mode: Flag;
  /** IsRun. */
  readonly is_run: Flag;
  /** GALogIntr. */
  readonly ga_log_intr: Flag;
  /** The way that the interrupt takes. */
  readonly path: AmdPath;
}

/** The IOMMU's part: 48882, tables of the IRTE formats with GuestMode 0 and 1. */
// prettier-ignore
export const PATHS: readonly PathRow[] = [
  { valid: 0, guest_mode: null, is_run: null, ga_log_intr: null, path: "refused" },
  { valid: 1, guest_mode: 0,    is_run: null, ga_log_intr: null, path: "remapped" },
  { valid: 1, guest_mode: 1,    is_run: 1,    ga_log_intr: null, path: "doorbell" },
  { valid: 1, guest_mode: 1,    is_run: 0,    ga_log_intr: 1,    path: "GA log" },
  { valid: 1, guest_mode: 1,    is_run: 0,    ga_log_intr: 0,    path: "vAPIC page only" },
];

type Cells = readonly [
  path: AmdPath | "posted",
  hasHandler: Flag,
  vcpu: RunState | null,
  route: RouteFit | null,
  isOnCpu: Flag,
  fate: Exclude<Fate, "unknown">,
  reason: string,
];

// prettier-ignore
const CELLS: readonly Cells[] = [
  // path            handler vCPU        route            CPU    fate            why
  ["refused",         null, null,       null,            null, "blocked",      "the entry is not valid"],
  ["remapped",        1,    null,       null,            null, "host handler", "remapped to the host's vector"],
  ["remapped",        0,    null,       null,            null, "no handler",   "the host's vector is not assigned, or shut down"],
  ["posted",          null, "freed",    null,            null, "freed memory", "the vCPU of the backing page is gone"],
  ["posted",          null, null,       "not connected", null, "misdirected",  "posted, and no irqfd is connected"],
  ["posted",          null, null,       "none",          null, "misdirected",  "posted, and the GSI has no MSI route"],
  ["posted",          null, null,       "differs",       null, "misdirected",  "posted to another vCPU or vector than the route says"],
  ["doorbell",        null, "running",  null,            1,    "direct",       "the doorbell rings on the CPU of the vCPU"],
  ["doorbell",        null, "running",  null,            0,    "pending",      "the doorbell rings on a CPU that the vCPU has left"],
  ["doorbell",        null, "out",      null,            null, "pending",      "the doorbell rings, and the vCPU is not on a CPU"],
  ["doorbell",        null, "blocking", null,            null, "lost wake-up", "the doorbell rings, and does not wake a vCPU that blocks"],
  ["GA log",          null, "running",  null,            null, "pending",      "the vCPU runs, and the entry says that it does not"],
  ["GA log",          null, "out",      null,            null, "pending",      "logged, and the vCPU is out and does not block"],
  ["GA log",          null, "blocking", null,            null, "wake-up",      "logged, and the vCPU blocks"],
  ["vAPIC page only", null, "running",  null,            null, "pending",      "the vCPU runs, and the entry says that it does not"],
  ["vAPIC page only", null, "out",      null,            null, "pending",      "the vCPU is out and does not block"],
  ["vAPIC page only", null, "blocking", null,            null, "lost wake-up", "the vCPU blocks, and nothing is logged"],
];

/** One row of the table of fates. */
export interface FateRow {
  /** The way, or any of those of a posted entry. */
  readonly path: AmdPath | "posted";
  /** As FateFacts has it; null = whatever it is. */
  readonly hasHandler: Flag;
  /** As FateFacts has it; null = wherever it is. */
  readonly vcpu: RunState | null;
  /** As FateFacts has it; null = whatever it is. */
  readonly route: RouteFit | null;
  /** As FateFacts has it; null = whatever it is. */
  readonly isOnCpu: Flag;
  /** What becomes of the interrupt. */
  readonly fate: Exclude<Fate, "unknown">;
  /** Why, in a few words. */
  readonly reason: string;
}

/** The fates by path and state, in the order in which they decide. */
export const FATE_ROWS: readonly FateRow[] = CELLS.map(
  ([path, hasHandler, vcpu, route, isOnCpu, fate, reason]) => ({
    ...{ path, hasHandler, vcpu, route, isOnCpu, fate, reason },
  }),
);

const POSTED: ReadonlySet<AmdPath> = new Set<AmdPath>(["doorbell", "GA log", "vAPIC page only"]);

/** The path by the entry's bits. */
export function pathOf(facts: FateFacts): AmdPath {
  const row = PATHS.find(
    (each) =>
      fits(each.valid, facts.valid) &&
      fits(each.guest_mode, facts.guest_mode) &&
      fits(each.is_run, facts.is_run) &&
      fits(each.ga_log_intr, facts.ga_log_intr),
  );
  if (row === undefined) throw new Error("the table of paths has a hole");
  return row.path;
}

/** The row that decides. */
export function fateRowOf(facts: FateFacts): FateRow {
  const path = pathOf(facts);
  const row = FATE_ROWS.find((each) => isRowOf(each, facts, path));
  if (row === undefined) throw new Error("the table of fates has a hole");
  return row;
}

/** Do all cells of the row fit? */
export function isRowOf(row: FateRow, facts: FateFacts, path: AmdPath): boolean {
  return (
    (row.path === "posted" ? POSTED.has(path) : row.path === path) &&
    fits(row.hasHandler, facts.hasHandler) &&
    (row.vcpu === null || row.vcpu === facts.vcpu) &&
    (row.route === null || row.route === facts.route) &&
    fits(row.isOnCpu, facts.isOnCpu)
  );
}

function fits(cell: Flag, value: boolean): boolean {
  return cell === null || (cell === 1) === value;
}
