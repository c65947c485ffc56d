import { describe, expect, it } from "vitest";
import { causeCode } from "../../../src/domain/events/causes.js";
import { type EventKindName } from "../../../src/domain/events/kinds.js";
import { type TwinEvent } from "../../../src/domain/events/event.js";
import { AMD } from "../../../src/domain/amd/platform.js";
import { type RulesId } from "../../../src/domain/amd/releases/releases.js";
import { NONE, emptyKvm, type KvmState, type VcpuState } from "../../../src/domain/fold/state.js";
import { event, numbered, type EventFields } from "../../support/twin-event.js";

const SUBJECT = { vm: 1, vcpu: 1 } as const;
/** The physical ID entry of a vCPU that is not running: valid, backing page 0x123456. */
const ENTRY = { words: 1, loH: -0x8000_0000 | 1, loL: 0x2345_6000 } as const;

/** The same of one that runs on the CPU with APIC ID 2. */
const RUNNING = { words: 1, loH: -0x4000_0000 | 1, loL: 0x2345_6002 } as const;

const of = (kind: EventKindName, fields: EventFields = {}): TwinEvent =>
  event(kind, { ...SUBJECT, ...fields });

const after = (events: readonly TwinEvent[], rules: RulesId | null = "6.17"): KvmState =>
  AMD.fold.evolveKvm(emptyKvm(rules), numbered(events));

function vcpu(events: readonly TwinEvent[], rules: RulesId | null = "6.17"): VcpuState | undefined {
  return after(events, rules).vcpus.get(1);
}

const created = of("vcpu_created", { ...ENTRY, payload: { vcpu_idx: 0 } });
const loaded = of("vcpu_loaded", { cpu: 2, payload: { cpu: 2 } });
const avicLoaded = of("avic_vcpu_loaded", { cpu: 2, ...ENTRY, payload: { cpu: 2 } });
const put = of("vcpu_put", { cpu: 2 });
const avicPut = of("avic_vcpu_put", { cpu: 2, cause: causeCode("vcpu put") });
const blocks = of("vcpu_blocking", { cpu: 2, payload: { apicv_active: 1 } });
const unblocks = of("vcpu_unblocking", { cpu: 3, payload: { apicv_active: 1 } });

describe("a vCPU", () => {
  it("that is created runs nowhere, has an empty list and its backing page", () => {
    expect(vcpu([created])).toMatchObject({
      run_state: "out",
      pcpu: NONE,
      ir_list: [],
      backing_page: 0x12_3456,
      is_running: false,
    });
  });

  it("that was never created here has an unknown list, and may be in a halt", () => {
    expect(vcpu([loaded, avicLoaded])).toMatchObject({
      run_state: null,
      pcpu: 2,
      avic_active: true,
      is_running: null,
      ga_log_intr: null,
      ir_list: null,
    });
  });

  it("that was never created here is known to be out when its put shows that it ran", () => {
    const cause = causeCode("vcpu put");
    const ran = of("avic_vcpu_put", { cpu: 2, cause, ...RUNNING });
    expect(vcpu([loaded, avicLoaded, put, ran])).toMatchObject({
      run_state: "out",
      is_running: false,
    });
    const slept = of("avic_vcpu_put", { cpu: 2, cause, ...ENTRY });
    const inner = of("avic_vcpu_put", { cpu: 2, ...RUNNING });
    for (const unsure of [slept, inner]) {
      expect(vcpu([loaded, avicLoaded, put, unsure])).toMatchObject({
        run_state: null,
        is_running: false,
      });
    }
  });

  it("that is loaded runs on that CPU, IsRunning with AVIC active", () => {
    expect(vcpu([created, loaded])).toMatchObject({ run_state: "running", pcpu: 2 });
    expect(vcpu([created, loaded, avicLoaded])).toMatchObject({
      run_state: "running",
      pcpu: 2,
      avic_active: true,
      is_running: true,
      ga_log_intr: false,
    });
  });

  it("that is put is out, with IsRunning clear", () => {
    expect(vcpu([created, loaded, avicLoaded, put, avicPut])).toMatchObject({
      run_state: "out",
      pcpu: NONE,
      is_running: false,
      ga_log_intr: false,
    });
  });

  it("that is freed has nothing left, and a gap does not change that", () => {
    const freed = of("vcpu_destroyed");
    const gone = { run_state: "freed", pcpu: NONE, is_running: false, ir_list: [] };
    expect(vcpu([created, loaded, freed])).toMatchObject(gone);
    expect(vcpu([created, loaded, freed, event("events_lost")])).toMatchObject(gone);
  });
});

