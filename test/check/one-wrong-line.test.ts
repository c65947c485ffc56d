// One line that is wrong or missing, where only few lines show it: a contradiction, and no finding about the kernel.

import { describe, expect, it } from "vitest";
import { type Checker } from "../../src/check/checker.js";
import { checked, readEvents, type Read } from "../support/events.js";
import { MORE_TRACES, moreTrace, WHERE_TRACES_ARE } from "../support/real-traces.js";
import { shippedText } from "../support/shipped.js";

/** What is said of the kernel, without where it is said. */
function accusations({ findings, invariants }: Checker): string[] {
  return [
    ...findings.map(({ kind, key }) => `${kind} ${key}`),
    ...invariants.violations.map(({ id, key, vcpu }) => `${id} ${key} ${vcpu}`),
  ];
}

/** A recording, and what comes of it with other lines. */
class Recording {
  readonly lines: readonly string[];
  private readonly rules: Read["rules"];
  private readonly known: readonly string[];

  constructor(text: string) {
    this.lines = text.split("\n");
    const read = readEvents(Buffer.from(text, "latin1"));
    this.rules = read.rules;
    this.known = accusations(checked(read).checker);
  }

  /** The numbers of the lines that match, from 0. */
  all(pattern: RegExp): number[] {
    return this.lines.flatMap((line, i) => (pattern.test(line) ? [i] : []));
  }

  /** The contradictions where one line is another one, and what is then said of the kernel besides. */
  with(at: number, other: string): Outcome {
    return this.outcome(this.lines.map((line, i) => (i === at ? other : line)));
  }

  without(from: number, to: number): Outcome {
    return this.outcome(this.lines.filter((_, i) => i < from || i > to));
  }

  private outcome(lines: readonly string[]): Outcome {
    const read = readEvents(Buffer.from(lines.join("\n"), "latin1"), this.rules);
    const { checker } = checked(read);
    const accused = accusations(checker).filter((each) => !this.known.includes(each));
    return {
      accused: read.rejected.length > 0 ? [] : accused,
      ids: checker.contradictions.map(({ id }) => id),
      keys: checker.contradictions.flatMap(({ key, keys }) => [key, ...keys]),
      rejected: read.rejected.length,
    };
  }
}

interface Outcome {
  readonly accused: readonly string[];
  readonly ids: readonly string[];
  readonly keys: readonly (number | null)[];
  readonly rejected: number;
}

describe("one wrong line", () => {
  it("a write with other bits than its exchange accuses nobody, while other tasks are in functions as well", () => {
    const recording = new Recording(shippedText("6.17-s1-one"));
    for (const at of recording.all(/ irte_write: /).filter((_, i) => i % 3 === 0)) {
      const line = recording.lines[at] ?? "";
      const { accused, ids } = recording.with(at, line.replace(/hi=0x(\w+)/, "hi=0x1$1"));
      expect(accused, `line ${at + 1}`).toEqual([]);
      expect(ids, `line ${at + 1}`).toContain("C2");
    }
  });

  it("what the driver was told puts the entry in doubt that it was told about", () => {
    const recording = new Recording(shippedText("6.12-s2-two"));
    for (const at of recording.all(/ ir_set_vcpu_affinity: .* is_guest_mode=0 /)) {
      const line = recording.lines[at] ?? "";
      const other = line.replace("is_guest_mode=0", "is_guest_mode=1");
      expect(recording.with(at, other).accused, `line ${at + 1}`).toEqual([]);
    }
  });

  it.each(["delivery_mode", "dest_mode"])(
    "%s of irte_ga_prepare() is compared with the entry",
    (mode) => {
      const recording = new Recording(shippedText("6.16-x-stale-route-removed"));
      for (const at of recording.all(/ irte_prepare: /)) {
        const line = recording.lines[at] ?? "";
        const { accused, ids } = recording.with(at, line.replace(`${mode}=0`, `${mode}=1`));
        expect(accused, `line ${at + 1}`).toEqual([]);
        expect(ids, `line ${at + 1}`).toContain("C13");
      }
    },
  );

  it("a removed change of a route is shown by the update that finds no route", () => {
    const recording = new Recording(shippedText("6.16-x-stale-route-removed"));
    const [from = 0] = recording.all(/ update_irqfd_routing: /).slice(-1);
    const { accused, ids } = recording.without(from, from + 3);
    expect(accused).toEqual([]);
    expect(ids).toEqual(["C17"]);
  });

  it.each([
    [/new_type=2/, "new_type=0"],
    [/new_data=0x(\w+)/, "new_data=0xe1"],
  ])("a route that has changed (%s) is resolved, or its line is wrong", (from, to) => {
    const recording = new Recording(shippedText("7.3-s2-two"));
    const same = /old_type=2 old_addr=(\w+) old_data=(\w+) new_type=2 new_addr=\1 new_data=\2$/;
    const places = recording.all(same);
    expect(places.length).toBeGreaterThan(0);
    const all = places.map((at) =>
      recording.with(at, (recording.lines[at] ?? "").replace(from, to)),
    );
    expect(all.flatMap(({ accused }) => accused)).toEqual([]);
    expect(all.flatMap(({ ids }) => ids)).toContain("C12");
  });

  it("a producer that is connected to another GSI puts the entries of both in doubt", () => {
    const recording = new Recording(shippedText("7.3-s2-two"));
    const places = recording.all(/ add_producer: /);
    const gsis = new Set(places.map((at) => / gsi=(\d+)/.exec(recording.lines[at] ?? "")?.[1]));
    for (const at of places) {
      const line = recording.lines[at] ?? "";
      for (const gsi of gsis) {
        const other = line.replace(/ gsi=\d+/, ` gsi=${gsi}`);
        expect(recording.with(at, other).accused, `line ${at + 1}, gsi ${gsi}`).toEqual([]);
      }
    }
  });
});

