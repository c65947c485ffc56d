// What an import notes of its input besides its lines: what was taken out of them, and what is not known of them. Each note
// is a line of the recording's header that no file has, which is sealed with the others.

import type Database from "better-sqlite3";
import { type NameCount } from "../../source/read-batch.js";
import { NOTE_KEY, NOTES_LINE } from "../../source/header/header-keys.js";
import { all, q, run } from "../store/sql.js";

/** What each note that is stored says; `lines`: its count, null = it has none. */
const NOTES = {
  "lost before": () =>
    "lines before its first one may be lost, an unknown number of them: its file was rotated or truncated before they were read",
  unfinished: () =>
    "its import was killed and could not be run again: it ends where that stood, and what followed is not in it",
  "offset unconfirmed": (lines: number | null) =>
    `the difference of the clocks is as it was given, and not confirmed: ${lines ?? 0} lines that two files have tell it, and 8 would be enough`,
  colours: (lines: number | null) =>
    `the colours of a terminal were taken out of ${lines ?? 0} lines`,
  "byte order mark": (lines: number | null) =>
    `a byte order mark was taken out of ${lines ?? 0} lines`,
} as const;

/** What was noted of an input. */
export interface InputNote {
  /**
   * lost before: lines before the first one may be lost, and their number is not known. unfinished: its
   * import was killed and could not be run again. offset unconfirmed: fewer than 8 lines
   * that two files have confirm the difference of their clocks. colours, byte order mark: these were taken out of lines.
   */
  readonly kind: keyof typeof NOTES;
  /** How many lines; null = not known. */
  readonly lines: number | null;
}

/** What an import says of its input besides the account of its lines. */
export interface ImportNote {
  /** What is noted: the kind of an InputNote, or `beside`: lines that belong to no event, such as those of a call chain. */
  readonly kind: InputNote["kind"] | "beside";
  /** How many lines; null = not known. */
  readonly lines: number | null;
  /** The note in one sentence. */
  readonly says: string;
}

const KINDS = Object.keys(NOTES) as readonly InputNote["kind"][];

/** Is the value an InputNote? A program in JavaScript has no compiler that tells. */
export function isInputNote(value: unknown): value is InputNote {
  if (typeof value !== "object" || value === null) return false;
  const { kind, lines } = value as { readonly kind?: unknown; readonly lines?: unknown };
  const isCount = Number.isSafeInteger(lines) && Number(lines) >= 0;
  return KINDS.some((each) => each === kind) && (lines === null || isCount);
}

/** Stores notes. The caller holds the transaction. */
export function storeNotes(
  sqlite: Database.Database,
  recording_id: number,
  notes: readonly InputNote[],
): void {
  for (const { kind, lines } of notes) {
    const line = NOTES_LINE - KINDS.indexOf(kind);
    const value = lines === null ? kind : `${kind}: ${lines}`;
    const row = { recording_id, line, key: NOTE_KEY, value, problem: null };
    run(sqlite, q.insertInto("header_line").values(row));
  }
}

/** What is stored of a recording, with what the names of its lines say. */
export function notesOf(
  sqlite: Database.Database,
  recording: number,
  names: readonly Pick<NameCount, "name" | "unused">[],
): readonly ImportNote[] {
  const rows = all(
    sqlite,
    q
      .selectFrom("header_line")
      .select("value")
      .where("recording_id", "=", recording)
      .where("line", "<=", NOTES_LINE)
      .orderBy("line", "desc"),
  );
  return allNotes(
    rows.flatMap(({ value }) => readNote(value)),
    names,
  );
}

/** The notes of an input as they are told, with what the names of its lines say. */
export function allNotes(
  notes: readonly InputNote[],
  names: readonly Pick<NameCount, "name" | "unused">[],
): readonly ImportNote[] {
  const stored = notes.map(({ kind, lines }) => ({ kind, lines, says: NOTES[kind](lines) }));
  return [...stored, ...names.filter(isBeside).map(noteOfName)];
}

function readNote(value: string): InputNote[] {
  const [text = "", count] = value.split(": ");
  const kind = KINDS.find((each) => each === text);
  return kind === undefined ? [] : [{ kind, lines: count === undefined ? null : Number(count) }];
}

/** Lines that are no event's are counted under a name in parentheses. */
function isBeside({ name, unused }: Pick<NameCount, "name" | "unused">): boolean {
  return name.startsWith("(") && name !== "(other names)" && unused > 0;
}

function noteOfName({ name, unused }: Pick<NameCount, "name" | "unused">): ImportNote {
  const says = `${unused} lines belong to no event and were passed over: ${name.slice(1, -1)}`;
  return { kind: "beside", lines: unused, says };
}
