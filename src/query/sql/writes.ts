// `audit`: IRTE writes counted by who, why, where or when. One SQL statement each.

import { type TimeText } from "../../domain/values/ids.js";
import { platformOf } from "../../platforms/registry.js";
import { type EntrySql } from "../../domain/platform/platform.js";
import type Database from "better-sqlite3";
import { TwinError } from "../../base/errors.js";
import { KIND } from "../../domain/events/kinds.js";
import { ownNames } from "../subject/own-names.js";
import { spanOf, type SpanOptions } from "../subject/span.js";
import { NS_PER_UNIT } from "../../base/stamp.js";
import { type Recording } from "../../timeline/read/recordings.js";

/** The writes of one task, cause, device, IRTE, vCPU or interval. */
export interface WriteCount {
  /** Name of the group; of an interval its begin, as text. null = not known; by vcpu: not posted. */
  readonly key: string | null;
  /** The own name of the VM; null = it has none. Only by vcpu. */
  readonly vm_name?: string | null;
  /** How many writes there are. */
  readonly writes: number;
  /** Left all 128 bits as they were. */
  readonly unchanged: number;
  /** By the last check: mismatched or unexpected; null = not checked. */
  readonly not_allowed: number | null;
  /** By the last check: unknown or undefined; null = not checked. */
  readonly undecided: number | null;
  /** How many different IRTEs. */
  readonly irtes: number;
  /** The time of the first of them, in the recording's clock unit. */
  readonly first_ns: TimeText;
  /** The time of the last of them. */
  readonly last_ns: TimeText;
}

/** The device's name, SSSS:BB:DD.F, as the views write it. */
const NAME =
  "printf('%04x:%02x:%02x.%x', w.segment, w.devid >> 8, (w.devid >> 3) & 31, w.devid & 7)";

/** The vCPU that a posted entry's GA tag names, as v_irte reads it. */
const VCPU = `CASE
      WHEN NOT w.posted THEN NULL
      WHEN tag.bits IS NULL THEN printf('GA tag 0x%x', w.ga_tag)
      WHEN tag.is_idx = 0 THEN printf('vm%d/vcpu%d', w.ga_tag >> tag.bits, w.ga_tag & ((1 << tag.bits) - 1))
      ELSE coalesce((
        SELECT CASE WHEN min(vcpu.vcpu_id) = max(vcpu.vcpu_id)
          THEN printf('vm%d/vcpu%d', min(vm.vm_id), min(vcpu.vcpu_id)) END
        FROM vcpu JOIN vm ON vm.id = vcpu.vm
        WHERE vcpu.recording_id = :recording AND vm.vm_id = w.ga_tag >> tag.bits
          AND vcpu.vcpu_idx = w.ga_tag & ((1 << tag.bits) - 1)
      ), printf('vm%d/idx%d', w.ga_tag >> tag.bits, w.ga_tag & ((1 << tag.bits) - 1)))
    END`;

const KEYS = {
  task: "(SELECT comm || '-' || pid FROM task WHERE task.id = w.task)",
  cause: "(SELECT name FROM cause WHERE cause.id = w.cause)",
  device: NAME,
  irte: `${NAME} || '/' || w.irte_index`,
  vcpu: VCPU,
  interval: "cast(w.time_ns - (w.time_ns - :begin) % :every AS text)",
} as const;

/** What writes can be counted by. */
export type WriteGroup = keyof typeof KEYS;

/** Everything that writes can be counted by. */
export const WRITE_GROUPS = Object.keys(KEYS) as readonly WriteGroup[];

/** Is the text one of WRITE_GROUPS? */
export function isWriteGroup(text: string): text is WriteGroup {
  return Object.hasOwn(KEYS, text);
}

/** Which writes are counted, and by what. */
export interface WriteQuery {
  /** What they are counted by. */
  readonly by: WriteGroup;
  /** The first seq that counts. */
  readonly from: number;
  /** The last seq that counts. */
  readonly to: number;
  /** Length of an interval in the recording's clock unit, above 0. */
  readonly every: bigint;
}

/** The statement, its numbers written in: it runs in any SQLite client. */
export function writeCountsSql(recording: Recording, query: WriteQuery): string {
  const numbers: Readonly<Record<string, number | bigint>> = {
    recording: recording.id,
    written: KIND.irte_written,
    exchanged: KIND.irte_exchanged,
    from: query.from,
    to: query.to,
    begin: recording.first ?? 0n,
    every: query.every,
  };
  return statementOf(query.by, platformOf(recording).sql).replace(/:([a-z]+)/g, (_, name: string) =>
    String(numbers[name]),
  );
}

