// What a part of a trace that goes on begins with: names of entries are those of the whole trace, no value is stated that
// the whole contradicts, and nobody is accused.

import { describe, expect, it } from "vitest";
import { openTimeline, type Timeline } from "../../src/index.js";
import { answersOf, contradicted, falseFindings } from "../soak/compare.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines } from "../support/shipped.js";

const scratch = new Scratch();
const CUTS = 4;
/** Ticks after which the kernel of these recordings, which last a second, has done what it began. */
const UNTOUCHED = 10_000_000n;

const UNDER_WAY = new Set(["host_vector_assigned", "irte_exchanged"]);

interface Named {
  readonly line: number;
  readonly kind: string;
  readonly irte: string | null;
  readonly host_irq: number | null;
}

async function named(timeline: Timeline): Promise<readonly Named[]> {
  const sql = "SELECT line, kind, irte, host_irq FROM v_event WHERE line > 0 ORDER BY seq";
  return timeline.query<Named>(sql, [], { rows: 100_000 });
}

describe("VMs that go on", () => {
  const lines = shippedLines("6.17-x-uaf-crash").filter(
    (line) => !line.includes("entries-in-buffer"),
  );
  const head = lines.findIndex((line) => !line.startsWith("#"));
  const cut = Math.floor((lines.length * 4) / 7);

  async function imported(own: readonly string[], carried = ""): Promise<Timeline> {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const anchor = carried === "" ? undefined : { file: scratch.file(".json", carried) };
    const text = scratch.file(".txt", `${own.join("\n")}\n`);
    await timeline.import(text, { anchor, kernel: "6.17.13+deb13-amd64" });
    return timeline;
  }

  it("keep their names, and the states that no line was about shortly before the cut", async () => {
    const first = await imported(lines.slice(0, cut));
    const before = first.recording().at({ when: "end" });
    const carried = first.recording().hostState({ untouched: UNTOUCHED }) ?? "";
    const part = await imported([...lines.slice(0, head), ...lines.slice(cut)], carried);
    const anchored = part.recording().log({ kind: "vcpu_anchored" });
    const last = [...anchored][0];
    const after = part.recording().at({ when: `@${last?.seq ?? 0}` });
    const alive = before.vms.filter(({ destroyed }) => destroyed !== true);
    expect(after.vms.map(({ vm_id }) => vm_id)).toEqual(alive.map(({ vm_id }) => vm_id));
    const known = after.vcpus.filter(({ run_state }) => run_state !== "unknown");
    expect(known.length).toBeGreaterThan(0);
    for (const vcpu of known) {
      const own = before.vcpus.find(
        (each) => each.vcpu === vcpu.vcpu && each.run_state !== "freed",
      );
      expect({
        ...vcpu,
        is_running: null,
        ga_log_intr: null,
        ir_list: null,
        vm_id_by: "line",
      }).toEqual({
        ...own,
        ...{ is_running: null, ga_log_intr: null, ir_list: null },
      });
    }
    expect(after.vms.some(({ inhibits }) => inhibits !== null)).toBe(true);
    first.close();
    part.close();
  });

  it("keep the names and the processes that the header of the first part told", async () => {
    const own = shippedLines("6.16-s1-one").slice(700);
    const [before, behind] = [own.slice(0, 600), own.slice(600)];
    const tid = before.flatMap(
      (line) => /vcpu-\S+-(\d+) .* svm_vcpu_load: /.exec(line)?.[1] ?? [],
    )[0];
    const told = [
      "# irqtwin capture: 1",
      '# irqtwin vm: pid=4711 name="web"',
      `# irqtwin vcpu: pid=4711 tid=${tid ?? ""} vcpu=0`,
      "# irqtwin kernel: 6.16.12",
    ];
    const first = await imported([...told, ...before]);
    const carried = first.recording().hostState({ untouched: UNTOUCHED }) ?? "";
    const part = await imported(behind, carried);
    const web = { name: "web", vmm_pid: 4711 };
    expect(first.recording().at({ when: "end" }).vms).toMatchObject([web]);
    expect(part.recording().at({ when: "start" }).vms).toMatchObject([web]);
    first.close();
    part.close();
  });
});

