// Lanes state no more than `at` states: where lines may be missing they are unknown, and say why.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  openTimeline,
  type AtDocument,
  type LaneWindow,
  type RecordingView,
  type Timeline,
} from "../../../src/index.js";
import { textOf } from "../../support/cut-up.js";
import { randomOf } from "../../support/random.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines } from "../../support/shipped.js";

const scratch = new Scratch();
const NAME = "6.17-x-uaf-crash";
const isHeader = (line: string): boolean => line.startsWith("#");

function part(): readonly string[] {
  const random = randomOf(3);
  return shippedLines(NAME).filter((line) => isHeader(line) || random() < 0.95);
}

function garbled(): readonly string[] {
  const random = randomOf(5);
  return shippedLines(NAME).map((line) =>
    !isHeader(line) && random() < 0.004 ? `${line.slice(0, 40)}\u0001${line.slice(50)}` : line,
  );
}

const without = (pattern: RegExp): readonly string[] =>
  shippedLines(NAME).filter((line) => !isHeader(line) && !pattern.test(line));

/** What is known of each: the states that its lanes may have besides unknown ones, and what they say. */
const RECORDINGS = {
  "a part of a trace": { lines: part, says: /^unknown {2}the header counts \d+ more entries/ },
  "lines that cannot be read": {
    lines: garbled,
    says: /^unknown {2}\d+ lines are not as ftrace writes them/,
  },
  "no line of functions that end lives": {
    lines: () => without(/vcpu_free|irte_free/),
    says: /^unknown {2}no line of \w+: its function may have run unseen$/,
  },
  "the whole trace": { lines: () => shippedLines(NAME), says: null },
};

describe.each(Object.entries(RECORDINGS))("%s", (_name, { lines, says }) => {
  let timeline: Timeline;
  let recording: RecordingView;
  let windows: readonly LaneWindow[];
  let start: bigint;

  beforeAll(async () => {
    timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(scratch.file(".txt", textOf(lines())));
    recording = timeline.recording();
    const { groups } = await recording.lanes();
    const ids = groups
      .flatMap((group) => group.lanes)
      .filter(({ kind }) => ["irte", "vcpu", "cpu", "avic"].includes(kind))
      .map(({ id }) => id);
    const intervals = await recording.laneIntervals({ lanes: ids });
    windows = intervals.lanes;
    start = BigInt(intervals.from);
  });

  afterAll(() => {
    timeline.close();
  });

  it("states of IRTEs, vCPUs and CPUs what `at` states, or nothing", () => {
    const first = recording.first_seq;
    const last = recording.last_seq ?? 0;
    const wrong: string[] = [];
    let stated = 0;
    for (let seq = first; seq <= last; seq += Math.ceil((last - first) / 80)) {
      const document = recording.at({ when: { seq } });
      const shown = windows.flatMap((window) =>
        rowsAt(window, seq, BigInt(document.time_ns) - start).filter(isStated),
      );
      stated += shown.length;
      for (const row of shown.filter((each) => !isToldBy(document, each)))
        wrong.push(`${row.id} @${seq}: ${row.state} ${row.label}`);
    }
    expect(wrong).toEqual([]);
    if (says === null || says.source.includes("ftrace")) expect(stated).toBeGreaterThan(100);
  });

  it("tells why a row is not known", () => {
    const labels = windows.flatMap(({ words, rows }) =>
      rows.label
        .filter((_, at) => words[rows.state[at] ?? -1]?.endsWith(".unknown") === true)
        .map((label) => words[label] ?? ""),
    );
    const told = labels.filter((label) => label.includes("  "));
    if (says === null) expect(told).toEqual([]);
    else {
      expect(told.length).toBeGreaterThan(20);
      for (const label of told) expect(label).toMatch(says);
    }
  });
});

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly label: string;
}

function isStated({ state }: Shown): boolean {
  return !state.endsWith(".unknown") && state !== "avic.destroyed";
}

/** The rows of a lane that are there after an event; `time`: that of the event since the window's begin. */
function rowsAt({ id, words, rows }: LaneWindow, seq: number, time: bigint): readonly Shown[] {
  const shown: Shown[] = [];
  for (const [at, begin] of rows.from.entries()) {
    const own = rows.seq[at] ?? null;
    const end = rows.to[at] ?? null;
    const hasBegun = own === null ? BigInt(begin) <= time : own <= seq;
    if (!hasBegun || (end !== null && BigInt(end) <= time)) continue;
    const [state, label] = [words[rows.state[at] ?? -1], words[rows.label[at] ?? -1]];
    shown.push({ id, state: state ?? "", label: label ?? "" });
  }
  // Rows of CPUs are of one vCPU each.
  return id.startsWith("cpu:") ? shown : shown.slice(-1);
}

/** Does the document say what a lane says? */
function isToldBy(document: AtDocument, { id, state, label }: Shown): boolean {
  const [kind, name] = [id.slice(0, id.indexOf(":")), id.slice(id.indexOf(":") + 1)];
  if (kind === "irte") return irteState(document, name) === state;
  if (kind === "cpu")
    return document.vcpus.some(({ vcpu, pcpu }) => vcpu === label && pcpu === Number(name));
  if (kind === "avic") {
    const inhibits = document.vms.find(({ vm }) => vm === name)?.inhibits ?? null;
    return inhibits !== null && (inhibits.join(", ") || "active") === label;
  }
  const vcpu = document.vcpus.find((each) => each.vcpu === name);
  const isOff = label.includes("AVIC off");
  return `vcpu.${vcpu?.run_state ?? "?"}` === state && (!isOff || vcpu?.avic_active === false);
}

function irteState({ irtes }: AtDocument, name: string): string {
  const irte = irtes.find((each) => each.irte === name);
  if (irte?.mode !== "posted") return `irte.${irte?.mode ?? "?"}`;
  if (irte.is_run === true) return "irte.running";
  return irte.ga_log_intr === true ? "irte.logging" : "irte.posted";
}
