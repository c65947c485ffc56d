// Closed sets are unions in the public types, and a log entry is told apart by its kind. The compiler tests the types;
// what runs holds them equal to what a recording has.

import { describe, expect, expectTypeOf, test } from "vitest";
import {
  EVENT_KINDS,
  INVARIANTS,
  KNOWN_BUGS,
  TRANSITIONS,
  RULES_IDS,
  decodeIrte,
  emptyState,
  irteKey,
  openTimeline,
  parseIrteName,
  type AtIrte,
  type BitsOfField,
  type Broken,
  type BugId,
  type Cause,
  type EventKindName,
  type EventOptions,
  type FieldChange,
  type FormatName,
  type GrowingPart,
  type growing,
  type Finding,
  type FirstAnswer,
  type InFlightSpans,
  type Interrupt,
  type InvariantCount,
  type IommuState,
  type KvmState,
  type LiveNames,
  type RouteKey,
  type VcpuRow,
  type VmRow,
  type When,
  type InvariantId,
  type IrteKey,
  type IrteName,
  type IrteOptions,
  type LogEntry,
  type LogEntryOf,
  type AtVm,
  type CheckReport,
  type DifferingField,
  type ImportResult,
  type QueryPage,
  type PlatformId,
  type RecipeId,
  type RecordingFacts,
  type RuleId,
  type RulesFrom,
  type RulesId,
  type VcpuBasis,
  type VmIdBasis,
  type Seq,
  type TimelineChange,
  type TimeText,
  type VcpuName,
  type VIrteChange,
  type WindowExplanation,
  type WriteDecision,
} from "../../src/index.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const NOTHING = { loH: 0, loL: 0, hiH: 0, hiL: 0 };

describe("a log entry", () => {
  test("is told apart by its kind", () => {
    const told = (entry: LogEntry): unknown => {
      expectTypeOf(entry.kind).toEqualTypeOf<EventKindName>();
      if (entry.kind === "irte_written") {
        expectTypeOf(entry).toEqualTypeOf<LogEntryOf<"irte_written">>();
        expectTypeOf(entry.payload.lo).toEqualTypeOf<string | undefined>();
        // @ts-expect-error an IRTE write has no such field
        return entry.payload.written_seq as unknown;
      }
      if (entry.kind === "irte_exchanged") {
        expectTypeOf(entry.payload.old_hi).toEqualTypeOf<string | undefined>();
        expectTypeOf(entry.payload.written_seq).toEqualTypeOf<number | null>();
        return entry.payload.written_seq;
      }
      if (entry.kind === "vcpu_affinity_set") {
        expectTypeOf(entry.payload.ga_tag).toEqualTypeOf<number | null>();
        expectTypeOf(entry.payload.address).toEqualTypeOf<string | undefined>();
        return entry.payload.ga_tag;
      }
      if (entry.kind !== "marker") return null;
      expectTypeOf(entry.payload.text).toEqualTypeOf<string | null>();
      return entry.payload.text;
    };
    expect(told).toBeTypeOf("function");
  });

  test("has in its payload what the table of kinds says of its kind", async () => {
    const words: Readonly<Record<string, readonly string[]>> = {
      ...{ irte: ["lo", "hi"], irte_exchange: ["lo", "hi", "old_lo", "old_hi"] },
      ...{ physical_id_entry: ["physical_id_entry"], address: ["address"], none: [] },
    };
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(shippedPath("6.17-x-uaf-crash"));
    const kinds = new Set<EventKindName>();
    for (const { kind, payload } of timeline.recording().log()) {
      const { slots, words: held } = EVENT_KINDS[kind];
      const names = [...slots, ...(words[held] ?? []), ...(kind === "marker" ? ["text"] : [])];
      expect(names).toEqual(expect.arrayContaining(Object.keys(payload)));
      expect(Object.keys(payload)).toEqual(expect.arrayContaining([...slots]));
      kinds.add(kind);
    }
    expect(kinds.size).toBeGreaterThan(15);
    timeline.close();
  });
});

