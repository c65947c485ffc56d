// VMs and vCPUs that were there before the recording began: what their lines prove of their names, and that no other
// name is ever told.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KIND } from "../../../src/domain/events/kinds.js";
import { IRTE } from "../../../src/domain/amd/irte/irte-fields.js";
import { bitsOf } from "../../../src/domain/events/event.js";
import { RULES, type RulesId } from "../../../src/domain/amd/releases/releases.js";
import { decodeGaTag } from "../../../src/domain/amd/irte/ga-tag.js";
import { FtraceReader } from "../../../src/ftrace/reader.js";
import { type VcpuRow, type VmRow } from "../../../src/source/rows.js";
import { readEvents, type Read } from "../../support/events.js";
import { seedOr } from "../../support/seed.js";
import { SHIPPED, shippedText } from "../../support/shipped.js";

const SEED = seedOr(20261126);

/** Reads lines of one task, and markers of lost events; who is who at their end. */
function who(rules: RulesId, steps: readonly string[]): { vms: VmRow[]; vcpus: VcpuRow[] } {
  const first = { seq: 1, task: 1, vm: 1, vcpu: 1 };
  const reader = new FtraceReader({ rules, first, isCounter: true }, () => undefined);
  const lines = steps.map((step, i) =>
    step === LOST ? step : `            vmm-226     [000] d..1. ${1000 + i}: ${step}\n`,
  );
  reader.feed(Buffer.from(lines.join("")));
  reader.end();
  const { vms, vcpus } = reader.interpreter.world.changed;
  return { vms: [...vms], vcpus: [...vcpus] };
}

const LOST = "CPU:1 [LOST 3 EVENTS]\n";

/** A put of a vCPU whose physical ID entry has this page. */
const put = (id: number, page: string, kvm = "0x1000"): string =>
  `avic_vcpu_put: (avic_vcpu_put+0x4/0xc0 [kvm_amd]) vcpu=0x1${id} kvm=${kvm} id=${id} entry=0xc0000${page}000`;
const free = (id: number, kvm = "0x1000"): string =>
  `svm_vcpu_free: (svm_vcpu_free+0x4/0xc0 [kvm_amd]) vcpu=0x1${id} kvm=${kvm} id=${id}`;
/** A write that posts to the page with this tag. */
const write = (tag: string, page: string): string =>
  `irte_write: (__modify_irte_ga.isra.0+0x0/0x80) devid=0x40 index=0 lo=${tag}00000081 hi=0x${page}041`;
const exchange = (tag: string, page: string): string =>
  `irte_cmpxchg: (__modify_irte_ga.isra.0+0x4d/0x80) addr=0xff11000100206000 old_lo=0x1 old_hi=0x22 new_lo=${tag}00000081 new_hi=0x${page}041`;
const created = (id: number, page: string): string =>
  `avic_init_vcpu_ret: (svm_vcpu_create+0xa1/0x180 [kvm_amd] <- avic_init_vcpu) vcpu=0x1${id} kvm=0x1000 id=${id} vm_id=5 entry=0x80000${page}000 ret=0`;
const VM_INIT = "vm_init: (kvm_arch_init_vm+0x4/0x260 [kvm]) kvm=0x1000";

const A = "0101f6aa";
const B = "0101f6bb";

describe("the GA tag beside a vCPU's page", () => {
  it("names the vCPU and its VM, once two lines between two lines of the vCPU show it", () => {
    const lines = [put(3, A), write("0x201", A), exchange("0x201", A), put(3, A)];
    const { vms, vcpus } = who("6.17", lines);
    expect(vms).toMatchObject([{ vm_id: 1, vm_id_by: "backing page", vm_id_seq: 3 }]);
    expect(vcpus).toMatchObject([
      { vcpu_id: 3, vcpu_idx: 1, vcpu_idx_by: "backing page", vcpu_idx_seq: 3 },
    ]);
  });

  it("is taken apart as the release packs it", () => {
    const lines = [put(3, A), write("0x2001", A), exchange("0x2001", A), put(3, A)];
    expect(who("7.3", lines)).toMatchObject({ vms: [{ vm_id: 2 }], vcpus: [{ vcpu_idx: 1 }] });
    const old = [put(3, A), write("0x203", A), exchange("0x203", A), put(3, A)];
    expect(who("6.16", old)).toMatchObject({ vms: [{ vm_id: 1 }], vcpus: [{ vcpu_idx: null }] });
  });

  it("does not count where it holds another vcpu_id", () => {
    const lines = [put(3, A), write("0x201", A), exchange("0x201", A), put(3, A)];
    expect(who("6.16", lines).vms).toMatchObject([{ vm_id: null, vm_id_by: null }]);
  });

  it.each([
    ["one line only", [put(3, A), write("0x201", A), put(3, A)]],
    ["no line of the vCPU after it", [put(3, A), write("0x201", A), exchange("0x201", A)]],
    ["no line of the vCPU before it", [write("0x201", A), exchange("0x201", A), put(3, A)]],
    ["another page", [put(3, A), write("0x201", B), exchange("0x201", B), put(3, A)]],
    [
      "the page went to another vCPU meanwhile",
      [put(3, A), write("0x201", A), exchange("0x201", A), put(0, A, "0x2000"), put(3, B)],
    ],
    [
      "the vCPU was freed before it",
      [put(3, A), free(3), write("0x201", A), exchange("0x201", A), put(0, A, "0x2000")],
    ],
    [
      "events were lost meanwhile",
      [put(3, A), write("0x201", A), exchange("0x201", A), LOST, put(3, A)],
    ],
  ])("tells nothing: %s", (_why, lines) => {
    const { vms, vcpus } = who("6.17", lines);
    expect(vms.every(({ vm_id }) => vm_id === null)).toBe(true);
    expect(vcpus.every(({ vcpu_idx }) => vcpu_idx === null)).toBe(true);
  });

  it("tells nothing from then on if two tags are as sure", () => {
    const one = [put(3, A), write("0x201", A), exchange("0x201", A), put(3, A)];
    const other = [write("0x202", A), exchange("0x202", A), put(3, A)];
    expect(who("6.17", [...one, ...other])).toMatchObject({
      vms: [{ vm_id: null }],
      vcpus: [{ vcpu_idx: null }],
    });
  });

  it("names no VM if two would have the name", () => {
    const posted = (page: string): string[] => [write("0x201", page), exchange("0x201", page)];
    const one = [put(3, A), ...posted(A), put(3, A)];
    const other = [put(3, B, "0x2000"), ...posted(B), put(3, B, "0x2000")];
    const { vms } = who("6.17", [...one, ...other]);
    expect(vms.map(({ vm_id }) => vm_id)).toEqual([null, null]);
  });

  it("stands if a freed vCPU was still there when it was written", () => {
    const lines = [put(3, A), write("0x201", A), exchange("0x201", A), free(3)];
    expect(who("6.17", lines).vcpus).toMatchObject([{ vcpu_idx: 1 }]);
  });
});

