// The line of the exchange inside of __modify_irte_ga(): which entry, which write, which bits.

import { describe, expect, it } from "vitest";
import { bitsBefore } from "../../../src/domain/events/stored-event.js";
import { bitsOf, type TwinEvent } from "../../../src/domain/events/event.js";
import { KIND } from "../../../src/domain/events/kinds.js";
import { payload } from "../../../src/domain/events/payload.js";
import { readEvents } from "../../support/events.js";
import { SHIPPED, shippedText } from "../../support/shipped.js";

const AT = "(__modify_irte_ga.isra.0+0x4d/0x80)";

/** Lines of a task: name and payload of each. */
function read(...lines: readonly string[]): readonly TwinEvent[] {
  const text = lines
    .map((line, i) => `            piwl-178     [000] d.Z1.     1.00000${i}: ${line}`)
    .join("\n");
  return readEvents(Buffer.from(`# tracer: nop\n${text}\n`, "latin1"), "7.3").events;
}

const write = (index: number): string =>
  `irte_write: (__modify_irte_ga.isra.0+0x0/0x80) devid=0x40 index=${index} lo=0x1 hi=0x22`;
const exchange = (address: string): string =>
  `irte_cmpxchg: ${AT} addr=${address} old_lo=0xf0000001000085c1 old_hi=0x80000000865d0041 new_lo=0x1 new_hi=0x22`;

const BASE = "0xff11000102af4000";
const NEXT = "0xff11000102af4010";

describe("a line of irte_cmpxchg", () => {
  it("names the entry and the write that its task has just entered", () => {
    const [, event] = read(write(3), exchange(BASE));
    expect(event).toMatchObject({ kind: KIND.irte_exchanged, devid: 0x40, irte_index: 3 });
    expect(event === undefined ? null : payload.written_seq(event)).toBe(1);
  });

  it("has the bits after, and all 128 bits before", () => {
    const event = read(write(3), exchange(BASE))[1];
    if (event === undefined) throw new Error("there is no second event");
    expect(bitsOf(event)).toEqual({ loH: 0, loL: 1, hiH: 0, hiL: 0x22 });
    expect(bitsBefore(event)).toEqual({
      loH: 0xf0000001 | 0,
      loL: 0x000085c1,
      hiH: 0x80000000 | 0,
      hiL: 0x865d0041 | 0,
    });
  });

  it("without its write is of the entry that the address was shown to be", () => {
    const events = read(write(3), exchange(BASE), write(4), exchange(NEXT), exchange(BASE));
    const last = events.at(-1);
    expect(last).toMatchObject({ kind: KIND.irte_exchanged, devid: 0x40, irte_index: 3 });
    expect(last === undefined ? 0 : payload.written_seq(last)).toBeNull();
  });

  it("of an address that no line has shown is of no entry", () => {
    expect(read(exchange(BASE))[0]).toMatchObject({ devid: null, irte_index: null });
  });

  it("after another event of its task is not the exchange of the write before that", () => {
    const free = "irte_free: (free_irte+0x0/0x90) devid=0x48 index=0";
    const [, , last] = read(write(3), free, exchange(BASE));
    expect(last === undefined ? 0 : payload.written_seq(last)).toBeNull();
  });

  it("without readable new bits is rejected", () => {
    expect(read(write(3), `irte_cmpxchg: ${AT} addr=${BASE} new_lo=(fault)`)).toHaveLength(1);
  });
});

describe.each(SHIPPED)("%s", (name) => {
  it("has with each exchange the write that it carries out, with the same bits", () => {
    const { events } = readEvents(Buffer.from(shippedText(name), "latin1"));
    const exchanges = events.filter(({ kind }) => kind === KIND.irte_exchanged);
    for (const event of exchanges) {
      const written = events[(payload.written_seq(event) ?? 0) - 1];
      expect(written).toMatchObject({ kind: KIND.irte_written, ...bitsOf(event) });
      expect(written).toMatchObject({ devid: event.devid, irte_index: event.irte_index });
    }
    const isFull = !/standard|minimal/.test(name);
    expect(exchanges.length > 0).toBe(isFull);
  });
});
