// What known bugs cost in entries of the GA log that woke nobody: counted where the recording tells, else not known.

import { expect, test } from "vitest";
import { BUG_ROWS } from "../../src/domain/amd/invariants/known-bugs.js";
import { PROBE } from "../../src/domain/amd/probes/probes.js";
import { openTimeline, type Finding } from "../../src/index.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines } from "../support/shipped.js";

const scratch = new Scratch();
/** Without a line that shows whose address a struct kvm has. */
const STANDARD = shippedLines("6.16-m2-mono-standard");
const FULL = shippedLines("6.16-s1-one");

/** The findings of a recording as a new check has them, and as it has kept them. */
async function checked(lines: readonly string[]): Promise<readonly Finding[]> {
  const entries = lines.filter((line) => !line.startsWith("#")).length;
  const header = /(entries-written: )\d+\/\d+/;
  const counted = lines.map((line) => line.replace(header, `$1${entries}/${entries}`));
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(scratch.file(".txt", `${counted.join("\n")}\n`));
  const { findings } = timeline.recording().check();
  for (const { id, needless_logs } of findings)
    expect(timeline.recording().explain(id).explanation.finding.needless_logs).toEqual(
      needless_logs,
    );
  timeline.close();
  return findings;
}

function ofBug(bug: string, findings: readonly Finding[]): readonly Finding[] {
  const found = findings.filter((each) => each.bug === bug);
  expect(found).not.toEqual([]);
  return found;
}

/**
 * The recording with an entry of the GA log for the vCPU of a finding. `isOver`: a line in front of it shows that the
 * function is over.
 */
function logged(
  lines: readonly string[],
  { line, vcpu }: Finding,
  isOver: boolean,
): readonly string[] {
  const [, vm = "", id = ""] = /^vm(\d+)\/vcpu(\d+)$/.exec(vcpu ?? "") ?? [];
  const next = lines.findIndex((each, i) => i >= line && / (avic_blocking|vcpu_put): /.test(each));
  const [front = "", stamp = ""] = /^.* ([\d.]+): /.exec(lines[next] ?? "") ?? [];
  const log = (lines.find((each) => each.includes(" kvm_avic_ga_log: ")) ?? "")
    .replace(/ [\d.]+(?=: )/, ` ${stamp}`)
    .replace(/vmid=\d+, vcpuid=\d+/, `vmid=${vm}, vcpuid=${id}`);
  const over = isOver ? [`${front}tracing_mark_write: over`] : [];
  return [...lines.slice(0, next), ...over, log, ...lines.slice(next)];
}

function costIn(findings: readonly Finding[], { fingerprint }: Finding): Finding["needless_logs"] {
  const found = findings.find((each) => each.fingerprint === fingerprint);
  expect(found).toBeDefined();
  return found?.needless_logs ?? null;
}

test("the bugs that cost entries of the log name a probe that shows them", () => {
  const names: readonly string[] = Object.values(PROBE);
  const costly = BUG_ROWS.filter(({ logCost }) => logCost !== undefined);
  expect(costly.map(({ id }) => id)).toEqual(["B3", "B4", "B7"]);
  for (const { logCost } of costly) expect(names).toContain(logCost?.probe);
});

test("B7 costs one each time, B3 and B4 none where none came while the vCPU ran", async () => {
  const whole = await checked(STANDARD);
  for (const { times, needless_logs } of ofBug("B7", whole))
    expect(needless_logs).toEqual({ logged: times, unknown: null });
  for (const { needless_logs } of [...ofBug("B3", whole), ...ofBug("B4", whole)])
    expect(needless_logs).toEqual({ logged: 0, unknown: null });
});

test("other findings cost none", async () => {
  const findings = await checked(shippedLines("6.16-x-stale-route-removed"));
  const others = findings.filter(({ bug }) => bug === "B1");
  expect(others).not.toEqual([]);
  for (const { needless_logs } of others) expect(needless_logs).toBeNull();
});

test("an entry of the log that comes while a vCPU runs is B4's, if one IRTE alone can have raised it", async () => {
  const costOf = async (lines: readonly string[]): Promise<Finding["needless_logs"]> => {
    const [finding] = ofBug("B4", await checked(lines));
    if (finding === undefined) return null;
    return costIn(await checked(logged(lines, finding, true)), finding);
  };
  expect(await costOf(FULL)).toEqual({ logged: 1, unknown: null });
  const unknown = "which IRTE raised some of them is not known";
  expect(await costOf(STANDARD)).toEqual({ logged: null, unknown });
});

test("what comes while a function is at work may be of B3 and B4, or of an earlier moment", async () => {
  const whole = await checked(FULL);
  const [finding] = ofBug("B4", whole);
  const [second] = ofBug("B3", whole);
  if (finding === undefined || second === undefined) return;
  const came = await checked(logged(FULL, finding, false));
  expect(costIn(came, finding)?.logged).toBeNull();
  const unknown = "KVM is told of them after the kernel function in which it was so";
  expect(costIn(came, second)).toEqual({ logged: null, unknown });
});

test("where events were lost no cost is known", async () => {
  const [finding] = ofBug("B7", await checked(STANDARD));
  const line = finding?.line ?? 0;
  const marker = "CPU:0 [LOST 3 EVENTS]";
  const cut = await checked([...STANDARD.slice(0, line), marker, ...STANDARD.slice(line)]);
  for (const { needless_logs } of ofBug("B7", cut))
    expect(needless_logs).toEqual({ logged: null, unknown: "events were lost" });
});
