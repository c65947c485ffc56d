// Which rows stand where.

import { describe, expect, it } from "vitest";
import { type Lane, type LaneGroup } from "../../../../src/serve/page/pure/answers.js";
import { layout, type LayoutChoice } from "../../../../src/serve/page/pure/layout.js";

const CHOICE: LayoutChoice = {
  ...{ filter: [], pinned: [], folded: ["vm:vm1"], selected: null, findingRows: 1 },
};

function vcpu(name: string): Lane {
  return { id: `vcpu:${name}`, kind: "vcpu", name, label: name, note: null, changes: 1 };
}

const GROUP: LaneGroup = {
  ...{ id: "vm:vm1", kind: "vm", name: "vm1", note: null },
  lanes: [vcpu("vm1/vcpu0"), vcpu("vm1/vcpu1")],
};

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
