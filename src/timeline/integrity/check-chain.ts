// Is the hash chain the one that the imports made, and is all that it covers still the same?

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { recordings, type Recording } from "../read/recordings.js";
import { checkDropped } from "./check-dropped.js";
import { ChainReader, GENESIS, chainLinks, sealedBy, type Link } from "./chain.js";
import { type Report } from "./report.js";

const SEQ_MIN = -(2n ** 63n);

/** The check of the chain. What it has found out up to an error stays. */
export class ChainCheck {
  /** All links, in order; empty until `run` has read them. */
  links: readonly Link[] = [];
  /** All recordings, oldest first; empty until `run` has read them. */
  recordings: readonly Recording[] = [];
  /** Recordings that were imported before there was a chain. */
  unchained: readonly number[] = [];
  /** How many links from the first on are as they were written. */
  intactLinks = 0;
  private readonly sqlite: Database.Database;

  /** `sqlite`: the timeline. */
  constructor(sqlite: Database.Database) {
    this.sqlite = sqlite;
  }

  /** Returns the number of rows that the links cover. */
  *run(report: Report): Steps<number> {
    const { sqlite } = this;
    this.recordings = recordings(sqlite);
    this.links = chainLinks(sqlite);
    this.unchained = this.checkNumbers(report);
    const dropped = checkDropped(sqlite, this.recordings, this.links, report);
    const reader = new ChainReader(sqlite);
    let previous = GENESIS;
    let rows = 0;
    let isIntact = true;
    let covered = this.coveredBefore(this.links[0]?.recording_id);
    for (const [i, link] of this.links.entries()) {
      const before = covered;
      const isGone = dropped.has(link.recording_id) && link.content !== "recording";
      if (!isGone && (yield* reader.hashOf(link, previous, before)) !== link.hash) {
        isIntact = false;
        this.reportLink(report, link, before);
      }
      if (isIntact) this.intactLinks = i + 1;
      previous = link.hash;
      if (!isGone) rows += link.row_count;
      if (link.last_seq !== null) covered = BigInt(link.last_seq);
      yield;
    }
    this.checkSurplus(report, covered);
    return rows;
  }

  /** Each recording has the links that an import makes. Returns the recordings without any, by right. */
  private checkNumbers(report: Report): readonly number[] {
    const chained = this.sqlite
      .prepare<[], [number, number, number, number]>(
        "SELECT id, chained, batches, log_version FROM main.recording",
      )
      .raw()
      .all();
    const first = chained.find(([, isChained]) => isChained === 1)?.[0] ?? Infinity;
    const unchained: number[] = [];
    for (const [id, isChained, batches, version] of chained) {
      const place = { recording_id: id };
      const links = this.links.filter((link) => link.recording_id === id);
      if (isChained !== 1 && id < first && links.length === 0) unchained.push(id);
      else if (isChained !== 1) report("it says that it has no links", place);
      else {
        const state = this.recordings.find((each) => each.id === id)?.state;
        const isComplete = state === "complete" || state === "dropped";
        const missing = missingLink(links, batches, isComplete ? sealedBy(version) : []);
        if (missing !== null) report(`link ${missing} is missing, or not what it was`, place);
      }
    }
    for (const { recording_id } of this.links)
      if (!chained.some(([id]) => id === recording_id)) report("it is gone", { recording_id });
    return unchained;
  }

  /** The last event of the recordings before the first that has links. */
  private coveredBefore(first: number | undefined): bigint {
    const before = this.recordings.filter(({ id }) => first === undefined || id < first);
    return before.reduce((last, { lastSeq }) => BigInt(lastSeq ?? last), SEQ_MIN);
  }

  private reportLink(report: Report, link: Link, after: bigint): void {
    const { recording_id, content, first_seq, last_seq } = link;
    const place = { recording_id, link: link.link };
    if (content !== "event") {
      report(`the rows of table ${content} are not those that were sealed`, place);
      return;
    }
    const lines = this.sqlite
      .prepare<[bigint, number | null], [number | null, number | null]>(
        "SELECT min(line), max(line) FROM main.event WHERE seq > ? AND seq <= ?",
      )
      .raw()
      .get(after, last_seq);
    report("events, or the link itself, are not what they were", {
      ...place,
      from_seq: first_seq,
      to_seq: last_seq,
      from_line: lines?.[0] ?? null,
      to_line: lines?.[1] ?? null,
    });
  }

  /** The batch that an import under way has stored a part of has no link yet. */
  private checkSurplus(report: Report, covered: bigint): void {
    const surplus = this.sqlite
      .prepare<[bigint], [number, number | null, number | null]>(
        `SELECT count(*), min(seq), max(seq) FROM main.event WHERE seq > ?
           AND recording_id NOT IN (SELECT id FROM main.recording WHERE state = 'importing')`,
      )
      .raw()
      .get(covered);
    const [count, from_seq, to_seq] = surplus ?? [0, null, null];
    if (count > 0) report(`${count} events that no link covers`, { from_seq, to_seq });
  }
}

/** The number of the first link that should be there and is not; null where all are. */
function missingLink(
  links: readonly Link[],
  batches: number,
  sealed: readonly string[],
): number | null {
  const count = Math.max(links.length, batches + sealed.length);
  for (let i = 0; i < count; i++) {
    const content = i < batches ? "event" : sealed[i - batches];
    const link = links[i];
    if (content === undefined || link?.content !== content || link.link !== i + 1) return i + 1;
  }
  return null;
}