describe("a closed set", () => {
  test("is a union that is derived from its table", () => {
    expectTypeOf<Finding["rule"]>().toEqualTypeOf<RuleId | null>();
    expectTypeOf<Finding["invariant"]>().toEqualTypeOf<InvariantId | null>();
    expectTypeOf<Finding["bug"]>().toEqualTypeOf<BugId | null>();
    expectTypeOf<InvariantCount["id"]>().toEqualTypeOf<InvariantId>();
    expectTypeOf<AtIrte["cause"]>().toEqualTypeOf<Cause | null>();
    expectTypeOf<FieldChange["cause"]>().toEqualTypeOf<Cause | null>();
    expectTypeOf<RecordingFacts["rules"]>().toEqualTypeOf<RulesId | null>();
    expectTypeOf<RecordingFacts["rules_from"]>().toEqualTypeOf<RulesFrom>();
    expectTypeOf<RecordingFacts["format"]>().toEqualTypeOf<FormatName>();
    expectTypeOf<ImportResult["format"]>().toEqualTypeOf<FormatName>();
    expectTypeOf<ImportResult["rules_allowed"]>().toEqualTypeOf<readonly RulesId[]>();
    expectTypeOf<CheckReport["rules"]>().toEqualTypeOf<RulesId | null>();
    expectTypeOf<Finding["fields"]>().toEqualTypeOf<readonly DifferingField[]>();
    expectTypeOf<AtIrte["vcpu_by"]>().toEqualTypeOf<VcpuBasis | null>();
    expectTypeOf<AtVm["vm_id_by"]>().toEqualTypeOf<VmIdBasis | null>();
    expectTypeOf<FirstAnswer["kind"]>().toEqualTypeOf<EventKindName | null>();
    expectTypeOf<InFlightSpans["kind"]>().toEqualTypeOf<EventKindName>();
    expectTypeOf<Interrupt["vcpu_by"]>().toEqualTypeOf<VcpuBasis | null>();
    expectTypeOf<Interrupt["cause"]>().toEqualTypeOf<Cause | null>();
    expectTypeOf<WindowExplanation["rule"]>().toEqualTypeOf<RuleId | null>();
    expectTypeOf<WindowExplanation["verdict"]>().toEqualTypeOf<WriteDecision | null>();
    expectTypeOf<VIrteChange["rule"]>().toEqualTypeOf<RuleId | null>();
    expectTypeOf<BitsOfField["field"]>().toEqualTypeOf<DifferingField>();
    expectTypeOf<Broken["id"]>().toEqualTypeOf<RuleId | InvariantId>();
    expectTypeOf<RecordingFacts["format"]>().toEqualTypeOf<FormatName>();
    expectTypeOf<ImportResult["format"]>().toEqualTypeOf<FormatName>();
    expectTypeOf<RecordingFacts["platform"]>().toEqualTypeOf<PlatformId>();
    expectTypeOf<"T4">().toExtend<RuleId>();
    expectTypeOf<"I6b">().toExtend<InvariantId>();
    expectTypeOf<"B6">().toExtend<BugId>();
    expectTypeOf<"T12">().not.toExtend<RuleId>();
    expectTypeOf<string>().not.toExtend<InvariantId>();
    expectTypeOf<string>().not.toExtend<RecipeId>();
    expectTypeOf<"posting">().toExtend<RecipeId>();
    expect(TRANSITIONS.map(({ id }) => id)).toContain("T4" satisfies RuleId);
    expect(INVARIANTS.map(({ id }) => id)).toContain("I6b" satisfies InvariantId);
    expect(Object.keys(KNOWN_BUGS)).toContain("B6" satisfies BugId);
  });
});

test("what results name is in their unions", async () => {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  const { rules, rules_allowed, events } = await timeline.import(shippedPath("6.17-x-uaf-crash"));
  const recording = timeline.recording();
  const report = recording.check({ rules: "6.12" });
  const profiles = [rules, ...rules_allowed, report.rules, recording.rules_read];
  expect(profiles.filter((each) => each === null || !RULES_IDS.includes(each))).toEqual([]);
  const fields = new Set(report.findings.flatMap((finding) => finding.fields));
  const known = [
    ...Object.keys(decodeIrte(NOTHING)),
    "guest_mode",
    "is_run",
    "ga_log_intr",
    "reserved",
  ];
  expect([...fields].filter((field) => !known.includes(field))).toEqual([]);
  expect(fields.size).toBeGreaterThan(0);
  expect(Object.keys(events).filter((kind) => !(kind in EVENT_KINDS))).toEqual([]);
  const window = recording.explainWindow({ irte: "0000:00:08.0/0", seq: 900 }).explanation;
  const decisions: readonly (WriteDecision | null)[] = ["explained", "mismatched", "unexpected"];
  expect([...decisions, "unknown", "undefined", null]).toContain(window.verdict);
  const bits = recording.irteBits({ irte: "0000:00:08.0/0" }).bits.map(({ field }) => field);
  expect(bits.filter((field) => !known.includes(field))).toEqual([]);
  const { irtes, vms } = recording.at();
  const bases = [...irtes.map((each) => each.vcpu_by), ...vms.map((each) => each.vm_id_by)];
  const all: readonly (VcpuBasis | VmIdBasis | null)[] = [
    "ga_tag",
    "line",
    "creation",
    "backing page",
    "anchor",
    null,
  ];
  expect(bases.filter((basis) => !all.includes(basis))).toEqual([]);
  timeline.close();
});

