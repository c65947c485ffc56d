// `log --kind link` against the lists of the documents before and after each event.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTimeline, type Timeline } from "../../../src/index.js";
import { irqtwin } from "../../support/irqtwin.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
let timeline: Timeline;

beforeAll(async () => {
  timeline = await openTimeline(db, { create: true });
  await timeline.import(shippedPath("7.3-s2-two"));
});

afterAll(() => {
  timeline.close();
});

/** Every IRTE on a list with its vCPU, as of an event. */
function listed(seq: number): ReadonlySet<string> {
  const { vcpus } = timeline.recording().at({ when: `@${seq}` });
  return new Set(
    vcpus.flatMap(({ vcpu, ir_list }) => (ir_list ?? []).map((irte) => `${irte} ${vcpu}`)),
  );
}

describe("the history of lists", () => {
  test("has what joined and left at each event, and no other event changed a list", () => {
    const told = [...timeline.recording().log({ kind: "link", reverse: true })];
    expect(told.length).toBeGreaterThan(10);
    const changes = new Map(told.map(({ seq, links = [] }) => [seq, links]));
    let before = new Set<string>() as ReadonlySet<string>;
    const last = timeline.recording().at().seq;
    for (let seq = 1; seq <= last; seq++) {
      const after = listed(seq);
      const joined = [...after].filter((each) => !before.has(each));
      const left = [...before].filter((each) => !after.has(each));
      const links = changes.get(seq) ?? [];
      const of = (change: string): string[] =>
        links.filter((each) => each.change === change).map((each) => `${each.irte} ${each.vcpu}`);
      // What left a list and joined it again at once was there before and is there after.
      const [came, went] = [of("joined"), of("left")];
      const net = [came, went].map((these, i) =>
        these.filter((each) => ![came, went][1 - i]?.includes(each)),
      );
      expect([seq, ...net]).toEqual([seq, joined, left]);
      before = after;
    }
  });

  test("is narrowed to a vCPU and to an IRTE, and to a span", () => {
    const all = [...timeline.recording().log({ kind: "link" })];
    for (const vcpu of ["vm1/vcpu0", "vm1/vcpu1"]) {
      const mine = [...timeline.recording().log({ kind: "link", vcpu })].map(({ seq }) => seq);
      const expected = all.filter(({ links = [] }) => links.some((each) => each.vcpu === vcpu));
      expect(mine).toEqual(expected.map(({ seq }) => seq));
    }
    const irte = all[0]?.links?.[0]?.irte ?? "";
    const its = all.filter(({ links = [] }) => links.some((each) => each.irte === irte));
    expect([...timeline.recording().log({ kind: "link", irte })]).toHaveLength(its.length);
    const ran = irqtwin(["log", "--kind", "link", "--irte", irte, "-n", "1", "--db", db]);
    expect(ran.stdout).toMatch(
      new RegExp(`\\n {4}${irte} (left|joined) the ir_list of vm\\d/vcpu\\d\\n$`),
    );
  });
});
