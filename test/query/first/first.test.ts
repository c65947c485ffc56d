// The first moment at which a test holds, against a walk over every event of the recording.

import { beforeAll, describe, expect, it } from "vitest";
import { openTimeline, parseTest, type Test, type Timeline } from "../../../src/index.js";
import { readTests } from "../../../src/query/first/fields.js";
import { holds, type FieldValue } from "../../../src/query/first/predicate.js";
import { irqtwin } from "../../support/irqtwin.js";
import { payloadValue } from "../../support/payload-value.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines, shippedPath } from "../../support/shipped.js";

const NAME = "6.17-x-uaf-crash";
/** The walk describes every event: as many as that are enough. */
const UNTIL = 500;
const scratch = new Scratch();
const db = scratch.path(".db");
let timeline: Timeline;

beforeAll(async () => {
  const made = await openTimeline(db, { create: true });
  await made.import(shippedPath(NAME));
  made.close();
  timeline = await openTimeline(db, { readonly: true });
  return () => {
    timeline.close();
  };
});

const tests = (...texts: string[]): Test[] => texts.flatMap((text) => parseTest(text) ?? []);

/** By looking at the document of `at` after every event. */
function walked(subject: { irte?: string; vcpu?: string }, texts: readonly Test[]): number | null {
  const list = readTests(subject.irte === undefined ? "vcpu" : "irte", texts);
  for (let seq = 1; seq <= UNTIL; seq++) {
    const { irtes, vcpus } = timeline.recording().at({ when: `@${seq}`, ...subject });
    const entity = (subject.irte === undefined ? vcpus[0] : irtes[0]) as
      Readonly<Record<string, FieldValue>> | undefined;
    if (entity === undefined) continue;
    const valueOf = (field: string): FieldValue =>
      entity[field] === "unknown" ? undefined : entity[field];
    if (holds(list, valueOf) === true) return seq;
  }
  return null;
}