describe("one wrong line that the line beside it shows", () => {
  const recording = new Recording(shippedText("6.12-s2-two"));
  const after = new Recording(shippedText("7.3-s2-two"));

  it("an entry of the GA log is for whom KVM was told", () => {
    const [at = 0] = recording.all(/ kvm_avic_ga_log: /);
    const line = recording.lines[at] ?? "";
    const other = line.replace(/vcpuid=(\d)/, (_, id: string) => `vcpuid=${1 - Number(id)}`);
    expect(recording.with(at, other).rejected).toBe(1);
  });

  it("a driver that fails is not announced as enabled", () => {
    for (const at of after.all(/ ir_set_vcpu_affinity_ret: /)) {
      const line = after.lines[at] ?? "";
      expect(after.with(at, line.replace("ret=0", "ret=-22")).accused, `line ${at + 1}`).toEqual(
        [],
      );
    }
  });

  it("the driver is given a target where there is one", () => {
    for (const at of after.all(/ ir_set_vcpu_affinity: .* is_guest_mode=1 /)) {
      const line = after.lines[at] ?? "";
      const other = line.replace(/ info=0x\w+/, " info=0x0");
      expect(after.with(at, other).accused, `line ${at + 1}`).toEqual([]);
    }
  });

  it("a line that names a VM otherwise tells by which line", () => {
    const text = shippedText("7.3-s2-two").replace(/ vm_id=1( nr=)/, " vm_id=2$1");
    const { reasons } = readEvents(Buffer.from(text, "latin1"));
    expect(reasons.length).toBeGreaterThan(0);
    expect(reasons[0]).toMatch(/what names the VM is of different VMs, one of them by line \d+$/);
  });
});

const OF_6_1 = MORE_TRACES.includes("6.1/s1-one");

describe.skipIf(!OF_6_1)(`one wrong line of a store of 6.1 ${WHERE_TRACES_ARE}`, () => {
  const recording = new Recording(moreTrace("6.1/s1-one").toString("latin1"));
  const stores = recording.all(/ irte_store: /);

  it.each([
    ["the page", / hi=0x(\w+)/, " hi=0x1$1"],
    ["the tag", / lo=0x\w/, " lo=0x8"],
  ])("with another value of %s contradicts what the table held", (_what, from, to) => {
    for (const at of stores.filter((_, i) => i % 4 === 0)) {
      const line = recording.lines[at] ?? "";
      const { accused, ids } = recording.with(at, line.replace(from, to));
      expect(accused, `line ${at + 1}`).toEqual([]);
      expect(ids, `line ${at + 1}`).toContain("C1");
    }
  });

  it("that is missing with the put in the first block is shown by a later block", () => {
    const [block = 0] = recording.all(/ avic_blocking: /);
    const [put = 0] = recording.all(/ avic_vcpu_put: /).filter((at) => at > block);
    const { accused, ids } = recording.without(put, put + 3);
    expect(accused).toEqual([]);
    expect(ids).toContain("C7");
  });

  it.each([
    [/devid=0x40/, "devid=0x41"],
    [/addr=(\w+)0/, "addr=$11"],
  ])("whose address and device are of different entries (%s) is not read", (from, to) => {
    const [at = 0] = stores;
    expect(recording.with(at, (recording.lines[at] ?? "").replace(from, to)).rejected).toBe(1);
  });

  it.each([
    [/ga_tag=0x200/, "ga_tag=0x400"],
    [/base=0x(\w+)/, "base=0x1$1"],
  ])("what the driver was told (%s) is compared with the entry that it writes", (from, to) => {
    for (const at of recording.all(/ ir_set_vcpu_affinity: .* is_guest_mode=1 ga_tag=0x200 /)) {
      const line = recording.lines[at] ?? "";
      expect(recording.with(at, line.replace(from, to)).accused, `line ${at + 1}`).toEqual([]);
    }
  });
});