describe("blocking", () => {
  it("sets GA_LOG_INTR since the series and not before", () => {
    const events = [created, loaded, avicLoaded, blocks];
    expect(vcpu(events, "6.17")).toMatchObject({ is_running: false, ga_log_intr: true });
    expect(vcpu(events, "6.16")).toMatchObject({ is_running: false, ga_log_intr: false });
  });

  it("survives the thread's sched-out and sched-in", () => {
    const out = [created, loaded, avicLoaded, blocks, put, avicPut];
    expect(vcpu(out)).toMatchObject({ run_state: "blocking", pcpu: NONE, ga_log_intr: true });
    const back = of("vcpu_loaded", { cpu: 3, payload: { cpu: 3 } });
    const avicBack = of("avic_vcpu_loaded", { cpu: 3, payload: { cpu: 3 } });
    expect(vcpu([...out, back, avicBack])).toMatchObject({
      run_state: "blocking",
      pcpu: 3,
      is_running: false,
      ga_log_intr: true,
    });
  });

  it("keeps its CPU through the nested put of before the series", () => {
    const nested = of("avic_vcpu_put", { cpu: 2, cause: causeCode("vcpu block") });
    expect(vcpu([created, loaded, avicLoaded, blocks, nested], "6.16")).toMatchObject({
      run_state: "blocking",
      pcpu: 2,
      is_running: false,
    });
  });

  it("ends with the unblock, on the CPU that it is on", () => {
    expect(vcpu([created, loaded, avicLoaded, blocks, put, unblocks])).toMatchObject({
      run_state: "running",
      pcpu: 3,
      is_running: true,
      ga_log_intr: false,
    });
  });

  it("with AVIC inhibited leaves IsRunning and GA_LOG_INTR as they are", () => {
    const inhibited = of("vcpu_blocking", { cpu: 2, ...ENTRY, payload: { apicv_active: 0 } });
    expect(vcpu([created, loaded, inhibited])).toMatchObject({
      run_state: "blocking",
      avic_active: false,
      is_running: false,
      ga_log_intr: false,
    });
  });
});

describe("a recording that shows only AVIC's own functions", () => {
  const inhibited = of("avic_refreshed", { cpu: 2, payload: { apicv_active: 0 } });

  it("does not know where a vCPU is once its AVIC is inhibited", () => {
    const events = [created, avicLoaded, inhibited];
    expect(vcpu(events)).toMatchObject({ run_state: null, pcpu: null, avic_active: false });
    expect(vcpu([created, loaded, avicLoaded, inhibited])).toMatchObject({
      run_state: "running",
      pcpu: 2,
    });
  });

  it("does not know where a vCPU is that unblocks with AVIC inhibited", () => {
    const events = [
      created,
      avicLoaded,
      of("vcpu_unblocking", { cpu: 3, payload: { apicv_active: 0 } }),
    ];
    expect(vcpu(events)).toMatchObject({ run_state: null, pcpu: null });
  });

  it("does not know which CPU a vCPU keeps that blocks with AVIC inhibited", () => {
    // The thread sleeps next: svm_vcpu_put() is not probed, and avic_vcpu_put() is not called.
    const events = [
      created,
      avicLoaded,
      inhibited,
      of("vcpu_blocking", { cpu: 2, payload: { apicv_active: 0 } }),
    ];
    expect(vcpu(events)).toMatchObject({ run_state: "blocking", pcpu: null });
  });

  it("knows it again when AVIC is back", () => {
    const back = of("avic_refreshed", { cpu: 3, payload: { apicv_active: 1 } });
    expect(vcpu([created, avicLoaded, inhibited, back])).toMatchObject({
      run_state: "running",
      pcpu: 3,
      avic_active: true,
      is_running: true,
    });
  });
});

