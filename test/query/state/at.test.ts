// `at` against a second, independent fold of the raw text, and against the as-of SQL of the views.

import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  NONE,
  openTimeline,
  type AtDocument,
  type Frame,
  type Timeline,
} from "../../../src/index.js";
import { oracleLines, type OracleLine, type OracleState } from "../../support/oracle.js";
import { randomOf } from "../../support/random.js";
import { NO_REAL_TRACES, REAL_TRACES, realTrace } from "../../support/real-traces.js";
import { Scratch } from "../../support/scratch.js";
import { seedOr } from "../../support/seed.js";
import { SHIPPED, shippedText } from "../../support/shipped.js";

const MOMENTS = 200;
const SEED = seedOr(20260923);

const scratch = new Scratch();

/** Moments of a trace at which everything stamped so far has been read, some of them at random. */
function momentsOf(lines: readonly OracleLine[], first: bigint): Set<number> {
  const settled = lines.flatMap((line, i) => {
    const next = lines[i + 1];
    return line.time >= first && (next === undefined || next.time > line.time) ? [i] : [];
  });
  const random = randomOf(SEED);
  const chosen = new Set<number>([settled[0] ?? 0, settled.at(-1) ?? 0]);
  while (chosen.size < Math.min(MOMENTS, settled.length))
    chosen.add(settled[Math.floor(random() * settled.length)] ?? 0);
  return chosen;
}

type Table = Record<string, string>;

const ofAt = ({ irtes, vcpus }: AtDocument): { irtes: Table; vcpus: Table } => ({
  irtes: Object.fromEntries(irtes.map((i) => [`${i.devid}/${i.index}`, `${i.lo} ${i.hi}`])),
  vcpus: Object.fromEntries(vcpus.map((v) => [v.vcpu, `${v.run_state} ${v.pcpu}`])),
});

const ofFrame = (frame: Frame): { irtes: Table; vcpus: Table } => ({
  irtes: Object.fromEntries(
    frame.irtes.map(({ devid, index, lo, hi }) => [`${devid}/${index}`, `${lo} ${hi}`]),
  ),
  vcpus: Object.fromEntries(
    frame.vcpus.map(({ vcpu, run_state, pcpu }) => {
      return [vcpu ?? "?", `${run_state ?? "unknown"} ${pcpu === NONE ? null : pcpu}`];
    }),
  ),
});

const ofOracle = ({ irtes, vcpus }: OracleState): { irtes: Table; vcpus: Table } => ({
  irtes: Object.fromEntries([...irtes].map(([key, [lo, hi]]) => [key, `0x${lo} 0x${hi}`])),
  vcpus: Object.fromEntries([...vcpus].map(([key, { run, pcpu }]) => [key, `${run} ${pcpu}`])),
});

/** The views as of a time, as anyone would ask them. */
class AsOf {
  private readonly sqlite: Database.Database;

  constructor(db: string) {
    this.sqlite = new Database(db, { readonly: true });
  }

  close(): void {
    this.sqlite.close();
  }

  state(time: bigint): { irtes: Table; vcpus: Table } {
    const asOf = "from_ns <= :t AND (to_ns IS NULL OR :t < to_ns)";
    const rows = (sql: string): Table =>
      Object.fromEntries(
        this.sqlite
          .prepare<[{ t: bigint }], [string, string]>(`${sql} WHERE ${asOf}`)
          .raw()
          .all({ t: time }),
      );
    return {
      irtes: rows(
        "SELECT devid || '/' || irte_index, printf('0x%016x 0x%016x', lo, hi) FROM v_irte",
      ),
      vcpus: rows(
        "SELECT printf('vm%d/vcpu%d', vm_id, vcpu_id), run_state || ' ' || coalesce(pcpu, 'null') FROM v_vcpu",
      ),
    };
  }
}

/** One of each kernel, clock and probe set, and one that is not shipped, where it is at hand. */
const NAMES = SHIPPED.filter((name) => name !== "6.16-s1-one" && !name.includes("stale"));
const MORE = REAL_TRACES.filter((name) => name === "6.17/s2-two");

describe.each([
  ...NAMES.map((name) => ({ name, text: () => shippedText(name) })),
  ...MORE.map((name) => ({ name, text: () => realTrace(name).toString("latin1") })),
])(`$name at ${MOMENTS} moments (seed ${SEED})`, ({ text }) => {
  let timeline: Timeline;
  let sql: AsOf;
  let lines: OracleLine[];
  let moments: Set<number>;

  beforeAll(async () => {
    const db = scratch.path(".db");
    const trace = text();
    timeline = await openTimeline(db, { create: true });
    await timeline.import(scratch.file(".txt", Buffer.from(trace, "latin1")));
    lines = [...oracleLines(trace)];
    moments = momentsOf(lines, BigInt(timeline.recording(1).first_ns ?? 0));
    sql = new AsOf(db);
  });

  afterAll(() => {
    sql.close();
    timeline.close();
  });

  /** Folds the raw lines and calls back at each chosen moment. */
  function atEach(check: (line: OracleLine, state: OracleState) => void): void {
    const state: OracleState = { irtes: new Map(), vcpus: new Map(), routes: new Map() };
    lines.forEach((line, i) => {
      line.apply?.(state);
      if (moments.has(i)) check(line, state);
    });
    expect(state.irtes.size).toBeGreaterThan(0);
  }

  test("every IRTE and every vCPU is what the raw lines say, and the as-of SQL agrees", () => {
    atEach(({ line, time }, state) => {
      const document = ofAt(timeline.recording().at({ when: `${time}ns` }));
      expect(document, `line ${line}`).toEqual(ofOracle(state));
      expect(sql.state(time), `line ${line}, SQL`).toEqual(document);
      expect(
        ofFrame(timeline.recording().frameAt({ when: `${time}ns` })),
        `line ${line}, frame`,
      ).toEqual(document);
    });
  });
});

test.skipIf(!NO_REAL_TRACES)(
  "../shared/traces is absent: only the shipped recordings were compared",
  () => {
    expect(MORE).toEqual([]);
  },
);
