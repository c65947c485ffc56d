// A recording of one VM (capture --vm): what concerns that VM is judged as in the whole recording, and nothing is said of
// the others.

import { beforeAll, describe, expect, it } from "vitest";
import { openTimeline, type AtDocument, type Finding, type Timeline } from "../../src/index.js";
import { readEvents } from "../support/events.js";
import { linesOfOthers, threadsOf, withoutTasks } from "../support/one-vm.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines } from "../support/shipped.js";

const scratch = new Scratch();
const PID = 4000;
/** Recordings of two VMs, before and after the series. */
const NAMES = ["6.12-s2-two", "7.3-s2-two"];
/** The recordings begin where this share of the whole one is over: both VMs run then. */
const BEGINS = [0.25, 0.3, 0.4, 0.5];
/** Where states are compared. */
const PLACES = [0.2, 0.4, 0.6, 0.8, 1];

/** The kernel that a recording says it is of. */
const RELEASE: Readonly<Record<string, string>> = {
  "6.12-s2-two": "6.12.107",
  "7.3-s2-two": "7.3.4",
};

interface Narrowed {
  readonly timeline: Timeline;
  /** The number that a line has in the whole body, by its number in the file. */
  readonly lineOf: (line: number) => number;
  readonly left: number;
}

/** Imports what is left of the body if only one VM is recorded; null = all of it. */
async function imported(
  name: string,
  body: readonly string[],
  kvm: string | null,
): Promise<Narrowed> {
  const vms = threadsOf(body);
  const others = [...vms].filter(([each]) => each !== kvm).flatMap(([, tids]) => [...tids.keys()]);
  const read = readEvents(
    Buffer.from(["", ...body].join("\n"), "latin1"),
    name.startsWith("6.12") ? "6.12" : "7.3",
  );
  const own = read.events.find(
    ({ vm, line }) => vm !== null && kvm !== null && (body[line - 2] ?? "").includes(kvm.slice(2)),
  );
  const hidden = kvm === null || own?.vm == null ? new Set<number>() : linesOfOthers(read, own.vm);
  const places =
    kvm === null
      ? body.map((_line, place) => place)
      : withoutTasks(body, new Set(others), (place) => hidden.has(place + 2));
  const top = [
    "# irqtwin capture: 1",
    `# irqtwin kernel: ${RELEASE[name] ?? ""}`,
    ...(kvm === null ? [] : [`# irqtwin only: vm pid=${PID} left_out=${others.length}`]),
    ...(kvm === null ? [] : [`# irqtwin vm: pid=${PID} name="own"`]),
    ...[...(vms.get(kvm ?? "") ?? [])].map(
      ([tid, vcpu]) => `# irqtwin vcpu: pid=${PID} tid=${tid} vcpu=${vcpu}`,
    ),
    "# tracer: nop",
  ];
  const end = [
    `# irqtwin loss: cpu=0 entries=0 overrun=0 dropped=0 read=${places.length}`,
    "# irqtwin end: wall=1764128010.5",
  ];
  const text = [...top, ...places.map((place) => body[place] ?? ""), ...end, ""].join("\n");
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(scratch.file(".txt", text));
  return { timeline, left: places.length, lineOf: (line) => places[line - top.length - 1] ?? -1 };
}

const nameOf = ({ kind, invariant, bug, rule }: Finding): string =>
  [kind, invariant, bug, rule].join(" ");

/** What is told of vCPUs, irqfds and IRTEs, by name: without values that are not known. */
function told({ irtes, vcpus, irqfds }: AtDocument): Map<string, unknown> {
  const fields = [
    ...irtes.map(({ irte, lo, hi, vcpu }) => ({ name: irte, lo, hi, vcpu })),
    ...vcpus.map(({ vcpu: name, run_state, pcpu, avic_active, is_running }) => ({
      ...{ name, pcpu, avic_active, is_running },
      run_state: run_state === "unknown" ? null : run_state,
    })),
    ...irqfds.map(({ vm_id, gsi, host_irq, route }) => ({
      name: `vm${vm_id} gsi ${gsi}`,
      ...{ host_irq, route },
    })),
  ];
  return new Map(
    fields.flatMap(({ name, ...values }) =>
      Object.entries(values)
        .filter(([, value]) => value !== null)
        .map(([field, value]): [string, unknown] => [`${name} ${field}`, value]),
    ),
  );
}

/** The time of the last line before a place, as WHEN is written. */
function timeAt(body: readonly string[], place: number): string {
  const above = body.slice(0, Math.floor(place * body.length));
  const stamps = above.flatMap((line) => / (\d+): /.exec(line)?.[1] ?? []);
  return `${stamps.at(-1) ?? ""}ns`;
}

describe.each(NAMES)("%s, of one VM", (name) => {
  const body = shippedLines(name).filter((line) => !line.startsWith("#"));

  describe.each(BEGINS)("from %d on", (share) => {
    const part = body.slice(Math.floor(share * body.length));
    const kvms = [...threadsOf(part).keys()];
    let whole: Narrowed;
    let ones: readonly Narrowed[];

    beforeAll(async () => {
      whole = await imported(name, part, null);
      ones = await Promise.all(kvms.map((kvm) => imported(name, part, kvm)));
    });

    it("is judged as far as it is about the VM, and finds only what the whole has", () => {
      const known = new Set(
        whole.timeline
          .recording()
          .check()
          .findings.map((each) => `${nameOf(each)} at line ${whole.lineOf(each.line)}`),
      );
      expect(kvms).toHaveLength(2);
      for (const { timeline, lineOf, left } of ones) {
        expect(left).toBeLessThan(part.length);
        const { findings, doubts, decided, verdict } = timeline.recording().check();
        const others = findings
          .map((each) => `${nameOf(each)} at line ${lineOf(each.line)}`)
          .filter((each) => !known.has(each));
        expect(others).toEqual([]);
        expect(doubts.map(({ kind }) => kind)).toEqual(["one VM"]);
        expect(decided).toBeGreaterThan(0.8);
        expect(verdict).toBe(findings.length === 0 ? "pass" : "fail");
      }
    });

    it("states of the VM what the whole states, and of the other one nothing", () => {
      for (const { timeline } of ones) {
        const [own] = timeline.info().recordings[0]?.vm_names ?? [];
        const places = PLACES.map((place) => timeAt(part, place));
        const values = places.flatMap((at) => {
          const all = told(whole.timeline.recording().at({ when: at }));
          return [...told(timeline.recording().at({ when: at }))].map(([path, value]) => ({
            ...{ path, at, value },
            whole: all.get(path) ?? value,
          }));
        });
        expect(values.filter((each) => each.value !== each.whole)).toEqual([]);
        const vcpus = values.filter(({ path }) => /^vm\d+\/vcpu/.test(path));
        expect(vcpus.length).toBeGreaterThan(0);
        expect(vcpus.filter(({ path }) => !path.startsWith(`${own?.vm ?? "?"}/`))).toEqual([]);
      }
    });
  });
});
