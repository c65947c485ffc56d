// What became of the interrupts that moments show first: path and verdict as v_interrupt has them. One that is surely
// lost or misdirected has a state of its own, which no merging hides.

import { type Steps } from "../../base/steps.js";
import { type LaneState } from "../../domain/platform/lane-states.js";
import { prepared } from "../../timeline/store/sql.js";
import { type LaneSource } from "./lane-reader.js";
import { LaneRowsBuilder, type LaneRows, type RowMeaning } from "./lane-rows.js";
import { forEachRow, numbersSql } from "./number-rows.js";

/** What is said of an interrupt. */
interface Case {
  readonly id: number;
  readonly verdict: string;
  readonly path: string | null;
  readonly sure: number;
}

const CASES_SQL = "SELECT id, verdict, path, sure FROM interrupt_case WHERE recording_id = ?";

const CASE_OF_SQL = `SELECT ${numbersSql(["i.id", "i.interrupt_case"])}
  FROM json_each(:ids) AS j CROSS JOIN interrupt AS i ON i.id = j.value`;

/** Interrupts that are looked up between two turns. */
const SEQS_PER_STEP = 16_384;

/** The same moments, each with what became of the interrupt that its event shows first. */
export function* withVerdicts(source: LaneSource, rows: LaneRows): Steps<LaneRows> {
  const { sqlite, recording } = source;
  const cases = new Map(
    prepared<[number], Case>(sqlite, CASES_SQL)
      .all(recording.id)
      .map((each) => [each.id, each]),
  );
  if (cases.size === 0 || rows.from.length === 0) return rows;
  const told = new LaneRowsBuilder();
  for (let first = 0; first < rows.from.length; first += SEQS_PER_STEP) {
    const seqs = rows.seq.slice(first, first + SEQS_PER_STEP);
    const caseOf = new Map<number, number>();
    forEachRow(sqlite, CASE_OF_SQL, { ids: JSON.stringify([...seqs]) }, 2, ([id = 0, own = 0]) => {
      caseOf.set(id, own);
    });
    for (const [at, seq] of seqs.entries()) {
      const [from, to] = [rows.from[first + at] ?? 0, rows.to[first + at] ?? 0];
      const meaning = rows.meanings[rows.code[first + at] ?? -1];
      if (meaning !== undefined)
        told.add(from, to, seq, judged(meaning, cases.get(caseOf.get(seq) ?? -1)));
    }
    yield;
  }
  return told.done();
}

/** What is not as it should be, where nothing else explains what is shown. */
const STATES: Readonly<Record<string, LaneState | undefined>> = {
  ...{ lost: "tick.lost", misdirected: "tick.misdirected" },
};

function judged(meaning: RowMeaning, of: Case | undefined): RowMeaning {
  if (of === undefined) return meaning;
  const { verdict, path, sure } = of;
  const { label, source, flags } = meaning;
  const state = (sure === 1 ? STATES[verdict] : undefined) ?? meaning.state;
  const by = path === null ? "" : `, path ${path}`;
  const perhaps = sure === 1 || verdict === "unknown" ? "" : "perhaps ";
  const says = verdict === "unknown" ? "verdict unknown" : `${perhaps}${verdict}`;
  return { state, label: `${label}  ${says}${by}`, source, flags };
}
