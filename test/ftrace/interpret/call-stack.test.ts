// Excerpts of real recordings, cut down to the lines that matter. Every write must name the function
// that brought it about.

import { describe, expect, it } from "vitest";
import { causeName } from "../../../src/domain/events/causes.js";
import { kindName } from "../../../src/domain/events/kinds.js";
import { type RulesId } from "../../../src/domain/amd/releases/releases.js";
import { readText } from "../../support/ftrace-text.js";

const CREATED =
  "avic_init_vcpu_ret: (svm_vcpu_create+0xa1/0x180 [kvm_amd] <- avic_init_vcpu) vcpu=0x10 kvm=0x1000 id=0 vm_id=1 entry=0x80000001010f6000 ret=0";
const VCPU = "vcpu=0x10 kvm=0x1000 id=0";
const WRITE = "irte_write: (__modify_irte_ga.isra.0+0x0/0x80) devid=0x40 index=0 lo=0x1 hi=0x22";

const LINES = {
  write: WRITE,
  load: `svm_vcpu_load: (svm_vcpu_load+0x4/0x100 [kvm_amd]) ${VCPU} cpu=0`,
  avicLoad: `avic_vcpu_load: (avic_vcpu_load+0x4/0x100 [kvm_amd]) ${VCPU} cpu=0 entry=0x80000001010f6000`,
  avicLoadRet:
    "avic_vcpu_load_ret: (kvm_arch_vcpu_load+0x74/0x2f0 [kvm] <- avic_vcpu_load) id=0 entry=0xc0000001010f6000",
  put: `svm_vcpu_put: (svm_vcpu_put+0x4/0x50 [kvm_amd]) ${VCPU}`,
  avicPut: `avic_vcpu_put: (avic_vcpu_put+0x4/0xc0 [kvm_amd]) ${VCPU} entry=0xc0000001010f6000`,
  avicPutRet:
    "avic_vcpu_put_ret: (svm_vcpu_put+0x27/0x50 [kvm_amd] <- avic_vcpu_put) id=0 entry=0x80000001010f6000",
  block: `avic_blocking: (avic_vcpu_blocking+0x4/0x30 [kvm_amd]) ${VCPU} apicv_active=1 entry=0xc0000001010f6000`,
  unblock: `avic_unblocking: (avic_vcpu_unblocking+0x4/0x40 [kvm_amd]) ${VCPU} apicv_active=1 entry=0x80000001010f6000`,
  inhibit: `avic_refresh: (avic_refresh_apicv_exec_ctrl+0x4/0x110 [kvm_amd]) ${VCPU} apicv_active=0 entry=0xc0000001010f6000`,
  uninhibit: `avic_refresh: (avic_refresh_apicv_exec_ctrl+0x4/0x110 [kvm_amd]) ${VCPU} apicv_active=1 entry=0x80000001010f6000`,
  routing: "set_irq_routing: (kvm_set_irq_routing+0x4/0x370 [kvm]) kvm=0x1000 vm_id=1 nr=39",
  routingRet: "set_irq_routing_ret: (kvm_vm_ioctl+0xb0c/0x18c0 [kvm] <- kvm_set_irq_routing) ret=0",
  update616:
    "update_irqfd_routing: (kvm_arch_update_irqfd_routing+0x4/0x20 [kvm]) kvm=0x1000 host_irq=30 gsi=24 set=1",
  update617:
    "update_irqfd_routing: (kvm_arch_update_irqfd_routing+0x4/0x60 [kvm]) irqfd=0x5 gsi=24 kvm=0x1000 old_type=0 old_addr=0x0 old_data=0x0 new_type=2 new_addr=0xfee00000 new_data=0x41",
  updateRet:
    "update_irqfd_routing_ret: (kvm_irq_routing_update+0xf8/0x130 [kvm] <- kvm_arch_update_irqfd_routing) ret=0",
  pi616:
    "avic_pi_update: (avic_pi_update_irte+0x4/0x770 [kvm_amd]) kvm=0x1000 vm_id=1 host_irq=30 gsi=24 set=1",
  pi617:
    "avic_pi_update: (avic_pi_update_irte+0x4/0x2b0 [kvm_amd]) irqfd=0x5 kvm=0x1000 vm_id=1 host_irq=30 gsi=24 vcpu=0x10 vcpu_id=0 vector=65",
  piRet: "avic_pi_update_ret: (kvm_pi_update_irte+0x9c/0x1c0 [kvm] <- avic_pi_update_irte) ret=0",
  add: "add_producer: (kvm_arch_irq_bypass_add_producer+0x4/0x90 [kvm]) cons=0x7 gsi=24 kvm=0x1000 host_irq=30",
  addRet: "add_producer_ret: (__connect+0x83/0xb0 [irqbypass] <- add_producer) ret=0",
  del: "del_producer: (kvm_arch_irq_bypass_del_producer+0x4/0x70 [kvm]) cons=0x7 gsi=24 kvm=0x1000 host_irq=30",
  activate: "ir_activate: (irq_remapping_activate+0x4/0x80) irq=30 ir_data=0x6 devid=0x40 index=0",
  deactivate:
    "ir_deactivate: (irq_remapping_deactivate+0x4/0x80) irq=30 ir_data=0x6 devid=0x40 index=0",
  affinity:
    "irte_set_affinity: (irte_ga_set_affinity+0x4/0x60) devid=0x40 index=0 vector=0x22 dest=0",
} as const;

