// A timeline of one recording for each profile, made by the migrations, in which a test puts IRTE words of its
// own and asks the views what they say. Nothing of it stays.

import Database from "better-sqlite3";
import { int64 } from "../../src/base/words.js";
import { RULES, RULES_IDS, type RulesId } from "../../src/domain/amd/releases/releases.js";
import { type IrteBits, type Predicted, knownBits } from "../../src/domain/values/bits.js";
import { KIND } from "../../src/domain/events/kinds.js";
import { migrationFiles } from "../../src/timeline/open/migrate.js";

/** A value of a cell. */
export type Cell = number | string | null;

/** The vCPUs of every recording: the last has the names of one before it, because its VM's ID came back. */
export const NAMED_VCPUS = [
  { vm: 1, vm_id: 1, vcpu_id: 7, vcpu_idx: 3 },
  { vm: 1, vm_id: 1, vcpu_id: 9, vcpu_idx: 4 },
  { vm: 2, vm_id: 2, vcpu_id: 3, vcpu_idx: null },
  { vm: 3, vm_id: 2, vcpu_id: 5, vcpu_idx: 0 },
  { vm: 4, vm_id: 1, vcpu_id: 11, vcpu_idx: 3 },
] as const;

/** The recordings: of a profile, and of a kernel without one. */
export const RECORDINGS: readonly (readonly [id: number, rules: RulesId | null])[] = [
  ...RULES_IDS.map((rules, i) => [i + 1, rules] as const),
  [RULES_IDS.length + 1, null],
];

/** The device of every entry. */
export const DEVICE = { name: "0002:9c:1f.7", segment: 2, devid: 0x9cff } as const;

/** Ends a transaction that is not to be kept. */
class RollBack extends Error {}

/** The timeline's file. */
export class WordTable {
  private readonly sqlite: Database.Database;

  constructor(path: string) {
    this.sqlite = new Database(path);
    this.sqlite.pragma("foreign_keys = ON");
    for (const { sql } of migrationFiles()) this.sqlite.exec(sql);
    for (const rules of RULES_IDS) this.addTagLayout(rules);
    for (const [id, rules] of RECORDINGS) this.addRecording(id, rules);
  }

  close(): void {
    this.sqlite.close();
  }

  /** Does something, and takes back what it wrote. */
  briefly(act: () => void): void {
    try {
      this.sqlite.transaction(() => {
        act();
        throw new RollBack();
      })();
    } catch (error) {
      if (!(error instanceof RollBack)) throw error;
    }
  }

  /** Rows of a query as objects. */
  rows(sql: string, ...values: readonly Cell[]): Record<string, Cell>[] {
    return this.sqlite.prepare<unknown[], Record<string, Cell>>(sql).all(...values);
  }

  /** An interval of entry `index` from event `from` on, to `to`; null = the bits are not known. */
  observe(recording: number, index: number, bits: IrteBits | null, from = 1, to?: number): void {
    const { devid, segment } = DEVICE;
    this.insert("irte_interval", {
      ...{ devid, irte_index: index, segment, from_seq: from, to_seq: to ?? null, from_ns: from },
      ...{
        to_ns: to ?? null,
        recording_id: recording,
        ...wordsOf(bits),
        cause: 1,
        cause_seq: from,
      },
    });
  }

  /** An interval of a prediction, with the mode that the projection stores. */
  predict(recording: number, index: number, entry: Predicted, mode: string): void {
    const { devid, segment } = DEVICE;
    const { lo, hi } = wordsOf(entry.bits);
    const known = wordsOf(entry.known);
    this.insert("irte_predicted_interval", {
      ...{ devid, irte_index: index, segment, from_seq: 1, from_ns: 1, recording_id: recording },
      ...{ lo, hi, lo_known: known.lo, hi_known: known.hi, known_bits: knownBits(entry), mode },
    });
  }

  /** The recording's entries are predicted, by its own rules. */
  addPrediction(recording: number): void {
    const [, rules = null] = RECORDINGS.find(([id]) => id === recording) ?? [];
    this.insert("prediction", { recording_id: recording, rules: rules ?? "none" });
  }

  /** The event of a write. */
  addWrite(recording: number, seq: number, index: number, bits: IrteBits): void {
    const { devid, segment } = DEVICE;
    this.insert("event", {
      ...{ seq, recording_id: recording, line: seq, time_ns: seq, cpu: 0 },
      ...{ kind: KIND.irte_written, segment, devid, irte_index: index, ...wordsOf(bits) },
    });
  }

  /** A profile that is younger than the migrations. */
  private addTagLayout(profile: RulesId): void {
    const { tagVcpuBits, tagVcpuField } = RULES[profile];
    this.sqlite
      .prepare("INSERT OR IGNORE INTO tag_layout (rules, bits, is_idx) VALUES (?, ?, ?)")
      .run(profile, tagVcpuBits, Number(tagVcpuField === "vcpu_idx"));
  }

  private addRecording(id: number, rules: RulesId | null): void {
    this.insert("recording", {
      ...{ id, state: "importing", file: "words", format: "none", rules, rules_from: "test" },
      ...{ clock_unit: "ns", overwritten: 0, first_seq: 1, first_task: 1, first_vm: 1 },
      first_vcpu: 1,
    });
    for (const { vm, vm_id } of new Map(NAMED_VCPUS.map((each) => [each.vm, each])).values())
      this.insert("vm", { id: 100 * id + vm, recording_id: id, vm_id });
    NAMED_VCPUS.forEach(({ vm, vcpu_id, vcpu_idx }, i) => {
      const names = { vm: 100 * id + vm, vcpu_id, vcpu_idx };
      this.insert("vcpu", { id: 100 * id + i, recording_id: id, ...names });
    });
  }

  private insert(table: string, row: Readonly<Record<string, Cell | bigint>>): void {
    const columns = Object.keys(row);
    const marks = columns.map(() => "?").join(", ");
    const sql = `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks})`;
    this.sqlite.prepare(sql).run(...Object.values(row));
  }
}

/** The words as SQLite stores them. */
function wordsOf(bits: IrteBits | null): Record<"lo" | "hi", number | bigint | null> {
  if (bits === null) return { lo: null, hi: null };
  return { lo: integer(bits.loH, bits.loL), hi: integer(bits.hiH, bits.hiL) };
}

/** A number would be stored as REAL. */
function integer(high: number, low: number): bigint {
  return BigInt(int64(high, low));
}