/** The statement with its parameters: :recording, :written, :exchanged, :from, :to, :begin and :every. */
function statementOf(by: WriteGroup, { posted, tag }: EntrySql): string {
  return `WITH w AS (
  SELECT e.seq, e.time_ns, e.task, e.cause, ${posted} AS posted, ${tag} AS ga_tag,
    coalesce(e.segment, 0) AS segment, e.devid, e.irte_index
  FROM event AS e
  WHERE e.kind = :written AND e.seq BETWEEN :from AND :to
), exchange AS (
  SELECT a AS written_seq, seq FROM event
  WHERE kind = :exchanged AND recording_id = :recording AND seq > :from
), judged AS (
  SELECT
    ${KEYS[by]} AS key,
    NOT EXISTS (
      SELECT 1 FROM irte_interval AS i
      WHERE i.devid = w.devid AND i.irte_index = w.irte_index AND i.from_seq IN (w.seq, exchange.seq)
        AND i.segment = w.segment
    ) AS unchanged,
    verdict.verdict, w.time_ns, w.segment * 4294967296 + w.devid * 65536 + w.irte_index AS irte
  FROM w
  LEFT JOIN exchange ON exchange.written_seq = w.seq
  LEFT JOIN write_verdict AS verdict ON verdict.seq = w.seq
  LEFT JOIN tag_layout AS tag ON tag.rules = (SELECT rules FROM recording WHERE id = :recording)
)
SELECT key, count(*) AS writes, sum(unchanged) AS unchanged,
  CASE WHEN EXISTS (SELECT 1 FROM audit WHERE recording_id = :recording)
    THEN count(*) FILTER (WHERE verdict IN ('mismatched', 'unexpected')) END AS not_allowed,
  CASE WHEN EXISTS (SELECT 1 FROM audit WHERE recording_id = :recording)
    THEN count(*) FILTER (WHERE verdict IN ('unknown', 'undefined')) END AS undecided,
  count(DISTINCT irte) AS irtes,
  cast(min(time_ns) AS text) AS first_ns, cast(max(time_ns) AS text) AS last_ns
FROM judged
GROUP BY key
ORDER BY ${by === "interval" ? "min(time_ns)" : "writes DESC, key"}`;
}

/** Counted writes, and the SQL statement that counts them. */
export interface Audit {
  /** The statement. It runs in any SQLite client: no parameter is left in it. */
  readonly sql: string;
  /** Its rows: by interval in the order of time, else those with the most writes first. */
  readonly rows: readonly WriteCount[];
}

/** A part of a recording, what `audit` counts its writes by, and how finely it divides it. */
export interface AuditOptions extends SpanOptions {
  /** One of WRITE_GROUPS. Absent = by cause. */
  readonly by?: WriteGroup | undefined;
  /**
   * The length of an interval, such as `100ms`. Absent: that, or about a fiftieth of a recording in ticks. Throws ERR_USAGE
   * where writes are not counted by interval.
   */
  readonly every?: string | undefined;
}

/** Counts the IRTE writes of a part of a recording by one of WRITE_GROUPS. Throws ERR_USAGE, ERR_WHEN. */
export function audit(
  sqlite: Database.Database,
  recording: Recording,
  options: AuditOptions,
): Audit {
  const { by = "cause" } = options;
  if (!isWriteGroup(by))
    throw new TwinError(
      "ERR_USAGE",
      `writes are not counted by ${String(by)}: name one of ${WRITE_GROUPS.join(", ")}`,
    );
  if (options.every !== undefined && by !== "interval")
    throw new TwinError(
      "ERR_USAGE",
      "`every` is the length of an interval: it needs `by: interval`",
    );
  const { from, to } = spanOf(sqlite, recording, options);
  const sql = writeCountsSql(recording, {
    by,
    from: from ?? recording.firstSeq,
    to: to ?? recording.lastSeq ?? 0,
    every: by === "interval" ? everyOf(recording, options.every) : 1n,
  });
  const rows = sqlite.prepare<[], WriteCount>(sql).all();
  if (by !== "vcpu") return { sql, rows };
  const names = ownNames(sqlite, recording);
  return { sql, rows: rows.map((row) => ({ ...row, vm_name: names.of(row.key) })) };
}

/** The length of an interval. A counter clock knows no millisecond: there it is about a fiftieth of the recording. */
function everyOf(recording: Recording, text: string | undefined): bigint {
  if (text !== undefined) return parseEvery(recording, text);
  const { clockUnit, first, last } = recording;
  return clockUnit === "ns" ? DEFAULT_NS : rounded(((last ?? 0n) - (first ?? 0n)) / 50n);
}

const DEFAULT_NS = 100_000_000n;

/** One digit and zeros, at least 1. */
function rounded(ticks: bigint): bigint {
  const scale = 10n ** BigInt(String(ticks).length - 1);
  return ticks < 1n ? 1n : (ticks / scale) * scale;
}

/** Reads `100ms`; of a counter clock `5000` or `5000ns`, which then means ticks. Throws ERR_USAGE. */
export function parseEvery(recording: Recording, text: string): bigint {
  const [, digits = "", unit] = /^(\d{1,15})(ns|us|ms|s)?$/.exec(text) ?? [];
  const isTicks = recording.clockUnit === "ticks";
  const scale = isTicks ? ((unit ?? "ns") === "ns" ? 1n : null) : NS_PER_UNIT[unit ?? ""];
  if (digits === "" || scale == null || BigInt(digits) === 0n) {
    throw new TwinError(
      "ERR_USAGE",
      `${text} is not an interval: write ${isTicks ? `ticks such as 5000000ns, because recording ${recording.id} has a counter clock` : "100ms, 5s, 20us or 500ns"}`,
    );
  }
  return BigInt(digits) * scale;
}
