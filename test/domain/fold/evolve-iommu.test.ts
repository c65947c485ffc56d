import { describe, expect, it } from "vitest";
import { causeCode } from "../../../src/domain/events/causes.js";
import { type TwinEvent } from "../../../src/domain/events/event.js";
import { AMD } from "../../../src/domain/amd/platform.js";
import { IRTE_ALLOCATED, IRTE_FREE } from "../../../src/domain/amd/irte/irte.js";
import { type IrteBits } from "../../../src/domain/values/bits.js";
import { NONE, emptyIommu, type IrteState } from "../../../src/domain/fold/state.js";
import { irteKey, irteOfKey } from "../../../src/domain/values/ids.js";
import { event, numbered } from "../../support/twin-event.js";

const ENTRY = { devid: 0x40, irte_index: 0 } as const;
const REMAPPED: IrteBits = { loH: 0, loL: 0x2501, hiH: 0, hiL: 0x22 };
const POSTED: IrteBits = { loH: 0x203, loL: 0x81, hiH: 1, hiL: 0x2345_6041 };

/** Entry 0 of device 0x40 after the events, or another entry of it. */
function entryAfter(events: readonly TwinEvent[], index = 0): IrteState | undefined {
  return AMD.fold.evolveIommu(emptyIommu(), numbered(events)).irtes.get(irteKey(0, 0x40, index));
}

const written = (bits: IrteBits, cause: number | null = null): TwinEvent =>
  event("irte_written", { ...ENTRY, ...bits, words: 2, cause, cause_seq: 1 });

describe("an allocation", () => {
  const allocated = event("irte_allocated", { ...ENTRY, host_irq: 30, payload: { count: 3 } });

  it("marks consecutive entries for consecutive host IRQs", () => {
    const entries = [0, 1, 2].map((index) => entryAfter([allocated], index));
    expect(entries.map((entry) => entry?.bits)).toEqual(Array(3).fill(IRTE_ALLOCATED));
    expect(entries.map((entry) => entry?.host_irq)).toEqual([30, 31, 32]);
    expect(entryAfter([allocated], 3)).toBeUndefined();
  });

  it("makes an entry that nothing predates, by the cause allocate", () => {
    expect(entryAfter([allocated])).toMatchObject({ born: true, cause: causeCode("allocate") });
  });

  it("never runs over into the table of the next device", () => {
    const last = event("irte_allocated", {
      devid: 0x40,
      irte_index: 0xffff,
      payload: { count: 2 },
    });
    const { irtes } = AMD.fold.evolveIommu(emptyIommu(), [last]);
    for (const [key, { devid, index }] of irtes) {
      expect(irteOfKey(key)).toEqual({ segment: 0, devid, index });
    }
  });

  it("of more entries than a table has makes no more than a table has", () => {
    // A damaged line may say 4294967295: a loop of that length would not end.
    const all = event("irte_allocated", { ...ENTRY, payload: { count: 100_000 } });
    expect(AMD.fold.evolveIommu(emptyIommu(), [all]).irtes.size).toBeLessThanOrEqual(2048);
  });
});

describe("a write", () => {
  it("sets table and shadow to the same bits", () => {
    const prepared = event("irte_prepared", { ...ENTRY, ...REMAPPED, words: 2 });
    const before = entryAfter([event("irte_allocated", ENTRY), prepared]);
    expect(before).toMatchObject({ bits: IRTE_ALLOCATED, shadow: REMAPPED });
    const after = entryAfter([event("irte_allocated", ENTRY), prepared, written(POSTED)]);
    expect(after).toMatchObject({ bits: POSTED, shadow: null });
  });

  it("of a first-seen entry makes it known, but not as born here", () => {
    expect(entryAfter([written(POSTED)])).toMatchObject({ bits: POSTED, born: false });
  });

  it("sets since and cause to those of the event that changed the bits", () => {
    const load = causeCode("vcpu load");
    expect(entryAfter([written(REMAPPED), written(POSTED, load)])).toMatchObject({
      since: { seq: 2, billions: 0, rest: 2 },
      cause: load,
      cause_seq: 1,
    });
  });

  it("of the same bits leaves since and cause with the first such write", () => {
    const [load, put] = [causeCode("vcpu load"), causeCode("vcpu put")];
    expect(entryAfter([written(POSTED, load), written(POSTED, put)])).toMatchObject({
      since: { seq: 1, billions: 0, rest: 1 },
      cause: load,
    });
  });

  it("touches no other entry", () => {
    const other = { ...written(REMAPPED), irte_index: 1 };
    expect(entryAfter([written(POSTED), other])?.bits).toEqual(POSTED);
    expect(entryAfter([written(POSTED), { ...other, irte_index: 0, segment: 1 }])?.bits).toEqual(
      POSTED,
    );
  });

  it("without a device or an index says nothing", () => {
    expect(entryAfter([{ ...written(POSTED), devid: null }])).toBeUndefined();
    expect(entryAfter([{ ...written(POSTED), irte_index: null }])).toBeUndefined();
  });
});

describe("a preparation", () => {
  it("with the table's own bits leaves no difference between the two", () => {
    const prepared = event("irte_prepared", { ...ENTRY, ...REMAPPED, words: 2 });
    expect(entryAfter([written(REMAPPED), prepared])).toMatchObject({ shadow: null });
  });
});

