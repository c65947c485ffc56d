// Frames against the as-of views, cell by cell: the same entities with the same values since the same event.

import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openTimeline, type Frame, type Timeline } from "../../../src/index.js";
import { rowsOf, valueOf } from "../../support/content.js";
import { largeTrace } from "../../support/large.js";
import { ALL_IRTE_NAMES } from "../../support/predicted.js";
import { randomOf } from "../../support/random.js";
import { Scratch } from "../../support/scratch.js";
import { seedOr } from "../../support/seed.js";
import { SHIPPED, shippedLines, shippedPath, shippedText } from "../../support/shipped.js";

const MOMENTS = 200;
const SEED = seedOr(20261123);

const scratch = new Scratch();

type Cell = string | number | bigint | null;
type Row = readonly Cell[];

const VIEWS = {
  irtes: "irte, coalesce(lo, 'none'), coalesce(hi, 'none'), source, from_seq FROM v_irte",
  vcpus:
    "vm_id, vcpu_id, run_state, pcpu, avic_active, is_running, ga_log_intr, from_seq FROM v_vcpu",
  routes: `vm_id, gsi, type, address, data, dest, vector, delivery_mode, postable, from_seq
     FROM v_route`,
  links: "irte, vm_id, vcpu_id, gsi, from_seq FROM v_link",
};

const ROUTE_TYPES = ["none", "irqchip", "msi"];
const DELIVERY_MODES = ["Fixed", "LowPrio", "SMI", "Res3", "NMI", "INIT", "SIPI", "ExtINT"];

const signed = (word: string | null): bigint | string =>
  word === null ? "none" : BigInt.asIntN(64, BigInt(word));
const flag = (value: boolean | null): number | null => (value === null ? null : Number(value));
const nameOf = (names: readonly string[], code: number | null): string | null =>
  code === null ? null : (names[code] ?? null);

/** What the views would say, from a frame. */
function tablesOf(frame: Frame): Record<keyof typeof VIEWS, Row[]> {
  return {
    irtes: frame.irtes.map(({ irte, lo, hi, source, since_seq }) => [
      ...[irte, signed(lo), signed(hi), source, since_seq],
    ]),
    vcpus: frame.vcpus.map((v) => [
      ...[v.vm_id, v.vcpu_id, v.run_state ?? "unknown", v.pcpu === -1 ? null : v.pcpu],
      ...[flag(v.avic_active), flag(v.is_running), flag(v.ga_log_intr), v.since_seq],
    ]),
    routes: frame.routes.map((r) => [
      ...[r.vm_id, r.gsi, nameOf(ROUTE_TYPES, r.type) ?? "unknown", r.address, r.data, r.dest],
      ...[r.vector, nameOf(DELIVERY_MODES, r.delivery_mode), flag(r.postable), r.since_seq],
    ]),
    links: frame.links.map(({ irte, vcpu, gsi, since_seq }) => {
      const [, vm = null, id = null] = /^vm(\d+)\/vcpu(\d+)$/.exec(vcpu ?? "") ?? [];
      return [irte, vm, id, gsi, since_seq];
    }),
  };
}

const sorted = (rows: readonly (readonly unknown[])[]): string[] =>
  rows.map((row) => row.map(String).join(" ")).sort();

/** Compares at random events of a recording, at its ends and around `also`. */
function compare(
  db: string,
  timeline: Timeline,
  recording: number,
  also: readonly number[] = [],
): void {
  const { first_seq: firstSeq, last_seq: lastSeq } = timeline.recording(recording);
  const last = lastSeq ?? firstSeq;
  const random = randomOf(SEED + recording);
  const seqs = new Set([firstSeq, last, ...also.filter((seq) => seq >= firstSeq && seq <= last)]);
  while (seqs.size < Math.min(MOMENTS, last - firstSeq + 1))
    seqs.add(firstSeq + Math.floor(random() * (last - firstSeq + 1)));
  const sqlite = new Database(db, { readonly: true });
  const asOf = Object.entries(VIEWS).map(([name, columns]) => ({
    name: name as keyof typeof VIEWS,
    rows: sqlite
      .prepare<number[], Cell[]>(
        `SELECT ${columns} WHERE recording_id = ? AND from_seq <= ? AND (to_seq IS NULL OR ? < to_seq)`,
      )
      .raw()
      .safeIntegers(),
  }));
  for (const seq of seqs) {
    const frame = timeline.recording(recording).frameAt({ when: `@${seq}` });
    const tables = tablesOf(frame);
    for (const { name, rows } of asOf) {
      const expected = sorted(rows.all(recording, seq, seq));
      expect(sorted(tables[name]), `${name} at @${seq}`).toEqual(expected);
    }
    for (const irte of frame.irtes.slice(0, 3)) {
      expect(frame.irte(irte.irte)).toEqual(irte);
      expect(timeline.recording(recording).irteAt({ irte: irte.irte, when: `@${seq}` })).toEqual(
        irte,
      );
    }
  }
  sqlite.close();
}

