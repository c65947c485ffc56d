// The state at a moment, and what the distance between checkpoints does to it.

import { copyFileSync } from "node:fs";
import Database from "better-sqlite3";
import { evolveBatch } from "../../src/platforms/amd-fold.js";
import { emptyState } from "../../src/domain/fold/state.js";
import { Timeline } from "../../src/index.js";
import { encodeState } from "../../src/timeline/store/checkpoint.js";
import { eventsBetween, timeOf } from "../../src/timeline/read/events.js";
import { pickRecording } from "../../src/timeline/read/recordings.js";
import { PROGRAM, TIMELINE } from "./inputs.js";
import { CAN_TIME_CHILDREN, quantile, runChild } from "./measure.js";
import { type Section } from "./report.js";

const SPACINGS = [1024, 4096, 16_384, 65_536];
const MOMENTS = 200;
const SEED = 20_251_123;

export async function benchAt(folder: string, repetitions: number): Promise<Section> {
  const files = [
    { name: "as imported", file: TIMELINE },
    ...SPACINGS.map((spacing) => ({
      name: `every ${spacing} events`,
      file: copyWithSpacing(folder, spacing),
    })),
  ];
  const moments = randomMoments(folder);
  const variants = await Promise.all(
    files.map(async ({ name, file }) => ({
      name,
      ...sizeOfCheckpoints(`${folder}/${file}`),
      timeline: await Timeline.open(`${folder}/${file}`, { readonly: true }),
      taken: moments.map((): number[] => []),
    })),
  );
  for (let i = 0; i < repetitions; i++) {
    for (const [m, moment] of moments.entries()) {
      for (const { timeline, taken } of variants) taken[m]?.push(milliseconds(timeline, moment));
    }
  }
  const rows = variants.map(({ name, checkpoints, bytesPerEvent, timeline, taken }) => {
    timeline.close();
    const medians = taken.map((times) => quantile(times, 0.5));
    const [p50, p99] = [quantile(medians, 0.5), quantile(medians, 0.99)];
    return [name, String(checkpoints), bytesPerEvent.toFixed(2), p50.toFixed(2), p99.toFixed(2)];
  });
  return {
    title: "State at a moment",
    note: `\`Timeline.at\` in process at ${MOMENTS} random moments given as times, wall milliseconds; each moment's median of ${repetitions}. The copies have checkpoints at other distances. ${commandLine(folder, repetitions, moments)}`,
    header: ["checkpoints", "number", "bytes per event", "p50 ms", "p99 ms"],
    rows,
  };
}

/** A copy of the timeline with a checkpoint after every `spacing` events. */
function copyWithSpacing(folder: string, spacing: number): string {
  const file = `spacing-${spacing}.db`;
  copyFileSync(`${folder}/${TIMELINE}`, `${folder}/${file}`);
  const sqlite = new Database(`${folder}/${file}`);
  sqlite.pragma("foreign_keys = OFF");
  const recording = pickRecording(sqlite);
  const insert = sqlite.prepare(
    "INSERT INTO checkpoint (seq, recording_id, state) VALUES (?, ?, ?)",
  );
  sqlite.exec("BEGIN; DELETE FROM checkpoint");
  let state = emptyState(recording.rules);
  const last = recording.lastSeq ?? 0;
  for (let seq = recording.firstSeq + spacing - 1; seq <= last; seq += spacing) {
    state = evolveBatch(state, eventsBetween(sqlite, seq - spacing + 1, seq));
    insert.run(seq, recording.id, encodeState(state));
  }
  sqlite.exec("COMMIT");
  sqlite.close();
  return file;
}

function sizeOfCheckpoints(path: string): { checkpoints: number; bytesPerEvent: number } {
  const sqlite = new Database(path, { readonly: true });
  const row = sqlite
    .prepare<[], { checkpoints: number; bytesPerEvent: number }>(
      `SELECT count(*) AS checkpoints,
        coalesce(sum(length(state)), 0) * 1.0 / (SELECT count(*) FROM event) AS bytesPerEvent
      FROM checkpoint`,
    )
    .get();
  sqlite.close();
  return row ?? { checkpoints: 0, bytesPerEvent: 0 };
}

/** The times of random events, as `at` takes them; the same on every run. */
function randomMoments(folder: string): string[] {
  const sqlite = new Database(`${folder}/${TIMELINE}`, { readonly: true });
  const { firstSeq, lastSeq } = pickRecording(sqlite);
  const span = (lastSeq ?? firstSeq) - firstSeq + 1;
  let random = SEED;
  const moments = Array.from({ length: MOMENTS }, () => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return String(timeOf(sqlite, firstSeq + Math.floor((random / 2 ** 32) * span)));
  });
  sqlite.close();
  return moments;
}

function milliseconds(timeline: Timeline, moment: string): number {
  const from = process.hrtime.bigint();
  timeline.recording().at({ when: moment });
  return Number(process.hrtime.bigint() - from) / 1e6;
}

/** The wall time of the command `at`, and of a Node that does nothing. */
function commandLine(folder: string, repetitions: number, moments: readonly string[]): string {
  if (!CAN_TIME_CHILDREN) return "";
  const { execPath } = process;
  const walls = moments.slice(0, 3 * repetitions).map((moment) => ({
    at: wallOf(() => runChild(folder, execPath, PROGRAM, "at", moment, "--db", TIMELINE)),
    node: wallOf(() => runChild(folder, execPath, "--eval", "0")),
  }));
  const at = quantile(
    walls.map((wall) => wall.at),
    0.5,
  );
  const node = quantile(
    walls.map((wall) => wall.node),
    0.5,
  );
  return `The command \`irqtwin at\`, start-up included: ${at.toFixed(0)} ms (median of ${walls.length}), of which a Node that does nothing takes ${node.toFixed(0)} ms.`;
}

function wallOf(run: () => unknown): number {
  const from = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - from) / 1e6;
}