describe("the order of creation", () => {
  it("is not known if a vCPU of the VM was made unseen", () => {
    const { vcpus } = who("6.17", [VM_INIT, created(1, A), put(0, B)]);
    expect(vcpus.map(({ vcpu_idx }) => vcpu_idx)).toEqual([null, null]);
  });

  it("counts the vCPUs of a VM that was seen from its beginning", () => {
    const { vcpus } = who("6.17", [VM_INIT, created(1, A), created(0, B), put(0, B)]);
    expect(vcpus).toMatchObject([
      { vcpu_id: 1, vcpu_idx: 0, vcpu_idx_by: "creation" },
      { vcpu_id: 0, vcpu_idx: 1, vcpu_idx_by: "creation" },
    ]);
  });
});

/** The vCPU of each tag that was written: by vm_id and vcpu_idx. */
function namesOf({ vcpus, rules }: Read): ReadonlyMap<string, number> {
  const isId = RULES[rules].tagVcpuField === "vcpu_id";
  return new Map(
    [...vcpus.values()].flatMap(({ vm_id, vcpu_id, vcpu_idx }) =>
      vm_id === null || (!isId && vcpu_idx === null)
        ? []
        : [[`${vm_id}/${isId ? vcpu_id : (vcpu_idx ?? 0)}`, vcpu_id]],
    ),
  );
}

/** Of each posted write: the name that its tag has. */
function postedTags({ events, rules }: Read): string[] {
  return events
    .filter(({ kind, words }) => kind === KIND.irte_written && words === 2)
    .map(bitsOf)
    .filter(IRTE.guest_mode.isSet)
    .map((bits) => decodeGaTag(IRTE.ga_tag.read(bits), RULES[rules]))
    .map(({ vm_id, vcpu }) => `${vm_id}/${vcpu}`);
}

const HEAD = 12;
const SHOWING = SHIPPED.filter((name) => !name.endsWith("-minimal"));

describe.each(SHOWING)("%s from the middle", (name) => {
  const lines = shippedText(name).split("\n");
  const whole = readEvents(Buffer.from(lines.join("\n"), "latin1"));
  const known = namesOf(whole);

  it(`has no name that the whole has not; seed ${SEED}`, () => {
    let posted = 0;
    let named = 0;
    const cut = fc.record({
      from: fc.integer({ min: HEAD, max: Math.floor(lines.length * 0.8) }),
      // One line in so many is left out; 0 = none.
      thin: fc.constantFrom(0, 0, 5, 50),
    });
    const property = fc.property(cut, ({ from, thin }) => {
      const rest = lines.slice(from).filter((_line, i) => thin === 0 || (i * 7919) % thin !== 1);
      const text = `# tracer: nop\n#\n${rest.join("\n")}`;
      const read = readEvents(Buffer.from(text, "latin1"), whole.rules);
      const names = namesOf(read);
      for (const [tag, vcpu_id] of names)
        if (known.has(tag)) expect([tag, vcpu_id]).toEqual([tag, known.get(tag)]);
      if (thin > 0) return;
      const tags = postedTags(read);
      posted += tags.length;
      named += tags.filter((tag) => names.has(tag)).length;
    });
    fc.assert(property, { seed: SEED, numRuns: 24 });
    if (posted > 0) expect(named / posted).toBeGreaterThan(0.9);
  });
});
