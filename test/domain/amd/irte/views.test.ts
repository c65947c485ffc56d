// The views that decode IRTE words in SQL against the field table, over random words in a timeline.

import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { hex64 } from "../../../../src/base/words.js";
import { IRTE, type IrteFieldName } from "../../../../src/domain/amd/irte/irte-fields.js";
import { IRTE_ALLOCATED, IRTE_FREE } from "../../../../src/domain/amd/irte/irte.js";
import { AMD } from "../../../../src/domain/amd/platform.js";
import { type RulesId } from "../../../../src/domain/amd/releases/releases.js";
import { type EntryTarget } from "../../../../src/domain/platform/platform.js";
import { EntryDraft, hasField } from "../../../../src/domain/values/bit-fields.js";
import {
  UNKNOWN_BITS,
  exactly,
  masked,
  type IrteBits,
  type Predicted,
} from "../../../../src/domain/values/bits.js";
import { Scratch } from "../../../support/scratch.js";
import { seedOr } from "../../../support/seed.js";
import {
  DEVICE,
  NAMED_VCPUS,
  RECORDINGS,
  WordTable,
  type Cell,
} from "../../../support/word-table.js";

const SEED = seedOr(20261125);
const RUNS = { seed: SEED, numRuns: 60 };

const table = new WordTable(new Scratch().path(".db"));
afterAll(() => {
  table.close();
});

// --- random words ---------------------------------------------------------------------------------

const word = fc.oneof(fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }), fc.constantFrom(0, -1));
const anyBits: fc.Arbitrary<IrteBits> = fc.record({ loH: word, loL: word, hiH: word, hiL: word });

/** A posted entry whose tag names a VM and a vCPU that there may be, packed in 9 or 12 bits. */
const tagged = fc
  .tuple(anyBits, fc.constantFrom(9, 12), fc.nat(3), fc.nat(11))
  .map(([bits, width, vm_id, vcpu]) =>
    new EntryDraft(bits)
      .setFlag(IRTE.guest_mode, true)
      .set(IRTE.ga_tag, (vm_id << width) | vcpu)
      .done(),
  )
  .map(({ bits }) => bits);

/** All that an entry can be; lo alone, or hi alone, is nearly that of a free or an allocated one. */
const bits: fc.Arbitrary<IrteBits> = fc.oneof(
  anyBits,
  tagged,
  fc.constantFrom(IRTE_FREE, IRTE_ALLOCATED),
  fc.record({ loH: fc.constant(0), loL: fc.constantFrom(0, 1, 2, 128), hiH: word, hiL: word }),
);

/** Entries of which all bits, some fields, or some bits are known. */
const partial: fc.Arbitrary<Predicted> = fc.oneof(
  bits.map(exactly),
  fc.tuple(bits, anyBits).map(([some, known]) => masked(exactly(some), known)),
  fc
    .tuple(bits, fc.subarray(Object.values(IRTE)))
    .map(([some, hidden]) =>
      hidden.reduce((draft, field) => draft.set(field, null), new EntryDraft(some)).done(),
    ),
);

// --- what the field table says -----------------------------------------------------------------------

/** The decoded columns of v_irte, and the fields of v_irte_change, in its order. */
const FIELDS = [
  ...(["mode", "valid", "is_run", "ga_log_intr", "destination", "vector", "ga_tag"] as const),
  "ga_root_ptr",
] as const;

type Row = Record<string, Cell>;

/** Each column by `AMD.describe()`; numbers besides by the field of the table. */
function decoded(entry: Predicted): Row {
  const told = AMD.describe(entry);
  const row: Row = {};
  for (const name of FIELDS) {
    const value = told[name];
    row[name] = typeof value === "boolean" ? Number(value) : value;
  }
  row["ga_root_ptr"] = told.ga_root_ptr === null ? null : Number(told.ga_root_ptr);
  for (const name of ["valid", "destination", "vector", "ga_tag", "ga_root_ptr"] as const)
    expect(row[name], name).toBe(fieldOf(entry, name));
  return row;
}

function fieldOf({ bits: some, known }: Predicted, name: IrteFieldName): number | null {
  return hasField(known, IRTE[name]) ? IRTE[name].read(some) : null;
}

/** The names of the vCPU that the entry is posted to: of the newest one, where several have them. */
function named(entry: Predicted, rules: RulesId | null): Row {
  const isKnown = hasField(entry.known, IRTE.ga_tag) && hasField(entry.known, IRTE.guest_mode);
  const target = rules === null || !isKnown ? null : AMD.targetOf(entry.bits, rules);
  return { vm_id: target?.vm_id ?? null, vcpu_id: target === null ? null : vcpuIdOf(target) };
}

function vcpuIdOf({ vm_id, field, value }: EntryTarget): number | null {
  if (field === "vcpu_id") return value;
  const found = NAMED_VCPUS.filter((vcpu) => vcpu.vm_id === vm_id && vcpu.vcpu_idx === value);
  const ids = new Set(found.map(({ vcpu_id }) => vcpu_id));
  return ids.size === 1 ? (found[0]?.vcpu_id ?? null) : null;
}

/** The words as hexadecimal text, where all of their bits are known. */
function words({ bits: { loH, loL, hiH, hiL }, known }: Predicted): Row {
  return {
    lo: known.loH === -1 && known.loL === -1 ? hex64(loH, loL) : null,
    hi: known.hiH === -1 && known.hiL === -1 ? hex64(hiH, hiL) : null,
  };
}

