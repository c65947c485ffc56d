// Who changed which field of an IRTE, when and why: v_irte_change as values.

import { type IrteName, type Seq, type TimeText, type VcpuName } from "../../domain/values/ids.js";
import type Database from "better-sqlite3";
import { type RuleId } from "../../domain/amd/rules/transitions.js";
import { type Cause } from "../../domain/events/causes.js";
import { irteName } from "../../domain/values/names.js";
import { type AtIrte } from "../document/document.js";
import { entriesChangedAt } from "../../timeline/read/changed-entries.js";
import { pickRecording, type Recording } from "../../timeline/read/recordings.js";
import { prepared } from "../../timeline/store/sql.js";
import { kernelFunctions, type Caused, type EventFunctions } from "../subject/functions.js";
import { LIST_ALL, OF_IRTE, firstEvent, irteOf, noSuch } from "../subject/named.js";

/** How the value of a field is written in v_irte_change. */
type FieldForm = "word" | "flag" | "number" | "hex";

/** The fields of v_irte_change. */
const FIELDS = {
  mode: "word",
  valid: "flag",
  is_run: "flag",
  ga_log_intr: "flag",
  destination: "number",
  vector: "number",
  ga_tag: "number",
  ga_root_ptr: "hex",
} as const satisfies Partial<Record<keyof AtIrte, FieldForm>>;

/** The name of a field of an IRTE that a write can change. */
export type IrteField = keyof typeof FIELDS;

/** One field that one IRTE write changed. null = not known, unless it says otherwise. */
export interface FieldChange extends EventFunctions {
  /** The write. */
  readonly seq: Seq;
  /** The line of the trace that shows the write. */
  readonly line: number;
  /** Its time, in the recording's clock unit. */
  readonly time_ns: TimeText;
  /** `SSSS:BB:DD.F/INDEX`. */
  readonly irte: IrteName;
  /** The field, such as `destination` or `mode`. */
  readonly field: IrteField;
  /** The value before, as `at` has it. */
  readonly old: AtIrte[IrteField];
  /** The value after, as `at` has it. */
  readonly new: AtIrte[IrteField];
  /** Why the write was made (CAUSES). */
  readonly cause: Cause | null;
  /** The event that brought it about. */
  readonly cause_seq: Seq | null;
  /** The name of the task that wrote. */
  readonly comm: string | null;
  /** Its pid. */
  readonly pid: number | null;
  /** The CPU that wrote. */
  readonly cpu: number;
  /** The rule that the last check explained the write by; null = none, or not checked. */
  readonly rule: RuleId | null;
  /** By the last check: true = explained by the rules, false = not; null = not decided. */
  readonly allowed: boolean | null;
}

/** The change that gave a field its value, with the vCPU that the write posted the entry to. */
export interface FieldBlame extends FieldChange {
  /** null = it is not posted from there on, or its vCPU is not known. */
  readonly vcpu: VcpuName | null;
  /** The own name of that VM; null = it has none. */
  readonly vm_name: string | null;
}

const COLUMNS = `seq, cast(time_ns AS text) AS time_ns, irte, field, old, new, cause, cause_seq, comm,
  pid, cpu, rule, allowed,
  (SELECT line FROM event AS w WHERE w.seq = v_irte_change.seq) AS line,
  (SELECT k.name FROM event AS w JOIN event_kind AS k ON k.id = w.kind WHERE w.seq = v_irte_change.seq) AS kind,
  (SELECT k.name FROM event AS w JOIN event_kind AS k ON k.id = w.kind
    WHERE w.seq = v_irte_change.cause_seq) AS cause_kind`;

type Row = Omit<FieldChange, "allowed" | "old" | "new" | keyof EventFunctions> &
  Caused & {
    readonly allowed: number | null;
    readonly old: string | number | null;
    readonly new: string | number | null;
  };

const AT_SQL = `SELECT ${COLUMNS} FROM v_irte_change WHERE seq = ?`;

/** The fields that the IRTE write with this seq changed; none if the event is no IRTE write. */
export function changesAt(sqlite: Database.Database, seq: number): readonly FieldChange[] {
  const owner = prepared<[number], number>(sqlite, "SELECT recording_id FROM event WHERE seq = ?");
  const id = owner.pluck().get(seq);
  if (id === undefined) return [];
  const recording = pickRecording(sqlite, id);
  return changesOf(sqlite, recording, rowsAt(sqlite, recording, seq));
}