describe("the first moment", () => {
  it.each([
    [{ irte: "0000:00:08.0/0" }, ["mode=posted"]],
    [{ irte: "0000:00:08.0/0" }, ["mode=posted", "is_run=1"]],
    [{ irte: "0000:00:08.0/1" }, ["ga_tag!=0", "mode=posted", "vector=0x43"]],
    [{ irte: "0000:00:09.0/0" }, ["destination=3"]],
    [{ vcpu: "vm1/vcpu0" }, ["run_state=blocking"]],
    [{ vcpu: "vm1/vcpu1" }, ["is_running=1", "pcpu=2"]],
    [{ vcpu: "vm1/vcpu0" }, ["avic_active=0"]],
    [{ vcpu: "vm2/vcpu0" }, ["run_state=freed"]],
    [{ irte: "0000:00:08.0/0" }, ["is_run=true"]],
    [{ irte: "0000:00:08.0/0" }, ["is_run=false", "valid=true", "mode!=remapped"]],
    [{ irte: "0000:00:08.0/0" }, ["vcpu=vm1/vcpu1"]],
    [{ irte: "0000:00:08.0/1" }, ["vcpu!=none", "vcpu!=vm1/vcpu2"]],
    [{ irte: "0000:00:08.0/0" }, ["vm_id=1", "ga_tag=0x201"]],
    [{ irte: "0000:00:08.0/0" }, ["hi=0x00000000000000ff"]],
    [{ irte: "0000:00:08.0/0" }, ["cause=vcpu load"]],
    [{ irte: "0000:00:08.0/0" }, ["ga_root_ptr!=0x0", "mode=posted"]],
    [{ vcpu: "vm1/vcpu0" }, ["avic_active=true", "is_running=false"]],
    [{ vcpu: "vm1/vcpu0" }, ["pcpu=none", "run_state!=unknown"]],
  ])("of %j that %j, in intervals, is the one of a walk over all events", (subject, texts) => {
    const found = timeline.recording().first({ tests: texts, ...subject, until: `@${UNTIL}` });
    expect(found.method).toBe("intervals");
    expect(found.seq).toBe(walked(subject, tests(...texts)));
  });

  it("of what the recording begins without is not known to be the first", () => {
    const whole = shippedLines("6.16-s1-one");
    const late = [...whole.slice(0, 14), ...whole.slice(600)].join("\n");
    const path = scratch.path(".db");
    irqtwin(["import", scratch.file(".txt", late), "--db", path]);
    const ran = irqtwin(["first", "--irte", "00:08.0/0", "valid=1", "--json", "--db", path]);
    expect(ran.status).toBe(4);
    expect(JSON.parse(ran.stdout)).toMatchObject({ verdict: "inconclusive", maybe_seq: 1 });
  });

  it("of a state that is not known is one at which `at` prints unknown", async () => {
    const whole = shippedLines("6.16-s1-one");
    const late = await openTimeline(scratch.path(".db"), { create: true });
    await late.import(
      scratch.file(".txt", [...whole.slice(0, 14), ...whole.slice(600)].join("\n")),
    );
    const [subject] = late
      .recording()
      .at()
      .vcpus.map(({ vcpu }) => ({ vcpu }));
    const state = (seq: number): string | undefined =>
      late.recording().at({ when: `@${seq}`, ...subject }).vcpus[0]?.run_state;
    const { last_seq: lastSeq } = late.recording(1);
    const seqs = Array.from({ length: lastSeq ?? 0 }, (_, i) => i + 1);
    const isUnknown = seqs.find((seq) => state(seq) === "unknown") ?? null;
    const isKnown = seqs.find((seq) => (state(seq) ?? "unknown") !== "unknown") ?? null;
    const ask = (text: string) => late.recording().first({ tests: [text], ...(subject ?? {}) }).seq;
    expect([ask("run_state=unknown"), ask("run_state!=unknown")]).toEqual([isUnknown, isKnown]);
    expect([isUnknown, isKnown]).not.toContain(null);
    late.close();
  });

  it("of other fields is never said to be never: it may have come and gone", () => {
    const set = [...timeline.recording().log({ kind: "avic_inhibit_set", vm_id: 1 })];
    expect(set.map((entry) => payloadValue(entry, "reason"))).toContain(2);
    const found = timeline.recording().first({ tests: ["inhibits=ABSENT"], vm_id: 1 });
    expect(found).toMatchObject({ method: "bisect", verdict: "inconclusive", seq: null });
    const { stdout, status } = irqtwin(["first", "--vm", "1", "inhibits=ABSENT", "--db", db]);
    expect(status).toBe(4);
    expect(stdout).not.toContain("never");
    expect(stdout).toMatch(
      /^at the end of the span it does not hold.*\n.*not every state was looked at/,
    );
  });

  it("of other fields is bisected, in O(log n) states", () => {
    const { last_seq: lastSeq } = timeline.recording(1);
    const found = timeline.recording().first({ tests: ["destroyed=true"], vm_id: 1 });
    expect(found.method).toBe("bisect");
    expect(found.looked_at).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(lastSeq ?? 0)) + 2);
    expect(found.kind).toBe("vm_destroyed");
    const at = (seq: number) =>
      timeline.recording().at({ when: `@${seq}`, vm_id: 1 }).vms[0]?.destroyed;
    expect([at((found.seq ?? 0) - 1), at(found.seq ?? 0)]).toEqual([false, true]);
  });

  it("of an invariant is its first finding", () => {
    const { findings } = timeline.recording().check();
    const first = findings.find(({ invariant }) => invariant === "I14");
    expect(timeline.recording().first({ only: ["I14"] })).toMatchObject({
      verdict: "found",
      method: "check",
      seq: first?.seq,
      title: first?.title,
    });
    expect(timeline.recording().first({ only: ["I4"] })).toMatchObject({
      verdict: "never",
      seq: null,
    });
  });

  it("has a status for each answer, and says what is wrong with a question", () => {
    const status = (...args: string[]): number | null =>
      irqtwin(["first", ...args, "--db", db]).status;
    expect(status("--irte", "00:08.0/0", "mode=posted")).toBe(0);
    expect(status("--irte", "00:08.0/0", "vector=255", "mode=posted")).toBe(1);
    expect(status("I4")).toBe(1);
    for (const args of [
      [],
      ["mode=posted"],
      ["--irte", "00:08.0/0"],
      ["--irte", "00:08.0/0", "nonsense"],
      ["--irte", "00:1f.0/0", "mode=posted"],
      ["--vcpu", "vm9/vcpu0", "run_state=out"],
      ["--irte", "00:08.0/0", "nonsense=1"],
      ["--irte", "00:08.0/0", "vcpu_id=1"],
      ["--irte", "00:08.0/0", "mode=post"],
      ["--irte", "00:08.0/0", "is_run=yes"],
      ["--irte", "00:08.0/0", "vector="],
      ["--irte", "00:08.0/0", "vector=0xzz"],
      ["--irte", "00:08.0/0", "vcpu=1"],
      ["--irte", "00:08.0/0", "cause=load"],
      ["--vcpu", "vm1/vcpu0", "run_state=RUNNING"],
      ["--vcpu", "vm1/vcpu0", "ir_list=x"],
      ["--vm", "1", "inhibits=BLOCK"],
      ["--irte", "00:08.0/0", "--vcpu", "vm1/vcpu0", "mode=posted"],
      ["--irte", "00:08.0/0", "mode=posted", "--since", "@99999"],
    ])
      expect(status(...args), args.join(" ")).toBe(2);
  });
});
