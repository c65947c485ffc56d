// The cited events alone show what a finding claims.

import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openTimeline, type CheckReport, type Finding } from "../../src/index.js";
import { readBy } from "../../src/domain/platform/read-by.js";
import { emptyState, type TwinState } from "../../src/domain/fold/state.js";
import { platformOf } from "../../src/platforms/registry.js";
import { eventsBetween } from "../../src/timeline/read/events.js";
import { recordings } from "../../src/timeline/read/recordings.js";
import { MORE_TRACES, moreTrace, REAL_TRACES, realTrace } from "../support/real-traces.js";
import { Scratch } from "../support/scratch.js";
import { SHIPPED, shippedText } from "../support/shipped.js";

const scratch = new Scratch();

/** Recordings in which AVIC is inhibited while routes are set, and shipped ones of every release. */
const TEXTS: readonly (readonly [string, () => Buffer | string])[] = [
  ...SHIPPED.map((name) => [name, () => shippedText(name)] as const),
  ...REAL_TRACES.filter((name) => name.endsWith("inh")).map(
    (name) => [name, () => realTrace(name)] as const,
  ),
  ...MORE_TRACES.filter((name) => name.endsWith("inh")).map(
    (name) => [name, () => moreTrace(name)] as const,
  ),
];

async function checked(
  text: Buffer | string,
): Promise<{ readonly report: CheckReport; readonly file: string }> {
  const file = scratch.path(".db");
  const timeline = await openTimeline(file);
  const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
  await timeline.import(scratch.file(".txt", bytes));
  const report = timeline.check();
  timeline.close();
  return { report, file };
}

/** What the cited events of a finding fold into, without any other event. */
function folded(sqlite: Database.Database, { evidence }: Finding): TwinState {
  const [recording] = recordings(sqlite);
  if (recording === undefined) throw new Error("no recording");
  const events = evidence.flatMap((seq) => [...eventsBetween(sqlite, seq, seq)]);
  return platformOf(recording).fold.evolveBatch(emptyState(readBy(recording)), events);
}

describe.each(TEXTS)("%s", (_name, text) => {
  test("cites events that show each claim", async () => {
    const { report, file } = await checked(text());
    const sqlite = new Database(file, { readonly: true });
    const written = sqlite.prepare<[number], { lo: string; hi: string }>(
      "SELECT payload ->> 'lo' AS lo, payload ->> 'hi' AS hi FROM v_event WHERE seq = ?",
    );
    for (const finding of report.findings) {
      const { evidence, seq, observed, bug, title } = finding;
      expect(evidence, title).toContain(seq);
      expect(Math.max(...evidence), title).toBeLessThanOrEqual(seq);
      // A write that differs is cited with the bits that are said to differ.
      if (observed !== null)
        expect(evidence.map((each) => written.get(each))).toContainEqual(observed);
      // A route that was set while AVIC was inhibited: a vCPU had taken that up, and did not leave it.
      if (bug !== "B5") continue;
      const { kvm } = folded(sqlite, finding);
      const active = [...kvm.vcpus.values()].map(({ avic_active }) => avic_active);
      expect(active, `@${seq}: ${evidence.join(" ")}`).toContain(false);
    }
    sqlite.close();
  });
});
