// The hash chain. A link covers one batch of events, or what one other table keeps of a recording's
// input; its hash covers the link before it, so that it stands for all the history up to there.

import { EventPages } from "./event-pages.js";
import { hashTable, type SealedRows, type SealedTable } from "./hash-table.js";
import { PreparedSeal } from "./prepared-seal.js";
import { createHash, type Hash } from "node:crypto";
import type Database from "better-sqlite3";
import { atOnce, type Steps } from "../../base/steps.js";
import { type TwinEvent } from "../../domain/events/event.js";
import { LOG_VERSION } from "../schema/log-version.js";
import { EventBytes, bytesOfValue } from "../store/row-bytes.js";
import { RowInserter } from "../store/row-inserter.js";
import { directly, type Writes } from "../store/writes.js";

/** The hash that the first link of a timeline follows. */
export const GENESIS = createHash("sha256").update("irqtwin chain 1").digest("hex");

const RECORDING_COLUMNS =
  "id file sha256 format kernel rules rules_from clock_unit clock_hz overwritten first_seq " +
  "last_seq first_ns last_ns lines_total lines_header lines_events lines_unused " +
  "lines_rejected lines_gaps time_anomalies first_time_anomaly first_task first_vm " +
  "first_vcpu batches chained supersedes";

const SEALED_1: Readonly<Record<string, SealedTable>> = {
  recording: { columns: RECORDING_COLUMNS, key: "id" },
  recording_name: { columns: "recording_id name known events unused", key: "name" },
  task: { columns: "id recording_id comm pid", key: "id" },
  vm: { columns: "id recording_id kvm vm_id", key: "id" },
  vcpu: { columns: "id recording_id vm vcpu_id vcpu_idx", key: "id" },
  host_cpu: { columns: "recording_id cpu apic_id", key: "cpu" },
  gap: { columns: "id recording_id kind cpu line lost from_seq to_seq from_ns to_ns", key: "id" },
  rejected_line: { columns: "recording_id line reason text", key: "line" },
};

const SEALED_4: Readonly<Record<string, SealedTable>> = {
  ...SEALED_1,
  recording: {
    columns: `${RECORDING_COLUMNS} log_version platform sorted left_out rules_allowed`,
    key: "id",
  },
  call_return: { columns: "seq recording_id line after_seq", key: "seq" },
  vm: { columns: "id recording_id kvm vm_id vm_id_by vm_id_seq name vmm_pid", key: "id" },
  vcpu: { columns: "id recording_id vm vcpu_id vcpu_idx vcpu_idx_by vcpu_idx_seq", key: "id" },
  header_line: { columns: "recording_id line key value problem", key: "line" },
  header_word: { columns: "recording_id line name value", key: "line, name" },
};

/**
 * By version of the log: the tables that are sealed when a recording is complete, which is what else it keeps
 * of its input and no event gives back. A version is never changed: what is hashed stays verifiable.
 */
export const SEALED: Readonly<Record<number, Readonly<Record<string, SealedTable>>>> = {
  1: SEALED_1,
  2: {
    ...SEALED_1,
    recording: { columns: `${RECORDING_COLUMNS} log_version platform`, key: "id" },
    call_return: { columns: "seq recording_id line", key: "seq" },
  },
  3: {
    ...SEALED_1,
    recording: {
      columns: `${RECORDING_COLUMNS} log_version platform sorted left_out rules_allowed`,
      key: "id",
    },
    call_return: { columns: "seq recording_id line after_seq", key: "seq" },
  },
  4: SEALED_4,
  5: {
    ...SEALED_4,
    marker: { columns: "seq recording_id text", key: "seq" },
  },
};

/** The tables that are sealed by some version of the log, by name. */
export const SEALED_TABLES: readonly string[] = [
  ...new Set(Object.values(SEALED).flatMap((tables) => Object.keys(tables))),
];

/** The tables that this version of the log seals, in the order of their links. */
export function sealedBy(version: number): readonly string[] {
  return Object.keys(SEALED[version] ?? {});
}

