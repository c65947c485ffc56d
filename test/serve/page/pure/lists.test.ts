import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { namePlaces, segments } from "../../../../src/serve/page/inspector/bit-layout.js";
import { type BitField } from "../../../../src/serve/page/pure/answers.js";
import { readFilter, scrollTo, virtual } from "../../../../src/serve/page/pure/event-filter.js";
import { partAround } from "../../../../src/serve/page/pure/part.js";
import { ruler } from "../../../../src/serve/page/pure/ruler.js";

describe("a filter of events", () => {
  it("has the names of log, and takes words alone for what they are", () => {
    expect(
      readFilter('task=piwl irte_written 00:08.0/1 vm1/vcpu2 cause="vcpu load"').query,
    ).toEqual({
      task: "piwl",
      kind: "irte_written",
      irte: "00:08.0/1",
      vcpu: "vm1/vcpu2",
      cause: "vcpu load",
    });
  });

  it("takes a span of time, as log does", () => {
    expect(readFilter("since=@100 until=line:200 marker=PI").query).toEqual({
      ...{ since: "@100", until: "line:200", marker: "PI" },
    });
  });

  it("tells which parts it does not know", () => {
    expect(readFilter("colour=red")).toEqual({ query: {}, unknown: ["colour=red"] });
  });
});

describe("a long list", () => {
  property.prop([
    fc.integer({ min: 1, max: 20_000_000 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  ])("shows a row in the room to which it is scrolled", (total, part) => {
    const [height, room] = [22, 440];
    const row = Math.floor(part * (total - 1));
    const scrolled = Math.round(scrollTo(row, total, height, room));
    const { first, height: whole } = virtual(total, height, room, scrolled);
    expect(whole).toBeLessThanOrEqual(8_000_000);
    expect(first).toBeLessThanOrEqual(row);
    expect(row - first).toBeLessThanOrEqual(room / height + 30);
  });
});

describe("a part of a long list", () => {
  property.prop([
    fc.integer({ min: 0, max: 3_000 }),
    fc.integer({ min: -1, max: 2_999 }),
    fc.integer({ min: 1, max: 600 }),
  ])("has the place in it, is as long as it may be, and counts the rest", (length, place, most) => {
    const all = Array.from({ length }, (_, at) => at);
    const { part, before, behind } = partAround(all, place, most);
    expect(part).toHaveLength(Math.min(length, most));
    expect([...all.slice(0, before), ...part, ...all.slice(length - behind)]).toEqual(all);
    if (place >= 0 && place < length) expect(part).toContain(place);
    if (place < 0) expect(before).toBe(0);
  });
});

describe("a ruler", () => {
  property.prop([
    fc.bigInt({ min: 0n, max: 10n ** 15n }),
    fc.bigInt({ min: 1_000n, max: 10n ** 13n }),
    fc.integer({ min: 200, max: 3_000 }),
  ])("has round times in the view, and not too many", (start, length, width) => {
    const ticks = ruler({ start, length }, width, { unit: "ns", hz: null });
    expect(ticks.length).toBeLessThanOrEqual(width / 92 + 2);
    for (const { time } of ticks) {
      expect(time).toBeGreaterThanOrEqual(start);
      expect(time).toBeLessThanOrEqual(start + length);
    }
  });
});

describe("a ruler that counts from a marker", () => {
  const clock = { unit: "ns", hz: null } as const;
  const view = { start: 1_234_567_000n, length: 2_000_000n };

  it("has the marker at zero, and times before it below zero", () => {
    const origin = 1_235_567_000n;
    const ticks = ruler(view, 1_000, clock, { origin });
    expect(ticks.find(({ time }) => time === origin)?.text).toMatch(/^0\.0+(?:\u2009?0+)*$/);
    expect(ticks[0]?.text).toMatch(/^−0\.00/);
    for (const { time, text } of ticks) {
      const told = Number(text.replace("−", "-").replace(/\s/g, ""));
      expect(told).toBeCloseTo(Number(time - origin) / 1e9, 9);
    }
  });
});

describe("the names of bits", () => {
  const field = (name: string, high: number, low: number): BitField => ({
    ...{ field: name, high, low, unit: null, meaning: "", value: "0", flipped: [] },
  });

  it("stand where they do not collide", () => {
    const parts = segments([
      field("ga_tag", 63, 32),
      field("destination", 31, 8),
      field("guest_mode", 7, 7),
      field("is_run", 6, 6),
      field("reserved", 5, 3),
      field("ga_log_intr", 2, 2),
      field("no_fault", 1, 1),
      field("valid", 0, 0),
    ]);
    const row = parts.filter((part) => part.row === 3);
    const places = [...namePlaces(row, 10, ({ field: { field: name } }) => name.length * 5)];
    expect(places).toHaveLength(6);
    for (const side of ["above", "below"]) {
      const boxes = places
        .filter(([, place]) => place.side === side)
        .map(([part, { left }]) => [left, left + part.field.field.length * 5] as const)
        .sort((a, b) => a[0] - b[0]);
      boxes.slice(1).forEach(([left], index) => {
        expect(left).toBeGreaterThan(boxes[index]?.[1] ?? 0);
      });
    }
  });

  it("cut a field at the rows, and give its value once", () => {
    const parts = segments([field("ga_root_ptr", 115, 76)]);
    expect(parts.map(({ row, column, width }) => [row, column, width])).toEqual([
      [0, 12, 20],
      [1, 0, 20],
    ]);
    expect(parts.filter(({ isMain }) => isMain)).toHaveLength(1);
  });
});
