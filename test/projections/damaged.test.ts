// What the views state of a damaged recording at an event, the whole one does not contradict at the same line: bits, places,
// fates with their paths, whether a function is at work, and of interrupts the verdict, the path and each leg.

import { describe, expect, it, test } from "vitest";
import { openTimeline } from "../../src/index.js";
import { thinned, withoutMarkers } from "../soak/combined.js";
import { bare, cpuOf, cpusOf, DAMAGES, joined, recounted, split } from "../soak/damage.js";
import { type Damage, type Lines, type Random } from "../soak/damage.js";
import { rowsOf } from "../support/content.js";
import { randomOf } from "../support/random.js";
import { NO_REAL_TRACES, WHERE_TRACES_ARE, realTrace } from "../support/real-traces.js";
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
  "no markers": bare(withoutMarkers),
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
    sql: `SELECT irte, from_seq, to_seq, nullif(fate, 'unknown'), path, vm_id, vcpu_id, in_flight FROM v_fate`,
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

/** `each`: what was so before is looked at with every event of so many. */
function contradictions(damaged: Stated, whole: Stated, each: number): readonly string[] {
  const seqOf = new Map(whole.events);
  return damaged.events.flatMap(([line, seq], nth) => {
    const is = seqOf.get(line);
    if (is === undefined) return [];
    const ofViews = Object.entries(VIEWS).flatMap(([name, { keys }]) =>
      [...(damaged.views[name] ?? [])].flatMap(([key, rows]) => {
        // What begins here, and now and then what was so before.
        const stated =
          nth % each === 0
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

/**
 * What a recording with fewer probes states of fates, where the one with all probes says that nothing is at work on the entry
 * and it says something else.
 */
function settledContradictions(fewer: Stated, all: Stated): readonly string[] {
  const seqOf = new Map(all.events);
  const isSettled = (row: Cells): boolean => row.at(-1) === 0n;
  return fewer.events.flatMap(([line, seq]) => {
    const is = seqOf.get(line);
    if (is === undefined) return [];
    return [...(fewer.views["fate"] ?? [])].flatMap(([irte, rows]) => {
      const known = all.views["fate"]?.get(irte) ?? [];
      const right = asOf(known, 1, is);
      if (![...right, ...asOf(known, 1, is + 1)].every(isSettled)) return [];
      const wrong = asOf(rows, 1, seq).flatMap((row) => wrongIn(row, right, 3));
      return wrong.map((each) => `${irte} column ${each}: ${line}`);
    });
  });
}

const randomBy = (seed: number): Random => {
  const random = randomOf(seed);
  return (below) => Math.floor(random() * below);
};

/** What of a recording that is damaged in some ways, with some seeds, contradicts the whole one. */
async function attacked(
  lines: Lines,
  damages: readonly (readonly [kind: string, seed: number])[],
  each = LOOKED_AT,
): Promise<readonly string[]> {
  const whole = await statedIn(lines);
  const wrong: string[] = [];
  for (const [kind, seed] of damages) {
    const damaged = KINDS[kind]?.(lines, randomBy(seed));
    if (damaged === undefined) throw new Error(`there is no damage ${kind}`);
    const found = contradictions(await statedIn(damaged.lines), whole, each);
    wrong.push(...found.slice(0, 3).map((one) => `${kind} ${seed} (${damaged.how}): ${one}`));
  }
  return wrong;
}

describe.each(SHIPPED)("%s, damaged", (name) => {
  it(`states nothing that the whole one contradicts: ${Object.keys(KINDS).join(", ")}`, async () => {
    const damages = SEEDS.flatMap((seed) =>
      Object.keys(KINDS).map((kind) => [kind, seed] as const),
    );
    const wrong = await attacked(split(shippedText(name)), damages);
    expect(wrong).toEqual([]);
  });
});

/** Those in which no vCPU takes up another state of AVIC, which the standard probes show in another order. */
const UNREFRESHED = SHIPPED.filter((name) => /s2-two|stale/.test(name));

describe.each(UNREFRESHED)("%s, with fewer probes", (name) => {
  it("does not know whether a function whose end has no line is over, nor what the entry holds until it is", async () => {
    const all = shippedText(name);
    const fewer = await statedIn(split(thinned(all, "standard")));
    expect(settledContradictions(fewer, await statedIn(split(all)))).toEqual([]);
  });
});

test("where any line may be missing no function is known to be at work", async () => {
  const lines = split(shippedText("6.18-s1-one"));
  const damaged = DAMAGES["by-cpu-bare"]?.(lines, randomBy(1)).lines ?? lines;
  const { views } = await statedIn(damaged);
  const flights = [...(views["fate"]?.values() ?? [])].flat().map((row) => row.at(-1));
  expect([...new Set(flights)]).toEqual([null]);
});

/** What is shown by damages that only these recordings have suffered from. */
const FOUND = {
  "a write finds what it leaves": ["6.16/s0-boot", "lost-span", 1],
  "a VM is met under another row": ["6.17/s1u-one-irqfd-first", "wrapped", 1],
  "a number of a host IRQ is allocated again": ["6.17/x-uaf-crash", "one-ring", 1],
  "the first line is the exchange of a walk": ["6.12/s2-two", "cut-start", 1],
  "an update is known by its last line": ["6.16/s3-rand", "one-ring", 1],
  "the thread that destroys a VM loads its vCPUs": ["6.12/s1-one", "wrapped", 4],
  "a function begins on a vCPU of which nothing is known before and after": [
    "6.16/m2-mono-standard",
    "wrapped",
    7,
  ],
  "an update tells its decision before the driver is called": [
    "6.16/m2-mono-standard",
    "cut-start",
    6,
  ],
  "a route is taken up whose old one is not known": ["6.16/s2-two", "cut-start", 1],
} as const;

/** The same, of what the standard probes leave: they tell no return of most functions. */
const FOUND_STANDARD = {
  "an update's task prints nothing more": ["6.12/s1-one", "lost-span", 11],
  "a put's task prints nothing more, and an update comes": ["7.3/s1-one", "window", 11],
  "another task has loaded the vCPU": ["6.17/s1-one", "wrapped", 11],
} as const;

describe.skipIf(NO_REAL_TRACES)(`real recordings ${WHERE_TRACES_ARE}`, () => {
  test.each(Object.entries(FOUND))("%s", async (_what, [name, kind, seed]) => {
    const lines = split(realTrace(name).toString("latin1"));
    expect(await attacked(lines, [[kind, seed]], 1)).toEqual([]);
  });

  test.each(Object.entries(FOUND_STANDARD))("%s", async (_what, [name, kind, seed]) => {
    const lines = split(thinned(realTrace(name).toString("latin1"), "standard"));
    expect(await attacked(lines, [[kind, seed]], 1)).toEqual([]);
  });

  test("host IRQs that are activated first in a recording have no function at work that is not seen", async () => {
    const db = scratch.path(".db");
    const timeline = await openTimeline(db, { create: true });
    await timeline.import(realTrace("6.16/s0-boot"), { name: "trace.txt" });
    timeline.close();
    const last =
      "(SELECT from_seq FROM v_fate WHERE irte = fate.irte ORDER BY from_seq DESC LIMIT 1)";
    const atEnd = `SELECT irte, in_flight FROM v_fate AS fate WHERE from_seq = ${last} AND irte LIKE '0000:00:14.0/%'`;
    const rows = rowsOf(db, atEnd);
    expect(rows.length).toBeGreaterThan(3);
    expect(rows.filter(([, isInFlight]) => String(isInFlight) !== "0")).toEqual([]);
  });
});