/** The version of a recording's log. */
export function logVersionOf(sqlite: Database.Database, recording: number): number {
  return (
    sqlite
      .prepare<[number], number>("SELECT log_version FROM main.recording WHERE id = ?")
      .pluck()
      .get(recording) ?? LOG_VERSION
  );
}

/** A row of the table `chain`. */
export interface Link {
  /** The number of the recording. */
  readonly recording_id: number;
  /** Its number in the recording's chain, from 1. */
  readonly link: number;
  /** The table whose rows it covers, such as `event`. */
  readonly content: string;
  /** How many rows it covers. */
  readonly row_count: number;
  /** The first event that it covers; null = it covers none. */
  readonly first_seq: number | null;
  /** The last event that it covers; null = it covers none. */
  readonly last_seq: number | null;
  /** Its hash: 64 hexadecimal digits of SHA-256, over its rows and the link before it. */
  readonly hash: string;
}

/** A link of the chain, and which events it stands for. */
export interface ChainPosition {
  /** The hash of the link: note it, and `verify` proves the history against it later. */
  readonly hash: string;
  /** The number of the recording. */
  readonly recording_id: number;
  /** The number of the link in the recording's chain, from 1. */
  readonly link: number;
  /** The first event that it stands for, all links before it included; null = it stands for none. */
  readonly from_seq: number | null;
  /** The last event that it stands for; null = it stands for none. */
  readonly to_seq: number | null;
}

/** All links, in the order in which each follows the one before. */
export function chainLinks(sqlite: Database.Database): readonly Link[] {
  return sqlite
    .prepare<[], Link>(
      `SELECT recording_id, link, content, row_count, first_seq, last_seq, hash
       FROM main.chain ORDER BY recording_id, link`,
    )
    .all();
}

/** The last link; null = there is none. */
export function chainHead(sqlite: Database.Database): ChainPosition | null {
  const links = chainLinks(sqlite);
  return position(links, links.length - 1);
}

/** The link at an index of the list of all links; null = there is none. */
export function position(links: readonly Link[], index: number): ChainPosition | null {
  const link = links[index];
  if (link === undefined) return null;
  const events = links.slice(0, index + 1).filter(({ first_seq }) => first_seq !== null);
  return {
    hash: link.hash,
    recording_id: link.recording_id,
    link: link.link,
    from_seq: events[0]?.first_seq ?? null,
    to_seq: events.at(-1)?.last_seq ?? null,
  };
}

/** Makes the links of one recording. */
export class ChainWriter {
  private readonly sqlite: Database.Database;
  private readonly recording: number;
  private readonly inserter: RowInserter;
  private readonly bytes = new EventBytes();
  private previous: string;

  /** `recording`: its number. `writes`: where its links go; absent = straight into the timeline. */
  constructor(sqlite: Database.Database, recording: number, writes: Writes = directly(sqlite)) {
    this.sqlite = sqlite;
    this.recording = recording;
    const columns = "recording_id link content row_count first_seq last_seq hash";
    this.inserter = new RowInserter(writes, "chain", columns.split(" "));
    this.previous =
      sqlite
        .prepare<[], string>("SELECT hash FROM chain ORDER BY recording_id DESC, link DESC LIMIT 1")
        .pluck()
        .get() ?? GENESIS;
  }

  /** Queues link number `link`, that of a batch. Its events are hashed as they are now. */
  queueBatch(link: number, events: readonly TwinEvent[]): void {
    const hash = begin(this.previous).update(this.bytes.of(events, this.recording));
    this.queueLink(hash, {
      recording_id: this.recording,
      link,
      content: "event",
      row_count: events.length,
      first_seq: events[0]?.seq ?? null,
      last_seq: events.at(-1)?.seq ?? null,
    });
  }

  /** Stores the queued links. The caller holds the transaction. */
  writeQueued(): void {
    this.inserter.flush();
  }

