// irqfds, routes and ir_lists: what of KVM's state decides where an IRTE points.

import { describe, expect, it } from "vitest";
import { KIND, type EventKindName } from "../../../src/domain/events/kinds.js";
import { type TwinEvent } from "../../../src/domain/events/event.js";
import { AMD } from "../../../src/domain/amd/platform.js";
import { type RulesId } from "../../../src/domain/amd/releases/releases.js";
import {
  NONE,
  emptyKvm,
  type IrqfdState,
  type KvmState,
  type RouteState,
} from "../../../src/domain/fold/state.js";
import { irteKey } from "../../../src/domain/values/ids.js";
import { event, numbered, type EventFields } from "../../support/twin-event.js";

const after = (events: readonly TwinEvent[], rules: RulesId = "6.17"): KvmState =>
  AMD.fold.evolveKvm(emptyKvm(rules), numbered(events));

const of = (kind: EventKindName, fields: EventFields = {}): TwinEvent =>
  event(kind, { vm: 1, gsi: 24, ...fields });

describe("an irqfd", () => {
  const assigned = of("irqfd_assigned", { payload: { fd: 11 } });
  const connected = of("producer_added", { host_irq: 30 });
  const irqfds = (events: readonly TwinEvent[]): readonly IrqfdState[] => after(events).irqfds;

  it("is assigned without a producer, then connected to one", () => {
    expect(irqfds([assigned])).toMatchObject([
      { vm: 1, gsi: 24, fd: 11, state: "assigned", host_irq: NONE },
    ]);
    expect(irqfds([assigned, connected])).toMatchObject([{ fd: 11, host_irq: 30 }]);
  });

  it("that was assigned before the recording is known from its producer, without an fd", () => {
    expect(irqfds([connected])).toMatchObject([{ gsi: 24, fd: null, host_irq: 30 }]);
  });

  it("is without a producer again when that is removed", () => {
    const removed = of("producer_removed", { host_irq: 30 });
    expect(irqfds([assigned, connected, removed])).toMatchObject([{ host_irq: NONE }]);
  });

  it("is deassigned first and gone with its shutdown", () => {
    const deassigned = of("irqfd_deassigned", { payload: { fd: 11, flags: 1 } });
    expect(irqfds([assigned, deassigned])).toMatchObject([{ state: "deassigned" }]);
    expect(irqfds([assigned, deassigned, of("irqfd_shut_down")])).toEqual([]);
  });

  it("that shuts down is the deassigned one of two on a GSI", () => {
    const second = of("irqfd_assigned", { payload: { fd: 12 } });
    const events = [
      assigned,
      second,
      of("irqfd_deassigned", { payload: { fd: 12 } }),
      of("irqfd_shut_down"),
    ];
    expect(irqfds(events)).toMatchObject([{ fd: 11 }]);
  });

  it("is not there where KVM_IRQFD failed", () => {
    expect(
      irqfds([
        assigned,
        of("call_failed", { payload: { ret: -16, of_kind: KIND.irqfd_assigned } }),
      ]),
    ).toEqual([]);
  });

  it("has no producer where connecting it failed", () => {
    const failed = of("call_failed", {
      host_irq: 30,
      payload: { ret: -22, of_kind: KIND.producer_added },
    });
    expect(irqfds([assigned, connected, failed])).toMatchObject([{ host_irq: NONE }]);
  });

  it("goes with its VM, and no other VM's does", () => {
    const other = of("irqfd_assigned", { vm: 2, payload: { fd: 12 } });
    expect(irqfds([assigned, other, event("vm_destroyed", { vm: 1 })])).toMatchObject([{ vm: 2 }]);
  });
});

