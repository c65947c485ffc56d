// In which order lanes stand.

import { AMD_LANES } from "../../../../src/domain/amd/lanes.js";
import { describe, expect, it } from "vitest";
import { type Lane, type LaneGroup } from "../../../../src/serve/page/pure/answers.js";
import { orderedKinds } from "../../../../src/serve/page/pure/kinds.js";
import { compareNames, inOrder } from "../../../../src/serve/page/pure/order.js";

function lane(id: string): Lane {
  const [kind = "", name = ""] = id.split(/:(.*)/s);
  return { id, kind, name, label: name, note: null, changes: 1 };
}

function group(kind: string, name: string, ...ids: string[]): LaneGroup {
  return { id: `${kind}:${name}`, kind, name, note: null, lanes: ids.map(lane) };
}

const GROUPS = [
  group("vm", "vm10", "vcpu:vm10/vcpu2", "vcpu:vm10/vcpu11", "vcpu:vm10/vcpu0"),
  group("vm", "vm2", "avic:vm2", "vcpu:vm2/vcpu0"),
  group("device", "0000:00:10.0", "irte:0000:00:10.0/0", "fate:0000:00:10.0/0"),
  group(
    ...(["device", "0000:00:0a.0", "irte:0000:00:0a.0/1", "fate:0000:00:0a.0/1"] as const),
    ...["irte:0000:00:0a.0/0", "fate:0000:00:0a.0/0"],
  ),
  group("counters", "Counters", "counter:writes", "counter:ga_log"),
];

const MANY = orderedKinds(AMD_LANES.kinds);

const idsOf = (groups: readonly LaneGroup[]): string[] =>
  groups.flatMap(({ lanes }) => lanes.map(({ id }) => id));

describe("the order of lanes", () => {
  it("is that of the recording where nobody chose one", () => {
    expect(inOrder(GROUPS, "number", new Map(), MANY)).toBe(GROUPS);
  });

  it("is by name: numbers by their value, kinds of groups at their places, fates below entries", () => {
    expect(idsOf(inOrder(GROUPS, "name", new Map(), MANY))).toEqual([
      ...["avic:vm2", "vcpu:vm2/vcpu0"],
      ...["vcpu:vm10/vcpu0", "vcpu:vm10/vcpu2", "vcpu:vm10/vcpu11"],
      ...["irte:0000:00:0a.0/0", "fate:0000:00:0a.0/0"],
      ...["irte:0000:00:0a.0/1", "fate:0000:00:0a.0/1"],
      ...["irte:0000:00:10.0/0", "fate:0000:00:10.0/0"],
      ...["counter:writes", "counter:ga_log"],
    ]);
  });

  it("is by the last change: the most recent first; the inhibits of a VM stay on top of it", () => {
    const changes = new Map([
      ["vcpu:vm10/vcpu11", 40],
      ["vcpu:vm10/vcpu2", 0],
      ["vcpu:vm10/vcpu0", 0],
      ["vcpu:vm2/vcpu0", 7],
      ["irte:0000:00:0a.0/0", 12],
      ["irte:0000:00:0a.0/1", 0],
      ["irte:0000:00:10.0/0", 9],
    ]);
    expect(idsOf(inOrder(GROUPS, "change", changes, MANY))).toEqual([
      ...["vcpu:vm10/vcpu11", "vcpu:vm10/vcpu2", "vcpu:vm10/vcpu0"],
      ...["avic:vm2", "vcpu:vm2/vcpu0"],
      ...["irte:0000:00:0a.0/0", "fate:0000:00:0a.0/0"],
      ...["irte:0000:00:0a.0/1", "fate:0000:00:0a.0/1"],
      ...["irte:0000:00:10.0/0", "fate:0000:00:10.0/0"],
      ...["counter:writes", "counter:ga_log"],
    ]);
  });

  it("compares the hexadecimal numbers of devices as such", () => {
    expect(compareNames("0000:00:1a.0", "0000:00:02.0")).toBeGreaterThan(0);
    expect(compareNames("CPU 9", "CPU 10")).toBeLessThan(0);
  });
});
