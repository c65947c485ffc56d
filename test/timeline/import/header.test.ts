// The lines `# irqtwin KEY: VALUE` that the capture script writes: what they tell is known, what cannot be read of them
// is kept and counted, and nothing in them harms.

import { gzipSync } from "node:zlib";
import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openTimeline, type Timeline } from "../../../src/index.js";
import { rowsOf } from "../../support/content.js";
import { irqtwin } from "../../support/irqtwin.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines } from "../../support/shipped.js";

const scratch = new Scratch();

/** Since 6.17; its VM runs before line FROM. The note of the workload that names the release is not in it. */
const LINES = shippedLines("7.3-s2-two").filter((line) => !line.startsWith("#"));
const FROM = 700;
const BODY = LINES.slice(FROM);
/** The vCPU's thread of the first load in the body, as ftrace prints it, and the VM. */
const [, TID = "", KVM = ""] =
  /vcpu-\S+-(\d+) +\[.* svm_vcpu_load: .* kvm=0x([0-9a-f]+) /.exec(BODY.join("\n")) ?? [];

const TOP = [
  "# irqtwin capture: 1",
  "# irqtwin kernel: 7.3.4+deb13-amd64",
  "# irqtwin clock: x86-tsc",
  "# irqtwin tsc_khz: 2596000",
  "# irqtwin boot_id: 3f1c",
  "# irqtwin host: anvil",
  "# irqtwin level: full",
  "# irqtwin probe: p:pi/irte_write __modify_irte_ga.isra.0 devid=%si:x16",
  "# irqtwin probe: r64:pi/never_printed some_function",
  "# irqtwin tracepoint: kvm:kvm_entry",
  '# irqtwin refused: name=irte_cmpxchg reason="no such symbol"',
  "# irqtwin unverified: name=irte_write",
  "# irqtwin cpu: cpu=9 apic=0x12",
  '# irqtwin vm: pid=4000 name="web \\"1\\"" fd=12',
  `# irqtwin vcpu: pid=4000 tid=${TID} vcpu=0`,
  "# irqtwin start: wall=1764128000.123456789 trace=1234",
];
const END = ["# irqtwin dmesg: [ 1.0] kvm: a line", "# irqtwin end: wall=1764128010.5"];

interface Parts {
  readonly top?: readonly string[];
  readonly body?: readonly string[];
  readonly end?: readonly string[];
}

function traceOf({ top = TOP, body = BODY, end = END }: Parts = {}): string {
  return [...top, "# tracer: nop", "#", ...body, ...end, ""].join("\n");
}

async function imported(
  text: string,
  kernel?: string,
): Promise<{ db: string; timeline: Timeline }> {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(scratch.file(".txt", text), { kernel });
  return { db, timeline };
}

describe("the header of a capture script", () => {
  it("decides the rules, unless the user says otherwise", async () => {
    const { timeline } = await imported(traceOf());
    expect(timeline.info().recordings).toMatchObject([
      { kernel: "7.3.4+deb13-amd64", rules: "7.3", rules_from: "kernel release" },
    ]);
    timeline.close();
    const { timeline: other } = await imported(traceOf(), "6.19.6");
    expect(other.info().recordings).toMatchObject([{ kernel: "6.19.6" }]);
    other.close();
  });

  it("is shown by info", async () => {
    const { timeline, db } = await imported(traceOf());
    const [recording] = timeline.info().recordings;
    timeline.close();
    expect(recording?.capture).toEqual({
      host: "anvil",
      boot_id: "3f1c",
      clock: "x86-tsc",
      tsc_khz: "2596000",
      level: "full",
      only: null,
      start_wall: "1764128000.123456789",
      start_trace: "1234",
      set: 3,
      refused: [{ name: "irte_cmpxchg", reason: "no such symbol" }],
      unverified: ["irte_write"],
      losses: [],
      dmesg: ["[ 1.0] kvm: a line"],
      vms: 1,
      unused_lines: 0,
    });
    expect(rowsOf(db, "SELECT apic_id FROM host_cpu WHERE cpu = 9")).toEqual([[0x12n]]);
    const text = irqtwin(["info", "--db", db]).stdout;
    for (const part of ["host anvil", "refused: irte_cmpxchg (no such symbol)", 'vm1 "web "1""'])
      expect(text).toContain(part);
  });

  it("names the VMs that ran already", async () => {
    const { timeline, db } = await imported(traceOf());
    const end = timeline.recording().at();
    timeline.close();
    const named = `SELECT name, vmm_pid FROM v_vm WHERE kvm = '${KVM}'`;
    expect(rowsOf(db, named)).toEqual([['web "1"', 4000n]]);
    const [[vm_id] = []] = rowsOf(db, `SELECT vm_id FROM v_vm WHERE kvm = '${KVM}'`);
    const own = end.vcpus.filter((vcpu) => BigInt(vcpu.vm_id ?? 0) === vm_id);
    expect(own.map(({ vm_name }) => vm_name)).toEqual(own.map(() => 'web "1"'));
    expect(own.length).toBeGreaterThan(0);
    const others = end.vms.filter((vm) => BigInt(vm.vm_id ?? 0) !== vm_id);
    expect(others.map(({ name }) => name)).toEqual(others.map(() => null));
    for (const command of [["at", "end"], ["log"]])
      expect(irqtwin([...command, "--db", db]).stdout).toContain('"web "1""');
  });

  it("gives no name to a VM that was made since, or to one of two VMs of a process", async () => {
    const whole = await imported(traceOf({ body: LINES }));
    whole.timeline.close();
    expect(rowsOf(whole.db, "SELECT DISTINCT name FROM v_vm")).toEqual([[null]]);
    const two = await imported(traceOf({ top: [...TOP, "# irqtwin vm: pid=4000 name=db1 fd=13"] }));
    two.timeline.close();
    expect(rowsOf(two.db, "SELECT DISTINCT name FROM v_vm")).toEqual([[null]]);
  });

  it("is the same of a file, compressed, and of standard input", async () => {
    const text = traceOf();
    const of = (db: string): unknown =>
      rowsOf(db, "SELECT line, key, value, problem FROM v_header ORDER BY line");
    const { db, timeline } = await imported(text);
    timeline.close();
    const zipped = scratch.path(".gz");
    writeFileSync(zipped, gzipSync(text));
    const fromZip = scratch.path(".db");
    expect(irqtwin(["import", zipped, "--db", fromZip]).status).toBe(0);
    expect(of(fromZip)).toEqual(of(db));
    expect(of(db)).toHaveLength(TOP.length + END.length);
  });

  it("keeps and counts what cannot be read, and prints nothing that a terminal obeys", async () => {
    const bad = [
      "# irqtwin no colon here",
      "# irqtwin future_key: 1",
      "# irqtwin cpu: cpu=x apic=0x1",
      "# irqtwin cpu: cpu=1",
      '# irqtwin vm: pid=1 name="never ends',
      "# irqtwin vm: pid=1 pid=2",
      `# irqtwin dmesg: ${"x".repeat(5000)}`,
      "# irqtwin host:",
    ];
    const hostile = `# irqtwin vm: pid=7 name="\u001b[31mred\\x1b\u202e" fd=1`;
    const { timeline, db } = await imported(traceOf({ top: [...TOP, ...bad, hostile] }));
    const { capture, lines } = timeline.info().recordings[0] ?? {};
    timeline.close();
    expect(capture?.unused_lines).toBe(bad.length);
    expect(lines?.rejected).toBe(0);
    const [[longest, red] = []] = rowsOf(
      db,
      `SELECT (SELECT max(length(value)) FROM v_header),
        (SELECT value FROM header_word WHERE value LIKE '%red%')`,
    );
    expect(Number(longest)).toBeLessThanOrEqual(4096 * 4);
    // The colour is taken out of the trace; what else a terminal would obey is told.
    expect(red).toBe("red\\x1b\\x202e");
  });

  it("tells the PCI segment of a device that lines name without one, if only one has it", async () => {
    const pci = ["0001:00:08.0", "0000:00:09.0", "0002:00:09.0"].map(
      (each) => `# irqtwin pci: ${each}`,
    );
    const { db, timeline } = await imported(traceOf({ top: [...TOP, ...pci] }));
    const plain = await imported(traceOf());
    const irtes = (each: Timeline): string[] =>
      each
        .recording()
        .at()
        .irtes.map(({ irte }) => irte);
    const moved = irtes(plain.timeline).map((irte) => irte.replace("0000:00:08.0", "0001:00:08.0"));
    expect(irtes(timeline)).toEqual(moved.sort());
    expect(moved.some((irte) => irte.startsWith("0001:"))).toBe(true);
    expect(timeline.recording().check().writes).toEqual(plain.timeline.recording().check().writes);
    timeline.close();
    plain.timeline.close();
    const log = irqtwin(["log", "--irte", "0001:00:08.0/0", "-n", "1", "--db", db]);
    expect(log.stdout).toContain("0001:00:08.0/0");
  });

  it("turns ticks of the TSC into nanoseconds by its frequency, as --clock-hz does", async () => {
    const { timeline } = await imported(traceOf());
    const [recording] = timeline.recordings();
    const [, ticks = ""] = / (\d+): /.exec(BODY[0] ?? "") ?? [];
    expect(recording).toMatchObject({ clock_unit: "ns" });
    expect(timeline.info().recordings[0]?.first_ns).toBe(
      String((BigInt(ticks) * 1_000_000_000n) / 2_596_000_000n),
    );
    timeline.close();
    const other = TOP.map((line) => line.replace("clock: x86-tsc", "clock: counter"));
    const counted = await imported(traceOf({ top: other }));
    expect(counted.timeline.recordings()[0]).toMatchObject({ clock_unit: "ticks" });
    counted.timeline.close();
  });

  it("tells that a probe was silent, if its counts show that no line is missing", async () => {
    const loss = (read: number): string =>
      `# irqtwin loss: cpu=0 entries=${read} overrun=0 dropped=0 read=${read}`;
    const quiet = BODY.filter((line) => !line.includes(" avic_blocking: "));
    const set = "# irqtwin probe: p:pi/avic_blocking avic_vcpu_blocking vcpu=$arg1:x64";
    const undecided = async (top: readonly string[], read: number): Promise<boolean> => {
      const { timeline } = await imported(traceOf({ top, body: quiet, end: [loss(read), ...END] }));
      const [recording] = timeline.info().recordings;
      timeline.close();
      return recording?.cannot_decide.some((what) => what.includes("avic_blocking")) === true;
    };
    expect(await undecided([...TOP, set], quiet.length)).toBe(false);
    expect(await undecided(TOP, quiet.length)).toBe(true);
    expect(await undecided([...TOP, set], quiet.length + 1)).toBe(true);
    expect(await undecided([...TOP, set, "# irqtwin only: vm pid=1"], quiet.length)).toBe(true);
  });

  it("takes what a ring overran, and no marker counts, for a gap of that CPU at the end", async () => {
    const marker = "CPU:0 [LOST 3 EVENTS]";
    const lossOf = (overrun: number): string =>
      `# irqtwin loss: cpu=0 entries=5 overrun=${overrun} dropped=0 read=5`;
    const gapsWith = async (overrun: number, body = BODY): Promise<unknown> => {
      const { db, timeline } = await imported(traceOf({ body, end: [lossOf(overrun), ...END] }));
      const { doubts } = timeline.recording().check();
      const { inconclusive } = timeline.recording().at();
      const before = timeline.recording().at({ when: "@100" }).inconclusive;
      timeline.close();
      const lost = rowsOf(db, "SELECT lost FROM v_gap WHERE kind = 'lost' ORDER BY to_seq");
      return { lost: lost.flat().map(Number), doubts, inconclusive, before };
    };
    const certain = { doubts: [], before: false };
    expect(await gapsWith(0)).toEqual({ lost: [], ...certain, inconclusive: false });
    expect(await gapsWith(7)).toMatchObject({ lost: [7], ...certain });
    const marked = [...BODY.slice(0, 900), marker, ...BODY.slice(900)];
    expect(await gapsWith(3, marked)).toMatchObject({ lost: [3], ...certain });
    expect(await gapsWith(5, marked)).toMatchObject({ lost: [3, 2], ...certain });
  });

  it("counts events that were dropped as missing lines: they may be missing anywhere", async () => {
    const lost = "# irqtwin loss: cpu=0 entries=5 overrun=3 dropped=4 read=5";
    const { timeline } = await imported(traceOf({ end: [lost, ...END] }));
    const [recording] = timeline.info().recordings;
    timeline.close();
    expect(recording?.left_out).toBe(4);
    expect(recording?.capture?.losses).toEqual([{ cpu: "0", overrun: "3", dropped: "4" }]);
    expect(recording?.better).toMatch(/^irqtwin capture --level .* --buffer KB$/);
  });
});

describe("a recording that the capture script made", () => {
  /** As the script sets it: only where a vCPU's thread gives way. */
  const filtered = LINES.filter(
    (line) => !line.includes(" sched_switch: ") || / prev_comm=\S*vcpu/.test(line),
  );
  const loss = `# irqtwin loss: cpu=0 entries=${filtered.length} overrun=0 dropped=0 read=${filtered.length}`;
  const doubtsOf = async (top: readonly string[], end: readonly string[]): Promise<unknown> => {
    const db = scratch.path(".db");
    const timeline = await openTimeline(db, { create: true });
    await timeline.import(scratch.file(".txt", [...top, ...filtered, ...end, ""].join("\n")));
    const { doubts } = timeline.recording().check();
    timeline.close();
    return doubts;
  };

  it("is whole where its counts say so, though a busy tracepoint is filtered", async () => {
    expect(filtered.length).toBeLessThan(LINES.length);
    expect(await doubtsOf(TOP, [loss, ...END])).toEqual([]);
    const more = loss.replace(/read=\d+/, `read=${filtered.length + 1}`);
    expect(await doubtsOf(TOP, [more, ...END])).toMatchObject([{ kind: "left out" }]);
  });

  it("is a part of what happened where one VM alone was recorded", async () => {
    const only = "# irqtwin only: vm pid=4000";
    expect(await doubtsOf([...TOP, only], [loss, ...END])).toMatchObject([{ kind: "left out" }]);
  });
});

describe("a VM's own name", () => {
  /** Both VMs are made in these lines, and are there at their end. */
  const births = LINES.slice(0, 1200);
  const [, tid = "", kvm = ""] =
    /vcpu-\S+-(\d+) +\[.* svm_vcpu_load: .* kvm=0x([0-9a-f]+) /.exec(births.join("\n")) ?? [];
  const there = [
    `# irqtwin vm: pid=5000 name="new" fd=9`,
    `# irqtwin vcpu: pid=5000 tid=${tid} vcpu=0`,
  ];
  const unnamed = TOP.filter((line) => !/ (?:vm|vcpu): /.test(line));
  const namesOf = async (parts: Parts): Promise<unknown> => {
    const { db, timeline } = await imported(traceOf(parts));
    const { capture } = timeline.info().recordings[0] ?? {};
    timeline.close();
    const named = rowsOf(db, "SELECT kvm, name, vmm_pid FROM vm WHERE name IS NOT NULL");
    return { named: named.map((row) => row.map(String)), vms: capture?.vms };
  };
  const mine = [[kvm, "new", "5000"]];

  it("is known of one that was made in the recording, if it is there at the end", async () => {
    const end = ["# irqtwin standing: at=end trace=9", ...there, ...END];
    expect(await namesOf({ top: unnamed, body: births, end })).toEqual({ named: mine, vms: 0 });
    expect(await namesOf({ top: unnamed, body: LINES, end })).toEqual({ named: [], vms: 0 });
  });

  it("is known of one that was made in the lines of a flight recorder", async () => {
    const begin = (at: string): string[] => [...unnamed, `# irqtwin standing: at=${at}`, ...there];
    const flight = await namesOf({ top: begin("flight"), body: births });
    expect(flight).toEqual({ named: mine, vms: 1 });
    expect(await namesOf({ top: begin("record"), body: births })).toEqual({ named: [], vms: 1 });
  });

  it("stands beside the VM in the answer of every command", async () => {
    const { db, timeline } = await imported(traceOf());
    const [posted] = timeline
      .recording()
      .at()
      .vcpus.filter(({ vm_name }) => vm_name !== null)
      .map(({ vcpu }) => vcpu);
    const [tagged] = rowsOf(
      db,
      `SELECT irte, from_seq FROM v_irte WHERE mode = 'posted' AND vm_name IS NOT NULL AND vcpu_id IS NOT NULL`,
    );
    timeline.close();
    const [irte = "", seq = ""] = (tagged ?? []).map(String);
    const mark = '"web \\"1\\""';
    const shown = (...args: string[]): string => irqtwin([...args, "--db", db]).stdout;
    for (const args of [
      ["info"],
      ["at", `@${seq}`],
      ["log", "--vcpu", posted ?? "", "-n", "1"],
      ["log", "--kind", "link"],
      ["blame", irte, "--at", `@${seq}`],
      ["diff", "start", "end"],
      ["first", "--vcpu", posted ?? "", "run_state=running"],
      ["audit", "--by", "vcpu"],
    ]) {
      expect(shown(...args), args.join(" ")).toContain(mark.replaceAll("\\", ""));
      expect(shown(...args, "--json"), args.join(" ")).toContain(mark);
    }
    expect(shown("query", "SELECT name FROM v_vm WHERE name IS NOT NULL")).toContain("web");
  });
});
