// The cited events alone show what a finding claims.

import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openTimeline, type CheckReport, type Finding } from "../../src/index.js";
import { readBy } from "../../src/domain/platform/read-by.js";
import { IRTE } from "../../src/domain/amd/irte/irte-fields.js";
import { irteMode } from "../../src/domain/amd/irte/irte.js";
import { bitsOf, type TwinEvent } from "../../src/domain/events/event.js";
import { KIND } from "../../src/domain/events/kinds.js";
import { ROUTING_MSI } from "../../src/domain/model/irqfds.js";
import { type IrteBits } from "../../src/domain/values/bits.js";

import { emptyState, NONE, type TwinState } from "../../src/domain/fold/state.js";
import { platformOf } from "../../src/platforms/registry.js";
import { eventsBetween } from "../../src/timeline/read/events.js";
import { recordings } from "../../src/timeline/read/recordings.js";
import { MORE_TRACES, moreTrace, REAL_TRACES, realTrace } from "../support/real-traces.js";
import { Scratch } from "../support/scratch.js";
import { SHIPPED, shippedText } from "../support/shipped.js";

const scratch = new Scratch();

/** The claims that some finding was seen to make. */
const shown = new Set<string>();

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
  const timeline = await openTimeline(file, { create: true });
  const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
  await timeline.import(scratch.file(".txt", bytes));
  const report = timeline.recording().check();
  timeline.close();
  return { report, file };
}

/** The cited events of a finding, in their order, and what they fold into without any other event. */
interface Cited {
  readonly state: TwinState;
  readonly events: readonly TwinEvent[];
}

function citedBy(sqlite: Database.Database, { evidence }: Finding): Cited {
  const [recording] = recordings(sqlite);
  if (recording === undefined) throw new Error("no recording");
  const events = [...evidence]
    .sort((a, b) => a - b)
    .flatMap((seq) => [...eventsBetween(sqlite, seq, seq)]);
  const state = platformOf(recording).fold.evolveBatch(emptyState(readBy(recording)), events);
  return { state, events };
}

const writes = ({ events }: Cited): readonly IrteBits[] =>
  events.filter(({ kind }) => kind === KIND.irte_written).map(bitsOf);

/** The last write that is cited. */
function written(cited: Cited): IrteBits {
  const write = writes(cited).at(-1);
  if (write === undefined) throw new Error("no write is cited");
  return write;
}

const isPosted = (cited: Cited): boolean => irteMode(written(cited)) === "posted";

/** Is an event of one kind cited after the last write? */
function isAfterTheWrite({ events }: Cited, kind: number): boolean {
  const write = events.findLastIndex((event) => event.kind === KIND.irte_written);
  return events.findLastIndex((event) => event.kind === kind) > write;
}

/** The entry came onto a vCPU's list: the driver was given a backing page, whether AVIC let it post or not. */
const isLinked = ({ events }: Cited): boolean =>
  events.some(({ kind, words }) => kind === KIND.vcpu_affinity_set && words > 0);

const hasNoRoute = ({ state: { kvm } }: Cited): boolean =>
  [...kvm.routes.values()].some(({ type }) => type !== ROUTING_MSI);
const isDeassignedSince = (cited: Cited): boolean =>
  isAfterTheWrite(cited, KIND.irqfd_deassigned) && isAfterTheWrite(cited, KIND.producer_removed);
const runsSomewhere = ({ state: { kvm } }: Cited): boolean =>
  [...kvm.vcpus.values()].some(({ pcpu }) => pcpu !== null && pcpu !== NONE);
const isOut = ({ state: { kvm } }: Cited): boolean =>
  [...kvm.vcpus.values()].some(({ pcpu }) => pcpu === NONE);
const hasLeftAvic = ({ state: { kvm } }: Cited): boolean =>
  [...kvm.vcpus.values()].some(({ avic_active }) => avic_active === false);

/**
 * What a finding claims, by invariant and bug, and whether the cited events show it. A pair that is not here fails: add
 * what it claims.
 */
const CLAIMS: Readonly<Record<string, (cited: Cited) => boolean>> = {
  // The entry is still posted, though its GSI has no route that can be posted.
  "I10 B1": (cited) => isPosted(cited) && hasNoRoute(cited),
  "I12 B1": (cited) => isPosted(cited) && hasNoRoute(cited),
  "I13 B1": (cited) => isPosted(cited) && hasNoRoute(cited),
  // The irqfd was deassigned, and its producer removed, while the entry was on a list; nothing was written since.
  "I10 B6": (cited) => isLinked(cited) && isDeassignedSince(cited),
  "I13 B6": (cited) => isLinked(cited) && isDeassignedSince(cited),
  // The vCPU on whose list the entry is is gone.
  "I14 B6": (cited) => isLinked(cited) && isAfterTheWrite(cited, KIND.vcpu_destroyed),
  // A route was set while AVIC was inhibited, as a vCPU had taken up: the entry was not posted.
  "I11 B5": (cited) => !isPosted(cited) && hasLeftAvic(cited),
  // The vCPU runs; the first write says that it does not, and the second one that it does.
  "I5 B3": (cited) =>
    runsSomewhere(cited) && writes(cited).map(IRTE.is_run.isSet).join() === "false,true",
  // The vCPU runs, and the entry says that it does not.
  "I5 B4": (cited) => runsSomewhere(cited) && isPosted(cited) && !IRTE.is_run.isSet(written(cited)),
  // The IOMMU logged an interrupt for a vCPU that had left its CPU, and did not block.
  "I6 B7": (cited) =>
    isOut(cited) && cited.events.at(-1)?.kind === KIND.ga_log_entry && !isAfter(cited),
};

/** Did the vCPU begin to block after it was put? */
function isAfter({ events }: Cited): boolean {
  const put = events.findLastIndex(({ kind }) => kind === KIND.avic_vcpu_put);
  return events.findLastIndex(({ kind }) => kind === KIND.vcpu_blocking) > put;
}

describe.each(TEXTS)("%s", (_name, text) => {
  test("cites events that show each claim", async () => {
    const { report, file } = await checked(text());
    const sqlite = new Database(file, { readonly: true });
    const bits = sqlite.prepare<[number], { lo: string; hi: string }>(
      "SELECT payload ->> 'lo' AS lo, payload ->> 'hi' AS hi FROM v_event WHERE seq = ?",
    );
    for (const finding of report.findings) {
      const { evidence, seq, observed, bug, title } = finding;
      expect(evidence, title).toContain(seq);
      expect(Math.max(...evidence), title).toBeLessThanOrEqual(seq);
      // A write that differs is cited with the bits that are said to differ.
      if (observed !== null)
        expect(evidence.map((each) => bits.get(each))).toContainEqual(observed);
      if (finding.kind !== "invariant") continue;
      const claim = `${finding.invariant ?? ""} ${bug ?? ""}`;
      const shows = CLAIMS[claim];
      if (shows === undefined) throw new Error(`what does ${claim} claim? ${title}`);
      shown.add(claim);
      expect(shows(citedBy(sqlite, finding)), `${claim}, @${seq}: ${evidence.join(" ")}`).toBe(
        true,
      );
    }
    sqlite.close();
  });
});

test("each claim was made by some finding of the shipped recordings or of those beside them", () => {
  const ofShipped = ["I10 B1", "I12 B1", "I13 B1", "I10 B6", "I14 B6", "I5 B3", "I5 B4"];
  for (const claim of ofShipped) expect([...shown]).toContain(claim);
});