/** Changes are found by their entries. Where no frame tells which, all intervals are looked through. */
function rowsAt(sqlite: Database.Database, recording: Recording, seq: number): readonly Row[] {
  const entries = entriesChangedAt(sqlite, recording, seq);
  if (entries === null) return prepared<[number], Row>(sqlite, AT_SQL).all(seq);
  const ofEntry = prepared<number[], Row>(sqlite, `${AT_SQL} AND devid = ? AND irte_index = ?`);
  return entries.flatMap(({ devid, index }) => ofEntry.all(seq, devid, index));
}

/**
 * For each field of an IRTE the change that gave it its value as of event `seq`, in the entry's present life: a freed
 * entry that is allocated again is another one. Fields that never changed in it are not there. Throws ERR_NAME where no event of the recording has the IRTE.
 */
export function blame(
  sqlite: Database.Database,
  recording: Recording,
  name: string,
  seq: number,
): readonly FieldBlame[] {
  const { segment, devid, index } = irteOf(name);
  const entry = [recording.id, devid, index, irteName(segment, devid, index)];
  const rows = sqlite
    .prepare<unknown[], Row>(
      `SELECT ${COLUMNS} FROM v_irte_change
       WHERE recording_id = ? AND devid = ? AND irte_index = ? AND irte = ? AND seq BETWEEN ? AND ?
       ORDER BY seq`,
    )
    .all(...entry, birthOf(sqlite, entry, seq), seq);
  if (rows.length === 0 && firstEvent(sqlite, recording, OF_IRTE, [devid, index, segment]) === null)
    throw noSuch(recording, `IRTE ${name}`, LIST_ALL);
  const set = [...new Map(rows.map((row) => [row.field, row])).values()];
  return changesOf(sqlite, recording, set).map((change) => ({
    ...change,
    ...targetOf(sqlite, entry, change),
  }));
}

/** Whom the entry was posted to by a write. */
function targetOf(
  sqlite: Database.Database,
  entry: readonly (string | number)[],
  { seq }: FieldChange,
): Pick<FieldBlame, "vcpu" | "vm_name"> {
  const row = sqlite
    .prepare<unknown[], Pick<FieldBlame, "vcpu" | "vm_name">>(
      `SELECT 'vm' || vm_id || '/vcpu' || vcpu_id AS vcpu, vm_name FROM v_irte
       WHERE recording_id = ? AND devid = ? AND irte_index = ? AND irte = ? AND from_seq <= ?
       ORDER BY from_seq DESC LIMIT 1`,
    )
    .get(...entry, seq);
  return row ?? { vcpu: null, vm_name: null };
}

/** The event as of `seq` that freed or allocated the entry last; 0 = none is known. */
function birthOf(
  sqlite: Database.Database,
  entry: readonly (string | number)[],
  seq: number,
): number {
  return (
    sqlite
      .prepare<unknown[], number | null>(
        `SELECT max(from_seq) FROM v_irte
         WHERE recording_id = ? AND devid = ? AND irte_index = ? AND irte = ? AND from_seq <= ?
           AND mode IN ('free', 'allocated')`,
      )
      .pluck()
      .get(...entry, seq) ?? 0
  );
}

/** Rows of one recording as values. */
function changesOf(
  sqlite: Database.Database,
  recording: Recording,
  rows: readonly Row[],
): readonly FieldChange[] {
  const functionsOf = kernelFunctions(sqlite, recording);
  return rows.map(({ kind, cause_kind, ...change }) => ({
    ...change,
    old: valueOf(change.field, change.old),
    new: valueOf(change.field, change.new),
    ...functionsOf({ kind, cause: change.cause, cause_kind }),
    allowed: change.allowed === null ? null : change.allowed === 1,
  }));
}

/** A value of v_irte_change as the document of `at` has it. */
function valueOf(field: IrteField, value: string | number | null): AtIrte[IrteField] {
  const form: FieldForm = FIELDS[field];
  if (typeof value !== "number" || form === "word" || form === "number") return value;
  return form === "flag" ? value === 1 : `0x${value.toString(16)}`;
}