describe("threads of vCPUs", () => {
  const lines = shippedLines("6.17-x-uaf-crash").filter(
    (line) => !line.includes("entries-in-buffer"),
  );
  const head = lines.findIndex((line) => !line.startsWith("#"));

  async function imported(own: readonly string[], carried = ""): Promise<Timeline> {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const anchor = carried === "" ? undefined : { file: scratch.file(".json", carried) };
    await timeline.import(scratch.file(".txt", `${own.join("\n")}\n`), {
      anchor,
      kernel: "6.17.13+deb13-amd64",
    });
    return timeline;
  }

  const preempted = async (timeline: Timeline): Promise<readonly unknown[]> =>
    timeline.query(
      "SELECT time_ns, vm_id, vcpu_id FROM v_event WHERE kind = 'vcpu_preempted' ORDER BY seq",
    );

  it("are known in the next part: a vCPU that is preempted first is named", async () => {
    const switches = lines.flatMap((line, i) => {
      const [, prev = ""] = / sched_switch: .*prev_pid=(\d+) .*prev_state=R/.exec(line) ?? [];
      return prev !== "" && line.includes(`-${prev} `) ? [i] : [];
    });
    const whole = await imported(lines);
    const right = await preempted(whole);
    expect(right.length).toBeGreaterThan(10);
    const cuts = switches.filter((_, i) => i % Math.ceil(switches.length / 5) === 0);
    for (const cut of cuts) {
      const first = await imported(lines.slice(0, cut));
      const carried = first.recording().hostState() ?? "";
      const part = await imported([...lines.slice(0, head), ...lines.slice(cut)], carried);
      expect([...(await preempted(first)), ...(await preempted(part))]).toEqual(right);
      first.close();
      part.close();
    }
    whole.close();
  });
});

describe.each(["6.16-s1-one", "6.17-x-uaf-crash", "7.3-s2-two"])("the parts of %s", (name) => {
  // The first line of the header counts the entries of the whole trace, which no trace that grows has.
  const lines = shippedLines(name).filter((line) => !line.includes("entries-in-buffer"));
  const head = lines.findIndex((line) => !line.startsWith("#"));
  const stamps = lines.flatMap((line) => / (\d{6,}): \w/.exec(line)?.[1] ?? []);
  const moments = stamps.filter((_, i) => i % 200 === 0);

  async function imported(own: readonly string[], carried = ""): Promise<Timeline> {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const anchor = carried === "" ? undefined : { file: scratch.file(".json", carried) };
    const text = scratch.file(".txt", `${own.join("\n")}\n`);
    await timeline.import(text, { anchor, kernel: kernel ?? undefined });
    return timeline;
  }

  let kernel: string | null = null;

  it("name the entries that the whole names, and state nothing else", async () => {
    const whole = await imported(lines);
    kernel = whole.recording().kernel;
    const truth = answersOf(whole, moments);
    const right = new Map((await named(whole)).map((each) => [each.line, each]));
    whole.close();
    for (let i = 1; i < CUTS; i++) {
      const cut = head + Math.floor(((lines.length - head) * i) / CUTS);
      const first = await imported(lines.slice(0, cut));
      const carried = first.recording().hostState({ untouched: UNTOUCHED }) ?? "";
      first.close();
      const part = await imported([...lines.slice(0, head), ...lines.slice(cut)], carried);
      const told = answersOf(part, moments);
      expect(contradicted(told, truth)).toEqual([]);
      expect(falseFindings(told, truth)).toEqual([]);
      const others = (await named(part)).filter(({ line, kind, irte, host_irq }) => {
        const of = right.get(line - head + cut);
        const isOther = of?.irte !== irte || of.host_irq !== host_irq;
        // An allocation that is under way at the cut has no entry yet, and the write of an exchange may be before it.
        return isOther && !(irte === null && UNDER_WAY.has(kind));
      });
      expect(others).toEqual([]);
      part.close();
    }
  });
});
