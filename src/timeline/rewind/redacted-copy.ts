// What a redacted copy of a timeline cannot take over by SQL: header lines, whose values are read, and the chain, which
// seals what was replaced.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { ChainWriter } from "../integrity/chain.js";
import { eventsBetween } from "../read/events.js";
import { markRedacted } from "../read/redacted.js";
import { redactedHeader } from "../redact/redacted-header.js";
import { type Redaction } from "../redact/redaction.js";

interface HeaderRow {
  readonly line: number;
  readonly key: string;
  readonly value: string;
  readonly problem: string | null;
}

/** Copies the header lines of a recording from `origin`; null = they are redacted already. */
export function copyHeader(
  sqlite: Database.Database,
  recording: number,
  redaction: Redaction | null,
): void {
  const words = sqlite.prepare<[number, number], { name: string; value: string }>(
    "SELECT name, value FROM origin.header_word WHERE recording_id = ? AND line = ? ORDER BY name",
  );
  const putLine = sqlite.prepare("INSERT INTO main.header_line VALUES (?, ?, ?, ?, ?)");
  const putWord = sqlite.prepare("INSERT INTO main.header_word VALUES (?, ?, ?, ?)");
  const lines = sqlite
    .prepare<[number], HeaderRow>(
      "SELECT line, key, value, problem FROM origin.header_line WHERE recording_id = ? ORDER BY line",
    )
    .all(recording);
  for (const row of lines) {
    const pairs = words.all(recording, row.line).map(({ name, value }) => [name, value] as const);
    const header = { ...row, words: new Map(pairs) };
    const shown = redaction === null ? header : redactedHeader(header, redaction);
    putLine.run(recording, shown.line, shown.key, shown.value, shown.problem);
    for (const [name, value] of shown.words) putWord.run(recording, row.line, name, value);
  }
  if (redaction !== null) markRedacted(sqlite, recording, redaction.mark);
}

/** Makes the links of a recording's batches up to `seq` anew, as `origin` has them. How many. */
export function* linkBatches(
  sqlite: Database.Database,
  recording: number,
  seq: number,
): Steps<number> {
  const links = sqlite
    .prepare<[number, number], { link: number; first_seq: number | null; last_seq: number | null }>(
      `SELECT link, first_seq, last_seq FROM origin.chain
       WHERE recording_id = ? AND content = 'event' AND (last_seq IS NULL OR last_seq <= ?) ORDER BY link`,
    )
    .all(recording, seq);
  const end = links.findLast(({ last_seq }) => last_seq !== null)?.link ?? 0;
  const chain = new ChainWriter(sqlite, recording);
  for (const { link, first_seq, last_seq } of links) {
    if (link > end) break;
    const isEmpty = first_seq === null || last_seq === null;
    chain.queueBatch(link, isEmpty ? [] : eventsBetween(sqlite, first_seq, last_seq));
    yield;
  }
  chain.writeQueued();
  return end;
}

/** Makes all links of a recording that is copied whole. */
export function* linkWhole(sqlite: Database.Database, recording: number): Steps<void> {
  const batches = sqlite
    .prepare<[number], number>("SELECT batches FROM main.recording WHERE id = ? AND chained = 1")
    .pluck()
    .get(recording);
  if (batches === undefined) return;
  yield* linkBatches(sqlite, recording, Number.MAX_SAFE_INTEGER);
  yield* new ChainWriter(sqlite, recording).sealSteps(batches);
}
