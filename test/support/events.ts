// A recording read into memory: its events, and what the checker needs to know of it.

import { Checker } from "../../src/check/checker.js";
import { type WriteDecision } from "../../src/check/ledger.js";
import { KIND } from "../../src/domain/events/kinds.js";
import { type TwinEvent, type CallReturn } from "../../src/domain/events/event.js";
import { AMD } from "../../src/domain/amd/platform.js";
import { isRulesId, type RulesId } from "../../src/domain/amd/releases/releases.js";
import { type TableDump } from "../../src/source/header/irqtbl.js";
import { formatOf } from "../../src/formats/registry.js";

export interface Read {
  readonly events: readonly TwinEvent[];
  readonly returns: readonly CallReturn[];
  readonly rules: RulesId;
  readonly names: ReadonlySet<string>;
  /** Numbers of the lines that could not be read. */
  readonly rejected: readonly number[];
  /** Why each of them could not. */
  readonly reasons: readonly string[];
  readonly gaps: readonly { from: number | null; to: number }[];
  readonly apics: ReadonlyMap<number, number>;
  readonly vcpus: ReadonlyMap<
    number,
    { vm: number; vm_id: number | null; vcpu_id: number; vcpu_idx: number | null }
  >;
  readonly vms: ReadonlyMap<number, { vm_id: number | null; kvm: string | null }>;
}

/** `by`: the rules, where the trace does not tell them; `dump`: a dump of the table that is imported beside it. */
export function readEvents(bytes: Buffer, by?: RulesId, dump: TableDump | null = null): Read {
  const format = formatOf(bytes);
  const sniffed = format.sniff(bytes, { rules: by });
  const { rules, clockUnit, overwritten, prefix, hasHeader } = sniffed;
  if (rules === null || !isRulesId(rules)) throw new Error("the trace does not tell its rules");
  const events: TwinEvent[] = [];
  const returns: CallReturn[] = [];
  const rejected: number[] = [];
  const reasons: string[] = [];
  const apics = new Map<number, number>();
  const gaps: Read["gaps"][number][] = [];
  const rows = new Map<number, { vm: number; vcpu_id: number; vcpu_idx: number | null }>();
  const vms = new Map<number, { vm_id: number | null; kvm: string | null }>();
  const first = { seq: 1, task: 1, vm: 1, vcpu: 1 };
  const reading = {
    rules,
    first,
    isCounter: clockUnit === "ticks",
    isOverwritten: overwritten > 0,
    dump,
    prefix,
    hasHeader,
  };
  const reader = format.newReader(sniffed, reading, (batch) => {
    events.push(...batch.events);
    returns.push(...batch.returns);
    rejected.push(...batch.rejected.map(({ line }) => line));
    reasons.push(...batch.rejected.map(({ reason }) => reason));
    for (const { kind, from_seq, to_seq } of batch.gaps)
      if (kind !== "start") gaps.push({ from: from_seq, to: to_seq });
    const { changed } = reader;
    for (const { cpu, apic_id } of changed.cpus) apics.set(cpu, apic_id);
    for (const row of changed.vcpus) rows.set(row.id, row);
    for (const row of changed.vms) vms.set(row.id, row);
  });
  reader.feed(bytes);
  reader.end();
  return {
    events,
    returns,
    rejected,
    reasons,
    rules,
    apics,
    gaps,
    vms,
    names: new Set(reader.names.counts().map(({ name }) => name)),
    vcpus: new Map(
      [...rows].map(([id, { vm, vcpu_id, vcpu_idx }]) => [
        id,
        { vm, vm_id: vms.get(vm)?.vm_id ?? null, vcpu_id, vcpu_idx },
      ]),
    ),
  };
}

/** Runs the rules over events; `by`: other rules than the recording's. */
export function checked(
  read: Read,
  events: readonly TwinEvent[] = read.events,
  by: RulesId = read.rules,
): {
  checker: Checker;
  verdicts: readonly WriteDecision[];
  /** The verdict about each write. */
  decided: ReadonlyMap<TwinEvent, WriteDecision>;
} {
  const verdicts: WriteDecision[] = [];
  const decided = new Map<TwinEvent, WriteDecision>();
  const checker = new Checker({
    platform: AMD,
    profile: by,
    sees: (name) => read.names.has(name),
    host: { apicOfCpu: read.apics, logical: isLogical(events) },
    names: (vcpu) => read.vcpus.get(vcpu),
    gaps: read.gaps,
    isOwn: by === read.rules,
    onVerdict: (event, verdict) => {
      verdicts.push(verdict);
      decided.set(event, verdict);
    },
  });
  checker.returned(read.returns);
  for (const event of events) checker.step(event);
  checker.finish();
  return { checker, verdicts, decided };
}

/** The destination mode that most valid remapped entries show; null where there is none. */
function isLogical(events: readonly TwinEvent[]): boolean | null {
  const shown = events.filter(({ kind, loL }) => kind === KIND.irte_written && (loL & 129) === 1);
  const logical = shown.filter(({ loL }) => (loL & 64) !== 0);
  return shown.length === 0 ? null : 2 * logical.length > shown.length;
}