type Step = keyof typeof LINES | "otherTask" | "otherCpu" | "interrupt" | "created";

/** Reads the steps, one line each; of each write, its cause and the name of the event behind it. */
function causes(rules: RulesId, steps: readonly Step[]): (readonly [string, string] | null)[] {
  let cpu = 0;
  const text = steps.flatMap((step, i) => {
    if (step === "otherCpu") cpu = 1;
    if (step === "otherCpu") return [];
    const pid = step === "otherTask" ? 227 : 226;
    const flags = step === "interrupt" ? "d.h1." : "d..1.";
    const body = step === "created" ? CREATED : step in LINES ? LINES[step as "write"] : WRITE;
    return `            piwl-${pid}     [00${cpu}] ${flags} ${41_126_402_660 + i}: ${body}\n`;
  });
  const { events, rejected } = readText(text.join(""), { rules });
  expect(rejected).toEqual([]);
  return events
    .filter(({ kind }) => kindName(kind) === "irte_written")
    .map(({ cause, cause_seq }) => {
      const behind = events.find(({ seq }) => seq === cause_seq);
      const name = causeName(cause);
      return name === null || behind === undefined ? null : [name, kindName(behind.kind)];
    });
}

const BOTH = ["6.16", "6.17"] as const satisfies readonly RulesId[];

