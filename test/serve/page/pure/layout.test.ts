// Which rows stand where.

import { AMD_LANES } from "../../../../src/domain/amd/lanes.js";
import { describe, expect, it } from "vitest";
import { type Lane, type LaneGroup } from "../../../../src/serve/page/pure/answers.js";
import {
  foldedToFit,
  heightOf,
  layout,
  type LayoutChoice,
} from "../../../../src/serve/page/pure/layout.js";

const CHOICE: LayoutChoice = {
  ...{ filter: [], pinned: [], folded: ["vm:vm1"], selected: null, findingRows: 1 },
  kinds: AMD_LANES.kinds,
};

function vcpu(name: string): Lane {
  return { id: `vcpu:${name}`, kind: "vcpu", name, label: name, note: null, changes: 1 };
}

const GROUP: LaneGroup = {
  ...{ id: "vm:vm1", kind: "vm", name: "vm1", note: null },
  lanes: [vcpu("vm1/vcpu0"), vcpu("vm1/vcpu1")],
};

describe("what is folded to fit", () => {
  const groups = ["vm1", "vm2", "vm3"].map((vm): LaneGroup => ({
    ...{ id: `vm:${vm}`, kind: "vm", name: vm, note: null },
    lanes: [vcpu(`${vm}/vcpu0`), vcpu(`${vm}/vcpu1`)],
  }));
  const open = { ...CHOICE, folded: [] };
  const whole = heightOf(layout(groups, open));
  const foldedAt = (high: number): readonly string[] =>
    foldedToFit(groups, open, { names: ["vm2/vcpu1"], high });

  it("is nothing where there is room for all", () => {
    expect(foldedAt(whole)).toEqual([]);
  });

  it("are the last groups, as few as are enough", () => {
    expect(foldedAt(whole - 1)).toEqual(["vm:vm3"]);
    const one = heightOf(layout(groups, { ...open, folded: ["vm:vm3"] }));
    expect(foldedAt(one)).toEqual(["vm:vm3"]);
    expect(foldedAt(one - 1)).toEqual(["vm:vm3", "vm:vm1"]);
  });

  it("is never the group of a subject that is to be in sight", () => {
    expect(foldedAt(0)).toEqual(["vm:vm3", "vm:vm1"]);
  });
});

describe("the rows of lanes", () => {
  it("are not those of a closed group, unless a filter asks for them", () => {
    expect(layout([GROUP], CHOICE).map(({ id, open }) => [id, open])).toEqual([["vm:vm1", false]]);
    const filtered = layout([GROUP], { ...CHOICE, filter: ["vcpu1"] });
    expect(filtered.map(({ id, open }) => [id, open])).toEqual([
      ["vm:vm1", true],
      ["vcpu:vm1/vcpu1", true],
    ]);
  });
});
