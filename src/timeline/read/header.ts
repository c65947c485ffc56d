// What the capture script's header says of a recording.

import type Database from "better-sqlite3";
import { ANCHOR_KEY, ANCHOR_LINE } from "../../source/header/header-keys.js";
import { KIND } from "../../domain/events/kinds.js";
import { all, prepared, q } from "../store/sql.js";
import { type Recording } from "./recordings.js";

/** A line of the header that could be used, with its pairs WORD=VALUE. */
export interface StoredHeaderLine {
  /** The KEY of `# irqtwin KEY: VALUE`. */
  readonly key: string;
  /** The VALUE. */
  readonly value: string;
  /** The pairs WORD=VALUE in it. */
  readonly words: ReadonlyMap<string, string>;
}

/** The lines of a recording's header that could be used, in the order of the file. */
export function headerLines(
  sqlite: Database.Database,
  { id }: Pick<Recording, "id">,
): readonly StoredHeaderLine[] {
  const words = new Map<number, Map<string, string>>();
  for (const { line, name, value } of all(
    sqlite,
    q.selectFrom("header_word").selectAll().where("recording_id", "=", id),
  )) {
    const known = words.get(line);
    if (known === undefined) words.set(line, new Map([[name, value]]));
    else known.set(name, value);
  }
  return all(
    sqlite,
    q
      .selectFrom("header_line")
      .select(["line", "key", "value"])
      .where("recording_id", "=", id)
      .where("problem", "is", null)
      .where("line", ">", ANCHOR_LINE)
      .orderBy("line"),
  ).map(({ line, key, value }) => ({ key, value, words: words.get(line) ?? new Map() }));
}

/** The dump that was imported beside a recording. */
export interface AnchorFile {
  /** The name of the file. */
  readonly file: string;
  /** Its SHA-256, in lower-case hexadecimal digits. */
  readonly sha256: string;
  /** `start`, `end`, or the moment as it was written. */
  readonly at: string;
  /** How many entries it has. */
  readonly entries: number;
}

/** The dump that was imported beside a recording; null = none was. */
export function anchorOf(
  sqlite: Database.Database,
  { id }: Pick<Recording, "id">,
): AnchorFile | null {
  const rows = all(
    sqlite,
    q
      .selectFrom("header_word")
      .select(["name", "value"])
      .where("recording_id", "=", id)
      .where("line", "=", ANCHOR_LINE),
  );
  const words = new Map(rows.map(({ name, value }) => [name, value]));
  const word = (name: string): string => words.get(name) ?? "";
  if (words.size === 0) return null;
  const entries = Number(word("entries"));
  return { file: word("file"), sha256: word("sha256"), at: word("at"), entries };
}

/** How many lines of the header could not be used. */
export function unusedHeaderLines(sqlite: Database.Database, { id }: Recording): number {
  const unused = q
    .selectFrom("header_line")
    .select("line")
    .where("recording_id", "=", id)
    .where("problem", "is not", null);
  return all(sqlite, unused).length;
}

/** `p:pi/irte_write __modify_irte_ga devid=...` or `kvm:kvm_entry`: the name of its lines in the trace. */
const PROBE = /^(?:[pr]\d*:)?\w+[/:](\w+)(?: |$)/;

/** The names of the probes and tracepoints that were set, as the header has them. */
export function namesSet(lines: readonly StoredHeaderLine[]): ReadonlySet<string> {
  return new Set(
    lines
      .filter(({ key }) => key === "probe" || key === "tracepoint")
      .flatMap(({ value }) => PROBE.exec(value)?.[1] ?? []),
  );
}

/** Did the script write it to its end, with the counts that lines are compared with? */
export function isWholeCapture(lines: readonly StoredHeaderLine[]): boolean {
  const keys = new Set(lines.map(({ key }) => key));
  return keys.has("capture") && keys.has("loss") && keys.has("end");
}

const HAS_DUMP_SQL = `
  SELECT 1 FROM header_line WHERE recording_id = ? AND key IN ('irqtbl', '${ANCHOR_KEY}') LIMIT 1`;
const ANCHORED_SQL = `SELECT seq FROM event WHERE recording_id = ? AND kind = ${KIND.irte_anchored}`;
const NONE: ReadonlySet<number> = new Set();

/** The events of entries that dumps in the header show; none of a recording that has no dump. */
export function anchorsOf(
  sqlite: Database.Database,
  { id }: Pick<Recording, "id">,
): ReadonlySet<number> {
  if (prepared<[number], unknown>(sqlite, HAS_DUMP_SQL).get(id) === undefined) return NONE;
  return new Set(prepared<[number], number>(sqlite, ANCHORED_SQL).pluck().all(id));
}