describe.each(BOTH)("on %s, a write", (rules) => {
  const [update, pi] =
    rules === "6.16" ? (["update616", "pi616"] as const) : (["update617", "pi617"] as const);

  it("in a load is caused by svm_vcpu_load(), or by avic_vcpu_load() where only that is probed", () => {
    const begun: Step[] = ["created", "routing", "routingRet"];
    expect(causes(rules, [...begun, "load", "avicLoad", "write", "write"])).toEqual([
      ["vcpu load", "vcpu_loaded"],
      ["vcpu load", "vcpu_loaded"],
    ]);
    expect(causes(rules, [...begun, "avicLoad", "write"])).toEqual([
      ["vcpu load", "avic_vcpu_loaded"],
    ]);
  });

  it("in a put is caused by svm_vcpu_put(), or by avic_vcpu_put() where only that is probed", () => {
    expect(causes(rules, ["created", "load", "avicLoad", "put", "avicPut", "write"])).toEqual([
      ["vcpu put", "vcpu_put"],
    ]);
    expect(causes(rules, ["created", "avicLoad", "avicPut", "write"])).toEqual([
      ["vcpu put", "avic_vcpu_put"],
    ]);
  });

  it("at an unblock is caused by it, not by the load before it", () => {
    const steps: Step[] = ["created", "block", "put", "load", "avicLoad", "avicLoadRet", "unblock"];
    expect(causes(rules, [...steps, "write"])).toEqual([["vcpu unblock", "vcpu_unblocking"]]);
  });

  it("at a refresh is caused by the inhibit or by its end", () => {
    expect(causes(rules, ["created", "inhibit", "write"])).toEqual([
      ["AVIC inhibit", "avic_refreshed"],
    ]);
    expect(causes(rules, ["created", "uninhibit", "write"])).toEqual([
      ["AVIC un-inhibit", "avic_refreshed"],
    ]);
  });

  it("in a routing change is caused by kvm_set_irq_routing(), for as long as that runs", () => {
    const steps: Step[] = ["routing", update, pi, "write", "piRet", "updateRet"];
    const change = ["routing change", "gsi_routing_set"];
    expect(causes(rules, [...steps, ...steps.slice(1), "routingRet"])).toEqual([change, change]);
    expect(causes(rules, [...steps, "routingRet", "write"])).toEqual([change, null]);
  });

  it("at a producer is caused by its being added or removed", () => {
    expect(causes(rules, ["add", pi, "write", "piRet", "addRet"])).toEqual([
      ["producer added", "producer_added"],
    ]);
    expect(causes(rules, ["del", pi, "write", "piRet"])).toEqual([
      ["producer removed", "producer_removed"],
    ]);
  });

  it("at an activation is caused by that, with irte_set_affinity() inside it", () => {
    expect(causes(rules, ["activate", "write", "affinity", "write"])).toEqual([
      ["activate", "host_irq_activated"],
      ["activate", "host_irq_activated"],
    ]);
    expect(causes(rules, ["deactivate", "write"])).toEqual([
      ["deactivate", "host_irq_deactivated"],
    ]);
  });

  it("at another irte_set_affinity() is caused by the host's affinity", () => {
    expect(causes(rules, ["routing", "routingRet", "affinity", "write"])).toEqual([
      ["host affinity", "host_affinity_set"],
    ]);
    expect(causes(rules, ["activate", "write", "affinity", "write", "affinity", "write"])).toEqual([
      ["activate", "host_irq_activated"],
      ["activate", "host_irq_activated"],
      ["host affinity", "host_affinity_set"],
    ]);
  });

  it("at the beginning of a trace may be caused by a function whose entry was before it", () => {
    expect(causes(rules, ["affinity", "write"])).toEqual([null]);
    expect(causes(rules, ["created", "avicLoad", "write"])).toEqual([null]);
  });

  it("of another task or of an interrupt has no part in what this task does", () => {
    expect(causes(rules, ["created", "load", "otherTask", "interrupt", "write"])).toEqual([
      null,
      null,
      ["vcpu load", "vcpu_loaded"],
    ]);
  });

  it("on another CPU is not caused by a function that runs with preemption disabled", () => {
    for (const before of ["unblock", "uninhibit", "load"] as const)
      expect(causes(rules, ["created", before, "otherCpu", "avicLoad", "write"])).toEqual([
        ["vcpu load", "avic_vcpu_loaded"],
      ]);
  });

  it("on another CPU may be caused by a function that can sleep", () => {
    expect(causes(rules, ["created", "routing", "otherCpu", update, pi, "write"])).toEqual([
      ["routing change", "gsi_routing_set"],
    ]);
  });

  it("after a function that has returned has no cause", () => {
    expect(causes(rules, ["created", "avicLoad", "avicLoadRet", "write"])).toEqual([null]);
    expect(causes(rules, ["created", "avicPut", "avicPutRet", "write"])).toEqual([null]);
  });
});

describe("before the series", () => {
  it("a block puts AVIC through avic_vcpu_put(), and the write is the block's", () => {
    expect(causes("6.16", ["created", "block", "avicPut", "write", "avicPutRet"])).toEqual([
      ["vcpu block", "vcpu_blocking"],
    ]);
  });

  it("the put that follows a block is a put", () => {
    const steps: Step[] = ["created", "block", "avicPut", "avicPutRet", "avicPut", "write"];
    expect(causes("6.16", steps)).toEqual([["vcpu put", "avic_vcpu_put"]]);
  });

  it("a refresh puts or loads AVIC, and the writes are the inhibit's or its end's", () => {
    expect(
      causes("6.16", ["created", "inhibit", "avicPut", "write", "avicPutRet", "write"]),
    ).toEqual([
      ["AVIC inhibit", "avic_refreshed"],
      ["AVIC inhibit", "avic_refreshed"],
    ]);
    expect(causes("6.16", ["created", "uninhibit", "avicLoad", "write"])).toEqual([
      ["AVIC un-inhibit", "avic_refreshed"],
    ]);
  });
});

describe("since the series", () => {
  it("a block has its write without avic_vcpu_put(), and the put that follows is a put", () => {
    expect(causes("6.17", ["created", "block", "write", "avicPut", "write"])).toEqual([
      ["vcpu block", "vcpu_blocking"],
      ["vcpu put", "avic_vcpu_put"],
    ]);
  });
});
