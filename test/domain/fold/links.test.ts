// Entries on a list that is not known as a whole, as it is behind a loss or where the recording begins: each stay ends.

import { describe, expect, it } from "vitest";
import { AMD } from "../../../src/domain/amd/platform.js";
import { type TwinEvent } from "../../../src/domain/events/event.js";
import { type EventKindName } from "../../../src/domain/events/kinds.js";
import { emptyKvm } from "../../../src/domain/fold/state.js";
import { event, numbered, type EventFields } from "../../support/twin-event.js";

const ENTRY = { vm: 1, gsi: 24, devid: 0x40, irte_index: 0 } as const;
const of = (kind: EventKindName, fields: EventFields = {}): TwinEvent =>
  event(kind, { vm: 1, vcpu: 1, ...fields });

const loaded = of("vcpu_loaded", { payload: { cpu: 2 } });
const linked = of("pi_update_requested", ENTRY);
const unlinked = of("pi_update_requested", { ...ENTRY, vcpu: null });
const lost = event("events_lost", { cpu: 1 });

/** The vCPU whose list each told link is of; null = its end. */
function links(events: readonly TwinEvent[], rules: string | null = "6.17"): readonly unknown[] {
  const told: unknown[] = [];
  AMD.fold.evolveKvm(emptyKvm(rules), numbered(events), {
    vcpu: () => undefined,
    route: () => undefined,
    link: (_key, vcpu) => told.push(vcpu),
  });
  return told;
}

describe("a stay on a list of which other entries are not known", () => {
  it.each([
    ["the entry is taken off", unlinked],
    ["events are lost", lost],
    ["the vCPU is freed", of("vcpu_destroyed")],
    ["the entry is allocated anew", of("irte_allocated", { ...ENTRY, vcpu: null })],
  ])("ends when %s", (_what, end) => {
    expect(links([loaded, linked, end])).toEqual([1, null]);
    expect(links([loaded, linked, lost, linked, end])).toEqual([1, null, 1, null]);
  });

  it("goes on when an unknown entry joins", () => {
    const unknown = { ...ENTRY, devid: null, irte_index: null };
    expect(links([loaded, linked, of("pi_update_requested", unknown)])).toEqual([1]);
  });

  it("is told once however often it ends", () => {
    expect(links([loaded, linked, unlinked, unlinked, lost])).toEqual([1, null]);
  });
});
