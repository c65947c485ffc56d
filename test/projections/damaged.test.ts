// What the views state of a damaged recording at an event, the whole one does not contradict at the same line: bits, places,
// fates with their paths, and of interrupts the verdict, the path and each leg.

import { describe, expect, it } from "vitest";
import { openTimeline } from "../../src/index.js";
import { cpuOf, cpusOf, DAMAGES, joined, recounted, split } from "../soak/damage.js";
import { type Damage, type Lines, type Random } from "../soak/damage.js";
import { rowsOf } from "../support/content.js";
import { randomOf } from "../support/random.js";
import { Scratch } from "../support/scratch.js";
import { SHIPPED, shippedText } from "../support/shipped.js";

const scratch = new Scratch();
const SEEDS = [2];
const LOOKED_AT = 16;

/** The oldest lines of several CPUs were overwritten, and no marker stands where their rings begin. */
const rings: Damage = ({ header, body }, random) => {
  const lost = new Set<number>();
  for (const cpu of cpusOf(body)) {
    const own = body.flatMap((line, i) => (cpuOf(line) === cpu ? [i] : []));
    if (random(3) > 0) for (const i of own.slice(0, random(own.length))) lost.add(i);
  }
  const left = body.filter((_line, i) => !lost.has(i));
  const lines = { header: recounted(header, left.length, body.length), body: left };
  return { lines, how: `the oldest lines of several CPUs, ${lost.size} in all, overwritten` };
};

/** Events of one CPU or another were lost, several times. */
const losses: Damage = (lines, random) => {
  const lose = DAMAGES["lost-span"];
  let damaged = { lines, how: "" };
  for (let i = 0; lose !== undefined && i < 4; i++) damaged = lose(damaged.lines, random);
  return { lines: damaged.lines, how: "four spans of lost lines" };
};

const KINDS: Readonly<Record<string, Damage>> = {
  ...Object.fromEntries(
    ["cut-start", "wrapped", "window", "one-ring", "lost-span"].flatMap((name) => {
      const damage = DAMAGES[name];
      return damage === undefined ? [] : [[name, damage]];
    }),
  ),
  rings,
  losses,
};

type Cells = ReturnType<typeof rowsOf>[number];

interface View {
  readonly sql: string;
  /** How many columns come before the bounds, the last of which are values. */
  readonly keys: number;
}

/** Columns: the names, the seqs from which and up to which it is so, the values. */
const VIEWS: Readonly<Record<string, View>> = {
  irte: { sql: "SELECT irte, from_seq, to_seq, lo, hi FROM v_irte", keys: 1 },
  vcpu: {
    sql: `SELECT vm_id, vcpu_id, from_seq, to_seq, nullif(run_state, 'unknown'), pcpu, avic_active, is_running, ga_log_intr
      FROM v_vcpu WHERE vm_id IS NOT NULL`,
    keys: 2,
  },
  fate: {
    // In flight the IOMMU may use the bits before a write or those after.
    sql: `SELECT irte, from_seq, to_seq, nullif(fate, 'unknown'), path, vm_id, vcpu_id FROM v_fate
      WHERE in_flight IS NOT 1`,
    keys: 1,
  },
};

const INTERRUPTS = `SELECT id, nullif(verdict, 'unknown'), nullif(fate, 'unknown'), path, irte, vm_id, vcpu_id, vcpu_got,
  raised_ns, logged_ns, woken_ns, running_ns FROM v_interrupt`;

/** What a recording states, by the line: the text of a line stands for it in both. */
interface Stated {
  /** The events in their order: the line of each, and its seq. */
  readonly events: readonly (readonly [string, number])[];
  readonly views: Readonly<Record<string, ReadonlyMap<string, readonly Cells[]>>>;
  readonly interrupts: ReadonlyMap<number, Cells>;
}

async function statedIn(lines: Lines): Promise<Stated> {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  const text = joined(lines);
  await timeline.import(Buffer.from(text, "latin1"), { name: "trace.txt" });
  timeline.close();
  const all = text.split("\n");
  const events = rowsOf(db, "SELECT seq, line, kind FROM event WHERE line > 0 ORDER BY seq").map(
    ([seq, line, kind]) => [`${all[Number(line) - 1]} ${String(kind)}`, Number(seq)] as const,
  );
  const views = Object.fromEntries(
    Object.entries(VIEWS).map(([name, { sql, keys }]) => {
      const by = new Map<string, Cells[]>();
      for (const row of rowsOf(db, sql)) {
        const key = row.slice(0, keys).join("/");
        by.set(key, [...(by.get(key) ?? []), row]);
      }
      return [name, by];
    }),
  );
  const interrupts = new Map(rowsOf(db, INTERRUPTS).map((row) => [Number(row[0]), row]));
  return { events, views, interrupts };
}

const asOf = (rows: readonly Cells[], keys: number, seq: number): readonly Cells[] =>
  rows.filter((row) => {
    const to = row[keys + 1] ?? null;
    return Number(row[keys]) <= seq && (to === null || seq < Number(to));
  });

/** The values that none of the right ones allows: one that is not known there allows all. */
const wrongIn = (row: Cells, right: readonly Cells[], from: number): readonly string[] =>
  row.flatMap((value, i) => {
    if (i < from || value === null || right.length === 0) return [];
    const isRight = right.some((each) => each[i] === null || each[i] === value);
    return isRight
      ? []
      : [`${i}: ${String(value)}, is ${right.map((each) => String(each[i])).join()}`];
  });

function contradictions(damaged: Stated, whole: Stated): readonly string[] {
  const seqOf = new Map(whole.events);
  return damaged.events.flatMap(([line, seq], nth) => {
    const is = seqOf.get(line);
    if (is === undefined) return [];
    const ofViews = Object.entries(VIEWS).flatMap(([name, { keys }]) =>
      [...(damaged.views[name] ?? [])].flatMap(([key, rows]) => {
        // What begins here, and now and then what was so before.
        const stated =
          nth % LOOKED_AT === 0
            ? asOf(rows, keys, seq)
            : asOf(rows, keys, seq).filter((row) => Number(row[keys]) === seq);
        if (stated.length === 0) return [];
        const right = asOf(whole.views[name]?.get(key) ?? [], keys, is);
        return stated
          .flatMap((row) => wrongIn(row, right, keys + 2))
          .map((wrong) => `${name} ${key} column ${wrong}: ${line}`);
      }),
    );
    const shown = damaged.interrupts.get(seq);
    const right = whole.interrupts.get(is);
    if (shown === undefined || right === undefined) return ofViews;
    const wrong = wrongIn(shown, [right], 1).map((each) => `interrupt column ${each}: ${line}`);
    return [...ofViews, ...wrong];
  });
}

const randomBy = (seed: number): Random => {
  const random = randomOf(seed);
  return (below) => Math.floor(random() * below);
};

describe.each(SHIPPED)("%s, damaged", (name) => {
  it(`states nothing that the whole one contradicts: ${Object.keys(KINDS).join(", ")}`, async () => {
    const lines = split(shippedText(name));
    const whole = await statedIn(lines);
    const wrong: string[] = [];
    for (const [kind, damage] of Object.entries(KINDS)) {
      for (const seed of SEEDS) {
        const { lines: left, how } = damage(lines, randomBy(seed));
        const found = contradictions(await statedIn(left), whole);
        wrong.push(...found.slice(0, 3).map((each) => `${kind} ${seed} (${how}): ${each}`));
      }
    }
    expect(wrong).toEqual([]);
  });
});
