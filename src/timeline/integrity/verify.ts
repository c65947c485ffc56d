// Is the history intact? SQLite's own checks, the schema, the hash chain, and a refold of all events.
// Nothing is written to the timeline.

import Database from "better-sqlite3";
import { TwinError } from "../../base/errors.js";
import {
  ChainReader,
  GENESIS,
  SEALED,
  chainLinks,
  position,
  type ChainPosition,
  type Link,
} from "./chain.js";
import { migrationFiles } from "../schema/migrate.js";
import { recordings, type Recording } from "../read/recordings.js";
import { refold } from "./refold.js";

export const VERIFY_STEPS = [
  "sqlite",
  "foreign_keys",
  "schema",
  "chain",
  "refold",
  "anchor",
] as const;
export type VerifyStepName = (typeof VERIFY_STEPS)[number];

/** One thing that is not as it was written. */
export interface VerifyFinding {
  readonly step: VerifyStepName;
  readonly what: string;
  readonly recording_id: number | null;
  /** The link of the chain; null where it is not one. */
  readonly link: number | null;
  readonly from_seq: number | null;
  readonly to_seq: number | null;
  readonly from_line: number | null;
  readonly to_line: number | null;
}

export interface VerifyStep {
  readonly step: VerifyStepName;
  readonly result: "ok" | "damaged" | "skipped";
  /** What was read: rows, or for `schema` objects. */
  readonly rows: number;
  readonly seconds: number;
}

export interface VerifyReport {
  /** unchained: nothing is damaged, but some recordings were imported before there was a chain. */
  readonly verdict: "intact" | "damaged" | "unchained";
  readonly head: ChainPosition | null;
  /** The link with the hash that was asked for; null where none was, or none has it. */
  readonly anchor: ChainPosition | null;
  readonly unchained: readonly number[];
  readonly steps: readonly VerifyStep[];
  readonly findings: readonly VerifyFinding[];
}

/** Findings of a step that are told one by one; what follows from one damage can be many. */
const FINDINGS_MAX = 20;
const SEQ_MIN = -(2n ** 63n);

type Place = Partial<Omit<VerifyFinding, "step" | "what">>;
type Report = (what: string, place?: Place) => void;

/**
 * Runs all steps, whatever they find. `anchor`: the hash of a link that was noted earlier. Throws ERR_USAGE if
 * it is not the hash of a link.
 */
export function verify(sqlite: Database.Database, anchor?: string): VerifyReport {
  if (anchor !== undefined && !/^[0-9a-f]{64}$/i.test(anchor)) {
    throw new TwinError(
      "ERR_USAGE",
      `${anchor} is not the hash of a link: it has 64 hexadecimal digits, as \`irqtwin verify\` prints them`,
    );
  }
  // One snapshot, though an import may be at work.
  return sqlite.transaction(() => new Verification(sqlite, anchor).run())();
}

class Verification {
  private readonly sqlite: Database.Database;
  private readonly anchor: string | undefined;
  private readonly steps: VerifyStep[] = [];
  private readonly findings: VerifyFinding[] = [];
  private links: readonly Link[] = [];
  private recordings: readonly Recording[] = [];
  private unchained: readonly number[] = [];
  /** How many links from the first on are as they were written. */
  private intactLinks = 0;

  constructor(sqlite: Database.Database, anchor: string | undefined) {
    this.sqlite = sqlite;
    this.anchor = anchor?.toLowerCase();
  }

  run(): VerifyReport {
    this.step("sqlite", (report) => this.checkSqlite(report));
    this.step("foreign_keys", (report) => this.checkForeignKeys(report));
    this.step("schema", (report) => checkSchema(this.sqlite, report));
    this.step("chain", (report) => this.checkChain(report));
    // Damaged events give other projections: that would be the same damage told again.
    if (this.findings.length === 0) this.step("refold", (report) => this.checkRefold(report));
    else this.steps.push({ step: "refold", result: "skipped", rows: 0, seconds: 0 });
    if (this.anchor !== undefined) this.step("anchor", (report) => this.checkAnchor(report));
    const { findings, steps, unchained, links } = this;
    const found = links.findIndex(({ hash }) => hash === this.anchor);
    return {
      verdict: findings.length > 0 ? "damaged" : unchained.length > 0 ? "unchained" : "intact",
      head: position(links, links.length - 1),
      anchor: position(links, found),
      unchained,
      steps,
      findings,
    };
  }