describe("a route", () => {
  const route = (events: readonly TwinEvent[], rules: RulesId = "6.17"): RouteState | undefined =>
    after(events, rules).routes.get("1:24");
  const routed = of("irqfd_routed", { payload: { type: 2, address: 0xfee0_1000, data: 0x141 } });

  it("to an MSI is taken apart, and may be postable", () => {
    expect(route([routed])).toMatchObject({
      type: 2,
      address: 0xfee0_1000,
      data: 0x141,
      dest: 1,
      vector: 0x41,
      delivery_mode: 1,
      postable: null,
    });
  });

  it("to an NMI, to an irqchip or to nothing is not postable", () => {
    for (const payload of [
      { type: 2, address: 0xfee0_0000, data: 0x441 },
      { type: 1, address: null, data: null },
      { type: 0, address: 0, data: 0 },
    ]) {
      expect(route([of("irqfd_routed", { payload })])?.postable).toBe(false);
    }
  });

  it("is learned from kvm_msi_set_irq where the kernel does not print it", () => {
    const events = [
      of("irqfd_routed", { payload: { type: 2 } }),
      of("irqfd_msi", { payload: { dest: 3, vector: 0x65, mode: 0 } }),
    ];
    expect(route(events, "6.16")).toMatchObject({ type: 2, dest: 3, vector: 0x65, data: null });
  });

  it("is postable once avic_pi_update_irte() gets a vCPU, and not when it gets none", () => {
    const target = of("pi_update_requested", { host_irq: 30, vcpu: 1 });
    expect(route([routed, target])?.postable).toBe(true);
    expect(route([routed, { ...target, vcpu: null }])?.postable).toBe(false);
  });

  it("goes with its VM", () => {
    expect(route([routed, event("vm_destroyed", { vm: 1 })])).toBeUndefined();
  });
});

describe("an ir_list", () => {
  const A = { vcpu: 1, devid: 0x40, irte_index: 0 } as const;
  const key = (index: number): number => irteKey(0, 0x40, index);
  const vcpus = [1, 2].map((vcpu) => event("vcpu_created", { vm: 1, vcpu }));
  const lists = (events: readonly TwinEvent[], rules: RulesId): (readonly number[] | null)[] =>
    [...after([...vcpus, ...events], rules).vcpus.values()].map(({ ir_list }) => ir_list);

  const posted = of("vcpu_affinity_set", { ...A, payload: { is_guest_mode: 1 } });
  const requested = of("pi_update_requested", A);

  it("before the series holds what amd_ir_set_vcpu_affinity() posts", () => {
    expect(lists([requested], "6.16")).toEqual([[], []]);
    expect(lists([requested, posted], "6.16")).toEqual([[key(0)], []]);
  });

  it("before the series loses what is no longer posted, even for an inhibit", () => {
    const off = of("vcpu_affinity_set", { ...A, payload: { is_guest_mode: 0 } });
    expect(lists([posted, off], "6.16")).toEqual([[], []]);
  });

  it("since the series holds avic_pi_update_irte()'s target, even while AVIC is inhibited", () => {
    const off = of("vcpu_affinity_set", { ...A, payload: { is_guest_mode: 0 } });
    expect(lists([requested, off], "6.17")).toEqual([[key(0)], []]);
    expect(lists([posted], "6.17")).toEqual([[], []]);
  });

  it("does not hold the next life of an IRTE that was freed while linked", () => {
    const two = [posted, { ...posted, irte_index: 1 }];
    const again = (count: number): TwinEvent =>
      of("irte_allocated", { devid: 0x40, irte_index: 0, payload: { count } });
    expect(lists([...two, again(1)], "6.16")).toEqual([[key(1)], []]);
    expect(lists([...two, again(2)], "6.16")).toEqual([[], []]);
  });

  it("since the series loses an IRTE that has no target", () => {
    expect(lists([requested, { ...requested, vcpu: null }], "6.17")).toEqual([[], []]);
    const none = of("vcpu_affinity_set", { ...A, vcpu: null, payload: { is_guest_mode: null } });
    expect(lists([requested, none], "6.17")).toEqual([[], []]);
  });

  it("since the series loses an IRTE whose update failed", () => {
    const failed = of("call_failed", {
      ...A,
      payload: { ret: -12, of_kind: KIND.pi_update_requested },
    });
    expect(lists([requested, failed], "6.17")).toEqual([[], []]);
  });

  it("has the newest link first, and an IRTE that moves on one list only", () => {
    const second = { ...requested, irte_index: 1 };
    expect(lists([requested, second], "6.17")).toEqual([[key(1), key(0)], []]);
    expect(lists([requested, second, requested], "6.17")).toEqual([[key(0), key(1)], []]);
    expect(lists([requested, second, { ...requested, vcpu: 2 }], "6.17")).toEqual([
      [key(1)],
      [key(0)],
    ]);
  });

  it("that is unknown stays unknown when an IRTE is linked", () => {
    expect(lists([event("events_lost"), requested], "6.17")).toEqual([null, null]);
  });
});
