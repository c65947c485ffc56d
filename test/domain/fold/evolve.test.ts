import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type TwinEvent } from "../../../src/domain/events/event.js";
import { evolve, evolveBatch } from "../../../src/platforms/amd-fold.js";
import { RULES_IDS } from "../../../src/domain/amd/releases/releases.js";
import { emptyState, type TwinState } from "../../../src/domain/fold/state.js";
import { irteKey, irteOfKey } from "../../../src/domain/values/ids.js";
import { anyEvent, event } from "../../support/twin-event.js";

const anyRules = fc.constantFrom(null, ...RULES_IDS);
const anyEvents = fc.array(anyEvent, { maxLength: 60 });
/** A state that some history led to. */
const anyState = fc
  .tuple(anyRules, anyEvents)
  .map(([rules, events]) => evolveBatch(emptyState(rules), events));

/** Freezes everything in reach: a write to it throws. Maps are compared instead. */
function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  const inside = value instanceof Map ? [...value.values()] : Object.values(value);
  inside.forEach(freeze);
}

function oneByOne(state: TwinState, events: readonly TwinEvent[]): TwinState {
  return events.reduce(evolve, state);
}

describe("evolve", () => {
  it("accepts every event in every state, and makes the same of it each time", () => {
    fc.assert(
      fc.property(anyState, anyEvent, (state, one) => {
        expect(evolve(state, one)).toEqual(evolve(state, one));
      }),
      { numRuns: 300 },
    );
  });

  it("accepts numbers that are none", () => {
    const numbers = fc.constantFrom(NaN, Infinity, -Infinity, -0, 0.5, 2 ** 53, -(2 ** 53));
    fc.assert(
      fc.property(anyState, anyEvent, fc.tuple(numbers, numbers), (state, one, [x, y]) => {
        // A count of entries is a number of the kernel's; what it may be has a test of its own.
        const a = one.kind === event("irte_allocated").kind ? 1 : x;
        const odd = { ...one, a, b: y, c: x, d: y, devid: x, vcpu: y, loL: x };
        const next = evolve(state, odd);
        expect(next.kvm.rules).toBe(state.kvm.rules);
      }),
    );
  });

  it("leaves the state and the events that come in as they are", () => {
    fc.assert(
      fc.property(anyState, anyEvents, (state, events) => {
        const before = structuredClone(state);
        freeze(state);
        freeze(events);
        evolveBatch(state, events);
        expect(state).toEqual(before);
      }),
    );
  });

  it("makes of a list what it makes of its events one by one, however the list is split", () => {
    const cuts = fc.array(fc.nat(60), { maxLength: 5 });
    fc.assert(
      fc.property(anyState, anyEvents, cuts, (state, any, places) => {
        // Each event has a seq of its own, by which a fold knows its own changes.
        const events = any.map((event, i) => ({ ...event, seq: i + 1 }));
        const ends = [...places.toSorted((a, b) => a - b), events.length];
        let from = 0;
        let split = state;
        for (const end of ends) {
          split = evolveBatch(split, events.slice(from, end));
          from = Math.max(from, end);
        }
        const single = oneByOne(state, events);
        expect(split).toEqual(single);
        expect(evolveBatch(state, events)).toEqual(single);
      }),
    );
  });

  it("keeps every IRTE, vCPU, VM and route under its own name", () => {
    fc.assert(
      fc.property(anyState, ({ iommu, kvm }) => {
        for (const [key, { segment, devid, index }] of iommu.irtes) {
          expect(irteKey(segment, devid, index)).toBe(key);
        }
        for (const [key, { vcpu }] of kvm.vcpus) expect(vcpu).toBe(key);
        for (const [key, { vm }] of kvm.vms) expect(vm).toBe(key);
        for (const [key, { vm, gsi }] of kvm.routes) expect(`${vm}:${gsi}`).toBe(key);
      }),
    );
  });

  it("has no IRTE on two lists or twice on one", () => {
    fc.assert(
      fc.property(anyState, ({ kvm }) => {
        const linked = [...kvm.vcpus.values()].flatMap(({ ir_list }) => ir_list ?? []);
        expect(new Set(linked).size).toBe(linked.length);
      }),
    );
  });

  it("knows of a kind without a meaning for the state only that it changes nothing", () => {
    // Any event of a task or CPU carries out the write that the task or CPU has printed before: this one is of none.
    const ofNone = { ...event("vm_created"), task: -1, cpu: -1 };
    fc.assert(
      fc.property(anyState, fc.integer({ min: 1000 }), (state, kind) => {
        expect(evolve(state, { ...ofNone, kind })).toEqual(state);
      }),
    );
  });
});

describe("an IRTE's key", () => {
  it("leads back to segment, devid and index", () => {
    const u16 = fc.nat(0xffff);
    fc.assert(
      fc.property(u16, u16, u16, (segment, devid, index) => {
        expect(irteOfKey(irteKey(segment, devid, index))).toEqual({ segment, devid, index });
      }),
    );
  });
});
