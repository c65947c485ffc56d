// The interrupts of recordings: of damaged ones none that the whole one contradicts, of built histories what was built,
// and of rewound and rebuilt timelines the same.

import { gzipSync } from "node:zlib";
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openTimeline } from "../../src/index.js";
import { rowsOf } from "../support/content.js";
import { Scratch } from "../support/scratch.js";
import { SHIPPED, shippedLines, shippedPath } from "../support/shipped.js";
import { DAMAGES, joined, split, type Random } from "../soak/damage.js";

const scratch = new Scratch();

async function imported(file: string): Promise<string> {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(file);
  timeline.close();
  return db;
}

function importedText(text: string): Promise<string> {
  const file = scratch.path(".txt.gz");
  writeFileSync(file, gzipSync(text));
  return imported(file);
}

function told(db: string, sql: string): readonly string[] {
  return rowsOf(db, sql).map((row) => row.map(String).join(" "));
}

/** What is stated of each interrupt, by the way and the time at which it is shown first; null = nothing is. */
function statedIn(db: string): ReadonlyMap<string, Readonly<Record<string, string | null>>> {
  const fields = ["verdict", "irte", "vcpu_id", "vcpu_got", "woken_ns", "running_ns"] as const;
  const sql = `SELECT time_ns, coalesce(path, '-'), ${fields.join(", ")} FROM v_interrupt ORDER BY id`;
  const rows = rowsOf(db, sql).map(([time, path, ...values]) => {
    const stated = fields.map((field, i) => {
      const value = values[i];
      return [field, value === null || value === "unknown" ? null : String(value)] as const;
    });
    return [`${String(path)} at ${String(time)}`, Object.fromEntries(stated)] as const;
  });
  return new Map(rows);
}