describe("a host IRQ", () => {
  it("is learned from activation, deactivation and vCPU affinity", () => {
    for (const kind of [
      "host_irq_activated",
      "host_irq_deactivated",
      "vcpu_affinity_set",
    ] as const) {
      const learned = event(kind, { ...ENTRY, host_irq: 31 });
      expect(entryAfter([written(POSTED), learned])).toMatchObject({ bits: POSTED, host_irq: 31 });
    }
  });

  it("stays what it is where the event does not name it", () => {
    const known = event("irte_allocated", { ...ENTRY, host_irq: 30 });
    expect(entryAfter([known, event("host_irq_activated", ENTRY)])?.host_irq).toBe(30);
  });
});

describe("a free", () => {
  it("zeroes the entry and takes its host IRQ", () => {
    const events = [
      event("irte_allocated", { ...ENTRY, host_irq: 30 }),
      written(REMAPPED),
      event("irte_freed", ENTRY),
    ];
    expect(entryAfter(events)).toMatchObject({
      bits: IRTE_FREE,
      shadow: null,
      host_irq: NONE,
      cause: causeCode("free"),
      since: { seq: 3 },
    });
  });
});

describe("a gap", () => {
  const lost = event("events_lost", { payload: { count: 12 } });

  it("makes bits, shadow, host IRQ and cause unknown, since the gap", () => {
    const events = [event("irte_allocated", { ...ENTRY, host_irq: 30 }), lost];
    expect(entryAfter(events)).toMatchObject({
      bits: null,
      shadow: null,
      host_irq: null,
      born: false,
      cause: null,
      since: { seq: 2 },
    });
  });

  it("ends for an entry with the next write to it", () => {
    expect(entryAfter([written(POSTED), lost, written(REMAPPED)])).toMatchObject({
      bits: REMAPPED,
      since: { seq: 3 },
    });
  });

  it("after a gap changes nothing more", () => {
    expect(entryAfter([written(POSTED), lost, lost])).toMatchObject({ since: { seq: 2 } });
  });
});

describe("a listener", () => {
  it("hears of each change in order, with the state before and after", () => {
    const heard: (readonly [IrteBits | null | undefined, IrteBits | null, number])[] = [];
    const events = numbered([written(REMAPPED), written(POSTED), event("irte_freed", ENTRY)]);
    AMD.fold.evolveIommu(emptyIommu(), events, (before, after, { seq }) => {
      heard.push([before?.bits, after.bits, seq]);
    });
    expect(heard).toEqual([
      [undefined, REMAPPED, 1],
      [REMAPPED, POSTED, 2],
      [POSTED, IRTE_FREE, 3],
    ]);
  });
});

describe("a write whose exchange is lost", () => {
  it("changes its entry once where the events after it are lost, or free the entry", () => {
    const first = [
      event("irte_written", { ...ENTRY, ...REMAPPED, words: 2, task: 1 }),
      event("irte_exchanged", { ...ENTRY, ...REMAPPED, words: 2, task: 1 }),
      event("irte_written", { ...ENTRY, ...POSTED, words: 2, task: 1 }),
    ];
    for (const next of [
      event("events_lost", { task: null }),
      event("irte_freed", { ...ENTRY, task: 1 }),
      event("irte_exchanged", { ...ENTRY, ...REMAPPED, words: 2, task: 2 }),
    ]) {
      const changes: number[] = [];
      const events = numbered([...first, next]);
      AMD.fold.evolveIommu(emptyIommu(), events, (_before, _after, { seq }) => changes.push(seq));
      expect(changes.filter((seq) => seq === events.length)).toHaveLength(1);
    }
  });
});

describe("an exchange", () => {
  const write = event("irte_written", { ...ENTRY, ...POSTED, words: 2, task: 1, cause_seq: 7 });
  const exchange = (fields: Partial<TwinEvent> = {}): TwinEvent =>
    event("irte_exchanged", { ...ENTRY, ...POSTED, words: 2, task: 1, ...fields });
  const first = [
    event("irte_written", { ...ENTRY, ...REMAPPED, words: 2, task: 1 }),
    exchange(REMAPPED),
  ];

  it("is the moment of the write: until then the table holds what it held", () => {
    expect(entryAfter([...first, write])).toMatchObject({ bits: REMAPPED });
    expect(entryAfter([...first, write, exchange()])).toMatchObject({
      bits: POSTED,
      since: { seq: 4 },
    });
  });

  it("on another CPU meanwhile changes nothing about that", () => {
    const other = exchange({ irte_index: 1, cpu: 3, task: 2 });
    expect(entryAfter([...first, write, other])).toMatchObject({ bits: REMAPPED });
  });

  it("that is missing: the write counts when its task or its CPU goes on", () => {
    const goesOn = { bits: POSTED, since: { seq: 4 }, cause_seq: 7 };
    expect(entryAfter([...first, write, event("vcpu_put", { task: 1, cpu: 2 })])).toMatchObject(
      goesOn,
    );
    expect(entryAfter([...first, write, event("vcpu_put", { task: 2, cpu: 0 })])).toMatchObject(
      goesOn,
    );
  });

  it("without its write changes the table as well", () => {
    expect(entryAfter([...first, exchange()])).toMatchObject({ bits: POSTED });
  });
});