test("known words are offered where any text can be asked, and others are refused", async () => {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(shippedPath("6.17-s1-one"));
  const recording = timeline.recording();
  const text = ["none", "of", "them"].join(" ");
  expect(() => recording.check({ rules: text })).toThrow("are no rules");
  expect(() => recording.check({ only: [text] })).toThrow("nothing that check looks for");
  expect(() => recording.log({ kind: text }).next()).toThrow("none of them");
  timeline.close();
});

test("a state is found by keys of its own kinds, and its names are asked by them", () => {
  type KeyOf<Held> = Held extends ReadonlyMap<infer Key, unknown> ? Key : never;
  expectTypeOf<KeyOf<IommuState["irtes"]>>().toEqualTypeOf<IrteKey>();
  expectTypeOf<KeyOf<KvmState["vcpus"]>>().toEqualTypeOf<VcpuRow>();
  expectTypeOf<KeyOf<KvmState["vms"]>>().toEqualTypeOf<VmRow>();
  expectTypeOf<KeyOf<KvmState["routes"]>>().toEqualTypeOf<RouteKey>();
  expectTypeOf<IrteKey>().not.toExtend<Parameters<LiveNames["vcpu"]>[0]>();
  expectTypeOf<VcpuRow>().not.toExtend<Parameters<LiveNames["irte"]>[0]>();
  expectTypeOf<ReturnType<LiveNames["irte"]>>().toEqualTypeOf<IrteName>();
  const { kvm, iommu } = emptyState(null);
  expect([kvm.vcpus.get(1), iommu.irtes.get(irteKey(0, 64, 0))]).toEqual([undefined, undefined]);
});

test("a place, a time and a name in a result are told apart, and are plain where they are asked for", () => {
  expectTypeOf<LogEntry["seq"]>().toEqualTypeOf<Seq>();
  expectTypeOf<Finding["time_ns"]>().toEqualTypeOf<TimeText>();
  expectTypeOf<AtIrte["irte"]>().toEqualTypeOf<IrteName>();
  expectTypeOf<TimeText>().not.toExtend<IrteName>();
  expectTypeOf<VcpuName>().not.toExtend<IrteName>();
  expectTypeOf<IrteKey>().not.toExtend<Seq>();
  expectTypeOf<string>().toExtend<IrteName>();
  expectTypeOf<IrteName>().toExtend<IrteOptions["irte"]>();
  expectTypeOf<number>().toExtend<EventOptions["seq"]>();
  expectTypeOf<IrteKey>().not.toExtend<EventOptions["seq"]>();
  expectTypeOf<{ seq: IrteKey }>().not.toExtend<When>();
  const name: IrteName = "0000:00:08.0/0";
  expect(parseIrteName(name)).toEqual({ segment: 0, devid: 64, index: 0 });
});

test("what an iterator of the library gives is told apart from its end, and is not anything", async () => {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(shippedPath("6.17-s1-one"));
  const entry = timeline.recording().log({ reverse: true }).next();
  expectTypeOf(entry).toEqualTypeOf<IteratorResult<LogEntry, void>>();
  if (entry.done !== true) expect(entry.value.seq).toBe(1);
  const page = await timeline.queryPages("SELECT seq FROM v_event LIMIT 1").next();
  expectTypeOf(page).toEqualTypeOf<IteratorResult<QueryPage, void>>();
  if (page.done !== true) expect(page.value.rows).toEqual([[1]]);
  const change = await timeline.changes({ after: 0 }).next();
  expectTypeOf(change).toEqualTypeOf<IteratorResult<TimelineChange, void>>();
  if (change.done !== true) expect(change.value.recording_id).toBe(1);
  expectTypeOf<GrowingPart>().toEqualTypeOf<YieldedBy<typeof growing>>();
  timeline.close();
});

/** What a function's iterator gives, or what it ends with. */
type YieldedBy<Made extends (...given: never) => AsyncIterator<unknown>> = Exclude<
  Awaited<ReturnType<ReturnType<Made>["next"]>>["value"],
  void
>;