/** A seeded source of numbers (mulberry32). */
function seeded(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

describe.each(["6.16-m2-mono-standard", "6.17-x-uaf-crash"])("%s damaged", (name) => {
  const kinds = Object.entries(DAMAGES);
  test.each(kinds)("states nothing that the whole contradicts: %s", async (kind, damage) => {
    const whole = statedIn(await imported(shippedPath(name)));
    const { lines, how } = damage(
      split(shippedLines(name).join("\n")),
      seeded(kind.length + name.length),
    );
    const damaged = statedIn(await importedText(joined(lines)));
    const wrong = [...damaged].flatMap(([which, stated]) => {
      const truth = whole.get(which);
      return Object.entries(stated).flatMap(([field, value]) => {
        const right = truth?.[field] ?? null;
        return value === null || right === null || right === value
          ? []
          : [`${which}: ${field} ${value}, whole: ${right}`];
      });
    });
    expect(wrong, how).toEqual([]);
  });
});

test.each(SHIPPED)(
  "%s: only KVM itself drops an interrupt, and a verdict that is none is not sure",
  async (name) => {
    const db = await imported(shippedPath(name));
    const others = "path <> 'remapped' AND path <> 'injection'";
    expect(told(db, `SELECT * FROM v_interrupt WHERE verdict = 'lost' AND ${others}`)).toEqual([]);
    expect(told(db, "SELECT * FROM v_interrupt WHERE verdict = 'unknown' AND sure = 1")).toEqual(
      [],
    );
  },
);

describe("built histories", () => {
  const LINES = shippedLines("6.17-s1-one");
  const stampOf = (line = ""): number => Number(/ (\d+): /.exec(line)?.[1] ?? 0);
  const at = (line: string, stamp: number): string => line.replace(/ \d+: /, ` ${stamp}: `);
  const counted = (lines: readonly string[]): string => {
    const entries = lines.filter((line) => !line.startsWith("#")).length;
    const header = /(entries-written: )\d+\/\d+/;
    return `${lines.map((line) => line.replace(header, `$1${entries}/${entries}`)).join("\n")}\n`;
  };

  test("an interrupt that is logged for a vCPU which was freed is lost", async () => {
    const blocks = LINES.findIndex((line) => line.includes(" avic_blocking: "));
    const [, vcpu = "", kvm = ""] = /vcpu=(\w+) kvm=(\w+)/.exec(LINES[blocks] ?? "") ?? [];
    const end = LINES.findIndex((line, i) => i > blocks && line.includes(" vcpu_put: "));
    const stamp = stampOf(LINES[end]);
    const like = (name: string): string => LINES.find((line) => line.includes(` ${name}: `)) ?? "";
    const freed = like("svm_vcpu_free").replace(/vcpu=\w+/, `vcpu=${vcpu}`);
    const db = await importedText(
      counted([
        ...LINES.slice(0, end + 1),
        at(freed.replace(/kvm=\w+/, `kvm=${kvm}`), stamp + 1),
        at(like("kvm_avic_ga_log"), stamp + 2),
      ]),
    );
    const [last] = told(
      db,
      "SELECT verdict, fate, sure, path FROM v_interrupt ORDER BY id DESC LIMIT 1",
    );
    expect(last).toBe("lost freed memory 1 GA log");
  });

  test("without the line of its wake-up an interrupt is not paired with a later one", async () => {
    const logged = LINES.findIndex((line) => line.includes(" kvm_avic_ga_log: "));
    const woken = LINES.findIndex((line, i) => i > logged && line.includes(" kvm_vcpu_wakeup: "));
    const whole = await importedText(counted(LINES));
    const db = await importedText(counted(LINES.filter((_, i) => i !== woken)));
    const first = "FROM v_interrupt WHERE path = 'GA log' ORDER BY id LIMIT 1";
    expect(told(whole, `SELECT woken_ns ${first}`)).toEqual([String(stampOf(LINES[woken]))]);
    expect(told(db, `SELECT verdict, woken_ns, running_ns ${first}`)).toEqual([
      "delivered null null",
    ]);
  });

  test("an interrupt whose GSI has lost its route is dropped, and its time is told", async () => {
    const gone = LINES.findIndex((line) => / kvm_pi_update: .* e_type=0 /.test(line));
    const done = LINES.findIndex((line, i) => i > gone && line.includes(" kvm_pi_update_ret: "));
    const [, gsi = ""] = / gsi=(\d+)/.exec(LINES[gone] ?? "") ?? [];
    const irq = LINES.slice(0, gone)
      .reverse()
      .flatMap(
        (line) =>
          new RegExp(` add_producer: .* gsi=${gsi} .* host_irq=(\\d+)`).exec(line)?.[1] ?? [],
      )[0];
    const handler = `          <idle>-0       [001] d.h1. ${stampOf(LINES[done]) + 1}: irq_handler_entry: irq=${irq} name=vfio-msix[0](0000:00:08.0)`;
    const lost = async (after: number): Promise<readonly string[]> => {
      const mark = handler.replace(/irq_handler_entry.*/, "tracing_mark_write: one more event");
      const more = Array.from({ length: after }, () => mark);
      const lines = [...LINES.slice(0, done + 1), handler, ...more, ...LINES.slice(done + 1)];
      const db = await importedText(counted(lines));
      const of = `raised_ns = ${stampOf(handler)}`;
      return told(db, `SELECT verdict, fate, sure FROM v_interrupt WHERE ${of}`);
    };
    expect(await lost(2100)).toEqual(["lost host handler 1"]);
    // A new route comes soon: the interrupt may go over that one.
    expect(await lost(0)).toEqual(["unknown host handler 0"]);
  });
});

test("an MSI whose handler may have been lost has no path, and was raised nobody knows when", async () => {
  const lines = shippedLines("6.17-x-uaf-crash");
  const handled = lines.findIndex((line) => line.includes("irq_handler_entry: irq=35 "));
  const sent = lines.findIndex((line, i) => i > handled && line.includes(" kvm_msi_set_irq: "));
  expect(lines[sent]).toContain("<idle>-0 ");
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  const text = lines.slice(sent).join("\n");
  await timeline.import(Buffer.from(`${text}\n`), { name: "end.txt" });
  const sql = "SELECT path, raised_ns, fate FROM v_interrupt ORDER BY id LIMIT 1";
  const rows = rowsOf(timeline.file, sql);
  timeline.close();
  expect(rows).toEqual([[null, null, "unknown"]]);
});