describe("inhibits of a VM", () => {
  const inhibits = (events: readonly TwinEvent[]): number | null | undefined =>
    after(events).vms.get(1)?.inhibits;

  it("are unknown until they are shown", () => {
    expect(inhibits([event("vm_created", { vm: 1 })])).toBeNull();
    const requested = event("avic_inhibit_requested", { vm: 1, payload: { reason: 3, set: 1 } });
    expect(inhibits([event("vm_created", { vm: 1 }), requested])).toBeNull();
  });

  it("are what the tracepoint shows, and follow requests from there", () => {
    const shown = event("avic_inhibit_set", { vm: 1, payload: { reason: 2, inhibits: 0x4 } });
    expect(inhibits([shown])).toBe(0x4);
    const set = event("avic_inhibit_requested", { vm: 1, payload: { reason: 3, set: 1 } });
    const clear = event("avic_inhibit_requested", { vm: 1, payload: { reason: 2, set: 0 } });
    expect(inhibits([shown, set])).toBe(0xc);
    expect(inhibits([shown, set, clear])).toBe(0x8);
    expect(
      inhibits([
        shown,
        event("avic_inhibit_cleared", { vm: 1, payload: { reason: 2, inhibits: 0 } }),
      ]),
    ).toBe(0);
  });

  it("are unknown after a change of a VM that is not told, as on 6.12", () => {
    const shown = event("avic_inhibit_set", { vm: 1, payload: { reason: 2, inhibits: 0x4 } });
    expect(
      inhibits([shown, event("avic_inhibit_cleared", { payload: { reason: 2, inhibits: 0 } })]),
    ).toBeNull();
  });
});

describe("a gap", () => {
  const lostOn = (cpu: number): TwinEvent => event("events_lost", { cpu, payload: { count: 1 } });

  it("makes a vCPU unknown that was on the CPU or on none, but for its backing page", () => {
    for (const events of [
      [created, loaded, avicLoaded, lostOn(2)],
      [created, lostOn(0)],
    ]) {
      expect(vcpu(events)).toMatchObject({
        run_state: null,
        pcpu: null,
        avic_active: null,
        is_running: null,
        ga_log_intr: null,
        ir_list: null,
        backing_page: 0x12_3456,
      });
    }
  });

  it("leaves known where a vCPU is that is loaded on another CPU: it may have begun to block before", () => {
    expect(vcpu([created, loaded, avicLoaded, lostOn(0)])).toMatchObject({
      run_state: null,
      pcpu: 2,
      avic_active: null,
      is_running: null,
      ir_list: null,
    });
  });

  it("makes inhibits, irqfds and routes unknown", () => {
    const state = after([
      event("avic_inhibit_set", { vm: 1, payload: { reason: 2, inhibits: 4 } }),
      event("irqfd_assigned", { vm: 1, gsi: 24, payload: { fd: 7 } }),
      event("irqfd_routed", {
        vm: 1,
        gsi: 24,
        payload: { type: 2, address: 0xfee0_0000, data: 0x41 },
      }),
      lostOn(0),
    ]);
    expect(state.vms.get(1)?.inhibits).toBeNull();
    expect(state.irqfds).toMatchObject([{ gsi: 24, state: null, host_irq: null }]);
    expect(state.routes.get("1:24")).toMatchObject({ type: null, vector: null, postable: null });
  });
});