async function imported(...files: string[]): Promise<{ db: string; timeline: Timeline }> {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  for (const file of files) await timeline.import(file);
  return { db, timeline };
}

/** The large recording, with a marker of lost events before some of its lines. */
function withLostEvents(markers: number): string {
  const lines = largeTrace().toString("latin1").trimEnd().split("\n");
  const random = randomOf(SEED);
  for (let i = 0; i < markers; i++) {
    const at = 20 + Math.floor(random() * (lines.length - 20));
    const cpu = /\[(\d+)\]/.exec(lines[at] ?? "")?.[1];
    if (cpu !== undefined) lines.splice(at, 0, `CPU:${Number(cpu)} [LOST 3 EVENTS]`);
  }
  return scratch.file(".txt", `${lines.join("\n")}\n`);
}

describe(`at ${MOMENTS} events (seed ${SEED}) a frame is what the views say`, () => {
  test.each(SHIPPED)("%s", async (name) => {
    const { db, timeline } = await imported(shippedPath(name));
    compare(db, timeline, 1);
    timeline.close();
  });

  test("many frames, most of which add to another, and events lost in some", async () => {
    const { db, timeline } = await imported(
      scratch.file(".txt", largeTrace().toString("latin1")),
      withLostEvents(12),
    );
    const starts = rowsOf(db, "SELECT first_seq FROM frame").map(([seq]) => Number(seq));
    expect(starts.length).toBeGreaterThan(6);
    expect(valueOf(db, "SELECT count(*) FROM frame WHERE whole_seq < first_seq")).toBeGreaterThan(
      2,
    );
    expect(Number(valueOf(db, "SELECT count(*) FROM v_gap WHERE kind = 'lost'"))).toBeGreaterThan(
      6,
    );
    const around = starts.flatMap((seq) => [seq - 1, seq, seq + 1]);
    const lost = rowsOf(db, "SELECT to_seq FROM v_gap WHERE kind = 'lost'").map(([seq]) =>
      Number(seq),
    );
    compare(db, timeline, 1, around);
    compare(db, timeline, 2, [...around, ...lost.flatMap((seq) => [seq - 1, seq])]);
    timeline.close();
  });

  test("of recordings whose IRTEs are predicted, between others", async () => {
    const lines = shippedLines("6.17-s1-one").filter((line) => !ALL_IRTE_NAMES.test(line));
    const { db, timeline } = await imported(
      shippedPath("7.3-s2-two"),
      scratch.file(".txt", `${lines.join("\n")}\n`),
      shippedPath("6.12-s2-two"),
    );
    expect(timeline.recording(2).frameAt().irtes[0]?.source).toBe("predicted");
    for (const recording of [1, 2, 3]) compare(db, timeline, recording);
    timeline.close();
  });

  test("without frames too, and with them again after a rebuild", async () => {
    const { db, timeline } = await imported(scratch.file(".txt", shippedText("6.17-x-uaf-crash")));
    timeline.close();
    const sqlite = new Database(db);
    sqlite.exec("DELETE FROM frame");
    sqlite.close();
    const without = await openTimeline(db, { create: true });
    compare(db, without, 1);
    without.rebuild();
    expect(Number(valueOf(db, "SELECT count(*) FROM frame"))).toBeGreaterThan(0);
    compare(db, without, 1);
    without.close();
  });
});

test("who was not seen by then is null, and a name that nothing has is refused", async () => {
  const { timeline } = await imported(shippedPath("6.17-s1-one"));
  const [irte] = timeline.recording().frameAt().irtes;
  const name = irte?.irte ?? "";
  expect(timeline.recording().frameAt({ when: "start" }).irte(name)).toBeNull();
  expect(timeline.recording().irteAt({ irte: name, when: "start" })).toBeNull();
  const frame = timeline.recording().frameAt();
  for (const none of ["nonsense", "0000:00:1f.0/9"]) {
    expect(() => frame.irte(none)).toThrow(expect.objectContaining({ code: "ERR_NAME" }));
    expect(() => timeline.recording().irteAt({ irte: none })).toThrow(none);
    expect(() => timeline.recording().blame({ irte: none })).toThrow(none);
  }
  for (const none of ["nonsense", "vm9999/vcpu0"])
    expect(() => frame.vcpu(none)).toThrow(expect.objectContaining({ code: "ERR_NAME" }));
  const [vcpu] = timeline.recording().frameAt().vcpus;
  expect(
    timeline
      .recording()
      .frameAt()
      .vcpu(vcpu?.vcpu ?? ""),
  ).toEqual(vcpu);
  timeline.close();
});