  /**
   * Stores the links of the SEALED tables of the recording's log version, as the tables stand now, after the
   * `batches` links of the events. The caller holds the transaction. `prepared`: what prepareSeal() has made of them.
   */
  sealTables(batches: number, prepared: PreparedSeal | null = null): void {
    atOnce(this.sealSteps(batches, prepared));
  }

  /** The same in steps. */
  *sealSteps(batches: number, prepared: PreparedSeal | null = null): Steps<void> {
    const { sqlite, recording } = this;
    let link = batches;
    for (const content of sealedBy(logVersionOf(sqlite, recording))) {
      const hash = begin(this.previous);
      const row_count = yield* hashSealed(
        sqlite,
        hash,
        sealedRows(sqlite, content, recording),
        prepared,
      );
      const range = { first_seq: null, last_seq: null };
      this.queueLink(hash, { recording_id: recording, link: ++link, content, row_count, ...range });
    }
    this.writeQueued();
  }

  private queueLink(hash: Hash, link: Omit<Link, "hash">): void {
    this.previous = end(hash, link);
    const { recording_id, content, row_count, first_seq, last_seq } = link;
    this.inserter.queue(
      recording_id,
      link.link,
      content,
      row_count,
      first_seq,
      last_seq,
      this.previous,
    );
  }
}

/**
 * Prepares the seal of a recording of which all events are stored, before the transaction that seals it. Whoever asks for it
 * closes it, and keeps others from writing the recording.
 */
export function* prepareSeal(
  sqlite: Database.Database,
  recording: number,
  events: number,
): Steps<PreparedSeal> {
  const prepared = new PreparedSeal(sqlite);
  let isDone = false;
  try {
    for (const table of sealedBy(logVersionOf(sqlite, recording))) {
      const sealed = sealedRows(sqlite, table, recording);
      if (sealed !== null) yield* prepared.prepare(sealed, events);
    }
    isDone = true;
    return prepared;
  } finally {
    if (!isDone) prepared.close();
  }
}

/** Makes the hashes of links again, from the rows that are stored. */
export class ChainReader {
  private readonly sqlite: Database.Database;
  private readonly pages: EventPages;

  /** `sqlite`: the timeline. */
  constructor(sqlite: Database.Database) {
    this.sqlite = sqlite;
    this.pages = new EventPages(sqlite);
  }

  /** The hash that a link must have after the hash `previous`. The events of the link come after seq `after`. */
  *hashOf(link: Link, previous: string, after: bigint): Steps<string> {
    const hash = begin(previous);
    if (link.content === "event")
      for (const bytes of this.pages.between(after, BigInt(link.last_seq ?? after)))
        hash.update(bytes);
    else if (SEALED_TABLES.includes(link.content))
      yield* hashSealed(
        this.sqlite,
        hash,
        sealedRows(this.sqlite, link.content, link.recording_id),
      );
    return end(hash, link);
  }
}

function begin(previous: string): Hash {
  return createHash("sha256").update(Buffer.from(previous, "hex"));
}

function end(hash: Hash, link: Omit<Link, "hash">): string {
  const { content, recording_id, row_count, first_seq, last_seq } = link;
  hash.update(bytesOfValue(content));
  for (const value of [recording_id, link.link, row_count, first_seq, last_seq])
    hash.update(bytesOfValue(value === null ? null : BigInt(value)));
  return hash.digest("hex");
}

/** A recording's rows of a table; null = the version of its log does not seal the table. */
function sealedRows(
  sqlite: Database.Database,
  table: string,
  recording: number,
): SealedRows | null {
  const sealed = SEALED[logVersionOf(sqlite, recording)]?.[table];
  return sealed === undefined ? null : { ...sealed, table, recording };
}

/** Adds rows of a table, if there are any that are sealed; how many. */
function* hashSealed(
  sqlite: Database.Database,
  hash: Hash,
  sealed: SealedRows | null,
  prepared: PreparedSeal | null = null,
): Steps<number> {
  if (sealed === null) return 0;
  return prepared?.add(hash, sealed) ?? (yield* hashTable(sqlite, hash, sealed));
}