  private step(step: VerifyStepName, check: (report: Report) => number): void {
    const began = process.hrtime.bigint();
    let count = 0;
    const report: Report = (what, place = {}) => {
      if (++count > FINDINGS_MAX) return;
      const nowhere = { recording_id: null, link: null, from_seq: null, to_seq: null };
      this.findings.push({ step, what, ...nowhere, from_line: null, to_line: null, ...place });
    };
    let rows = 0;
    try {
      rows = check(report);
    } catch (error) {
      report(`it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (count > FINDINGS_MAX) {
      const more = count - FINDINGS_MAX;
      count = 0;
      report(`${more} more of the same kind`);
    }
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    this.steps.push({ step, result: count > 0 ? "damaged" : "ok", rows, seconds });
  }

  private checkSqlite(report: Report): number {
    const rows = this.sqlite.pragma("main.integrity_check(20)") as { integrity_check: string }[];
    for (const { integrity_check: what } of rows) if (what !== "ok") report(what);
    const pages = this.sqlite.pragma("main.page_count", { simple: true });
    return Number(pages);
  }

  private checkForeignKeys(report: Report): number {
    const rows = this.sqlite.pragma("main.foreign_key_check") as {
      readonly table: string;
      readonly rowid: number | null;
      readonly parent: string;
    }[];
    for (const { table, rowid, parent } of rows) {
      const row = rowid === null ? "a row" : `row ${rowid}`;
      report(`${row} of ${table} names a row of ${parent} that is not there`);
    }
    const tables = this.sqlite
      .prepare<[], string>(
        `SELECT name FROM main.sqlite_schema WHERE type = 'table'
           AND EXISTS (SELECT 1 FROM pragma_foreign_key_list(name))`,
      )
      .pluck()
      .all();
    const count = (table: string): number =>
      this.sqlite.prepare<[], number>(`SELECT count(*) FROM main."${table}"`).pluck().get() ?? 0;
    return tables.reduce((sum, table) => sum + count(table), 0);
  }

  private checkChain(report: Report): number {
    const { sqlite } = this;
    this.recordings = recordings(sqlite);
    this.links = chainLinks(sqlite);
    this.unchained = this.checkNumbers(report);
    const reader = new ChainReader(sqlite);
    let previous = GENESIS;
    let rows = 0;
    let isIntact = true;
    let covered = this.coveredBefore(this.links[0]?.recording_id);
    this.links.forEach((link, i) => {
      const before = covered;
      if (reader.hashOf(link, previous, before) !== link.hash) {
        isIntact = false;
        this.reportLink(report, link, before);
      }
      if (isIntact) this.intactLinks = i + 1;
      previous = link.hash;
      rows += link.row_count;
      if (link.last_seq !== null) covered = BigInt(link.last_seq);
    });
    this.checkSurplus(report, covered);
    return rows;
  }

  /** Each recording has the links that an import makes. Returns the recordings without any, by right. */
  private checkNumbers(report: Report): readonly number[] {
    const chained = this.sqlite
      .prepare<[], [number, number, number]>("SELECT id, chained, batches FROM main.recording")
      .raw()
      .all();
    const first = chained.find(([, isChained]) => isChained === 1)?.[0] ?? Infinity;
    const unchained: number[] = [];
    for (const [id, isChained, batches] of chained) {
      const place = { recording_id: id };
      const links = this.links.filter((link) => link.recording_id === id);
      if (isChained !== 1 && id < first && links.length === 0) unchained.push(id);
      else if (isChained !== 1) report("it says that it has no links", place);
      else {
        const isComplete = this.recordings.find((each) => each.id === id)?.state === "complete";
        const missing = missingLink(links, batches, isComplete);
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

  private checkSurplus(report: Report, covered: bigint): void {
    const surplus = this.sqlite
      .prepare<[bigint], [number, number | null, number | null]>(
        "SELECT count(*), min(seq), max(seq) FROM main.event WHERE seq > ?",
      )
      .raw()
      .get(covered);
    const [count, from_seq, to_seq] = surplus ?? [0, null, null];
    if (count > 0) report(`${count} events that no link covers`, { from_seq, to_seq });
  }

  private checkRefold(report: Report): number {
    let rows = 0;
    for (const recording of this.recordings) {
      if (recording.state !== "complete") continue;
      const { id, firstSeq, lastSeq } = recording;
      const events = this.countEvents(id, firstSeq, lastSeq);
      if (events !== (lastSeq === null ? 0 : lastSeq - firstSeq + 1)) {
        report("its events are not one after the other", { recording_id: id });
        continue;
      }
      const { rows: compared, differences } = refold(
        this.sqlite,
        recording,
        !this.unchained.includes(id),
      );
      rows += compared;
      for (const { table, rows: different, seq } of differences)
        report(`${different} rows of ${table} are not what the events fold into`, {
          recording_id: id,
          from_seq: seq,
        });
    }
    return rows;
  }

  private countEvents(id: number, from: number, to: number | null): number {
    return (
      this.sqlite
        .prepare<[number, number, number | null], number>(
          "SELECT count(*) FROM main.event WHERE recording_id = ? AND seq BETWEEN ? AND ?",
        )
        .pluck()
        .get(id, from, to) ?? 0
    );
  }

  private checkAnchor(report: Report): number {
    const found = this.links.findIndex(({ hash }) => hash === this.anchor);
    if (found < 0) report("no link has this hash: the history up to it is not here");
    else if (found >= this.intactLinks) report("the history up to this hash is damaged");
    return found + 1;
  }
}

/** The number of the first link that should be there and is not; null where all are. */
function missingLink(links: readonly Link[], batches: number, isComplete: boolean): number | null {
  const sealed = isComplete ? Object.keys(SEALED) : [];
  const count = Math.max(links.length, batches + sealed.length);
  for (let i = 0; i < count; i++) {
    const content = i < batches ? "event" : sealed[i - batches];
    const link = links[i];
    if (content === undefined || link?.content !== content || link.link !== i + 1) return i + 1;
  }
  return null;
}

/** Tables, views and triggers are those that the migrations make; so is the vocabulary. */
function checkSchema(sqlite: Database.Database, report: Report): number {
  const fresh = new Database(":memory:");
  try {
    for (const { sql } of migrationFiles()) fresh.exec(sql);
    const SCHEMA = "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL";
    const stored = new Map(sqlite.prepare<[], [string, string]>(SCHEMA).raw().all());
    const made = fresh.prepare<[], [string, string]>(SCHEMA).raw().all();
    for (const [name, sql] of made) {
      const found = stored.get(name);
      if (found === undefined) report(`${name} is missing`);
      else if (found !== sql) report(`${name} is not what the migrations make`);
    }
    for (const table of ["event_kind", "cause", "tag_layout"]) {
      const rows = (from: Database.Database): string =>
        JSON.stringify(from.prepare(`SELECT * FROM main.${table} ORDER BY 1`).raw().all());
      if (rows(sqlite) !== rows(fresh)) report(`table ${table} is not what the migrations make`);
    }
    return made.length;
  } finally {
    fresh.close();
  }
}