const COLUMNS = `irte, ${FIELDS.join(", ")}, vm_id, vcpu_id, source,
  iif(lo IS NULL, NULL, printf('0x%016x', lo)) AS lo, iif(hi IS NULL, NULL, printf('0x%016x', hi)) AS hi`;

const inRecording = `SELECT ${COLUMNS} FROM v_irte WHERE recording_id = ? ORDER BY irte_index`;

describe.each(RECORDINGS)(`v_irte of recording %i, rules %s (seed ${SEED})`, (recording, rules) => {
  const expected = (source: string) => (entry: Predicted, index: number) => ({
    irte: `${DEVICE.name}/${index}`,
    ...decoded(entry),
    ...named(entry, rules),
    ...words(entry),
    source,
  });

  it("decodes observed words as the field table does; NULL where nothing is known", () => {
    const property = fc.property(fc.array(fc.option(bits, { freq: 10 })), (entries) => {
      table.briefly(() => {
        entries.forEach((entry, index) => {
          table.observe(recording, index, entry);
        });
        const known = entries.map((entry) => (entry === null ? UNKNOWN_BITS : exactly(entry)));
        expect(table.rows(inRecording, recording)).toEqual(known.map(expected("observed")));
      });
    });
    fc.assert(property, RUNS);
  });

  it("decodes predicted words as far as they are known", () => {
    const property = fc.property(fc.array(partial), (entries) => {
      table.briefly(() => {
        table.addPrediction(recording);
        entries.forEach((entry, index) => {
          table.predict(recording, index, entry, AMD.describe(entry).mode);
        });
        expect(table.rows(inRecording, recording)).toEqual(entries.map(expected("predicted")));
      });
    });
    fc.assert(property, RUNS);
  });
});

describe("v_irte names the vCPU of a tag", () => {
  // Two have the same vm_id and vcpu_idx, because a VM's ID came back: which is meant is not known.
  it.each([
    ["6.12", 0x207, 7],
    ["6.16", 0x209, 9],
    ["6.17", 0x204, 9],
    ["6.18", 0x203, null],
    ["7.3", 0x1003, null],
    ["7.3", 0x1005, null],
  ] as const)("by %s: %i is of vcpu_id %s", (rules, tag, vcpu_id) => {
    const [recording] = RECORDINGS.find(([, each]) => each === rules) ?? [0];
    table.briefly(() => {
      table.observe(recording, 0, { loH: tag, loL: 0x81, hiH: 0, hiL: 0x41 });
      expect(table.rows("SELECT vm_id, vcpu_id FROM v_irte")).toEqual([{ vm_id: 1, vcpu_id }]);
    });
  });
});

describe(`the other views (seed ${SEED})`, () => {
  const [[recording] = [1]] = RECORDINGS;

  it("v_irte_change has each field whose decoded value changed, with both values", () => {
    const sql = `SELECT field, old, new FROM v_irte_change WHERE recording_id = ?`;
    const near = fc
      .tuple(bits, fc.subarray(Object.values(IRTE)), bits)
      .map(([one, some, other]) => {
        const draft = new EntryDraft(one);
        for (const field of some) draft.set(field, field.read(other));
        return [one, draft.done().bits] as const;
      });
    const pair = fc.oneof(fc.tuple(fc.option(bits, { freq: 10 }), bits), near);
    const property = fc.property(pair, ([before, after]) => {
      table.briefly(() => {
        table.observe(recording, 0, before, 1, 2);
        table.observe(recording, 0, after, 2);
        table.addWrite(recording, 2, 0, after);
        const old = decoded(before === null ? UNKNOWN_BITS : exactly(before));
        const now = decoded(exactly(after));
        const changed = FIELDS.filter((name) => old[name] !== now[name]);
        const changes = table.rows(sql, recording);
        expect(new Set(changes)).toEqual(
          new Set(changed.map((field) => ({ field, old: old[field], new: now[field] }))),
        );
        expect(changes).toHaveLength(changed.length);
      });
    });
    fc.assert(property, { ...RUNS, numRuns: 500 });
  });

  it("v_event has the words of a write as text", () => {
    const property = fc.property(bits, (entry) => {
      table.briefly(() => {
        table.addWrite(recording, 1, 0, entry);
        const [row] = table.rows("SELECT payload FROM v_event WHERE seq = 1");
        expect(JSON.parse(String(row?.["payload"]))).toEqual(words(exactly(entry)));
      });
    });
    fc.assert(property, RUNS);
  });

  it("the expression for the destination mode asks valid remapped entries alone", () => {
    const property = fc.property(bits, (entry) => {
      table.briefly(() => {
        table.observe(recording, 0, entry);
        const [row] = table.rows(`SELECT ${AMD.sql.logical ?? ""} AS logical FROM irte_interval`);
        const shows = IRTE.valid.isSet(entry) && !IRTE.guest_mode.isSet(entry);
        expect(row?.["logical"]).toBe(shows ? IRTE.dm.read(entry) : null);
      });
    });
    fc.assert(property, RUNS);
  });

  it("the expressions for a posted entry and its tag read the fields of the table", () => {
    const property = fc.property(bits, (entry) => {
      table.briefly(() => {
        table.observe(recording, 0, entry);
        const { posted, tag } = AMD.sql;
        const [row] = table.rows(`SELECT ${posted} AS posted, ${tag} AS tag FROM irte_interval`);
        expect(row).toEqual({ posted: IRTE.guest_mode.read(entry), tag: IRTE.ga_tag.read(entry) });
      });
    });
    fc.assert(property, RUNS);
  });
});
