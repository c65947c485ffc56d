// The state of a host that is imported beside a trace: it is taken for what it is, what it tells is known from its moment
// on, and what the trace has shown goes before it.

import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { openTimeline, type AtVcpu, type CheckReport, type Timeline } from "../../../src/index.js";
import { answersOf, contradicted, falseFindings, type Answers } from "../../soak/compare.js";
import { irqtblAt } from "../../support/dump.js";
import { readEvents } from "../../support/events.js";
import { hostStateAt } from "../../support/host-state.js";
import { rowsOf } from "../../support/content.js";
import { Scratch } from "../../support/scratch.js";
import { seedOr } from "../../support/seed.js";
import { shippedLines, shippedText } from "../../support/shipped.js";

const scratch = new Scratch();
const SEED = seedOr(20261126);
/** Lines that tell of the recording itself. */
const HEAD = 12;
const RUNS = 3;
const MOMENTS = 25;

interface Anchored {
  readonly state: string;
  readonly at?: string;
}

async function imported(lines: readonly string[], anchored?: Anchored): Promise<Timeline> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  const anchor =
    anchored === undefined
      ? undefined
      : { file: scratch.file(".json", anchored.state), at: anchored.at };
  await timeline.import(scratch.file(".txt", `${lines.join("\n")}\n`), { anchor });
  return timeline;
}

async function answers(
  lines: readonly string[],
  moments: readonly string[],
  anchored?: Anchored,
): Promise<Answers & { stated: number }> {
  const timeline = await imported(lines, anchored);
  const told = answersOf(timeline, moments);
  expect(timeline.verify().verdict).toBe("intact");
  timeline.close();
  return { ...told, stated: [...told.at.values()].reduce((sum, { size }) => sum + size, 0) };
}

/** The lines from this one on, below a header that counts them. */
function from(lines: readonly string[], line: number): string[] {
  const left = lines.slice(line);
  const count = `entries-in-buffer/entries-written: ${left.length}/${left.length}`;
  const head = lines
    .slice(0, HEAD)
    .map((each) => each.replace(/entries-in-buffer.*?\d+\/\d+/, count));
  return [...head, ...left];
}

/** The stamps of every so manyth line, as nanoseconds or ticks. */
function stampsOf(lines: readonly string[]): string[] {
  const stamps = lines.flatMap((line) => {
    const [, whole, part] = / (\d+)(?:\.(\d+))?: \w/.exec(line) ?? [];
    if (whole === undefined) return [];
    return [part === undefined ? whole : String(BigInt(whole + part.padEnd(9, "0")))];
  });
  return stamps.filter((_, i) => i % Math.ceil(stamps.length / MOMENTS) === 0);
}

describe("a dump that names whose it is", () => {
  const BOOT = "3f1c6c0e-30a5-4f7e-8d7f-0d6a5f1c2b3a";
  const OTHER = "00000000-30a5-4f7e-8d7f-0d6a5f1c2b3a";
  const top = [`# irqtwin boot_id: ${BOOT}`, "# irqtwin kernel: 6.17.13+deb13-amd64"];
  const lines = [...top, ...shippedLines("6.17-s1-one")];
  const dumpOf = (host: object): string =>
    JSON.stringify({ irqtwin_state: 1, ...host, facts: [{ kind: "cpu", cpu: 0, apic: 0 }] });

  test.each([
    [{ release: "6.17.13+deb13-amd64", boot_id: BOOT }],
    [{ release: "6.17.13" }],
    [{ release: null, boot_id: null }],
  ])("is taken for the recording of that host: %j", async (host) => {
    const timeline = await imported(lines, { state: dumpOf(host) });
    expect(timeline.recording().state).toBe("complete");
    timeline.close();
  });

  test.each([
    [{ release: "6.17.1" }, "kernel 6.17.1, and the recording is of kernel 6.17.13+deb13-amd64"],
    [{ release: "6.18.0", boot_id: BOOT }, "kernel 6.18.0"],
    [{ boot_id: OTHER }, `boot ${OTHER}, and the recording is of boot ${BOOT}`],
  ])("is refused for that of another one: %j", async (host, why) => {
    const importing = imported(lines, { state: dumpOf(host) });
    await expect(importing).rejects.toMatchObject({ code: "ERR_ANCHOR" });
    await expect(importing).rejects.toThrow(why);
  });

  it("may begin with the byte order mark of UTF-8", async () => {
    const timeline = await imported(lines, { state: `\uFEFF${dumpOf({})}` });
    expect(timeline.recording().state).toBe("complete");
    timeline.close();
  });
});

test("a dump of a moment after the last line is refused, and both are named", async () => {
  const lines = shippedLines("6.17-s1-one");
  const [last = ""] = / (\d+): /.exec(lines.at(-1) ?? "")?.slice(1) ?? [];
  const state = JSON.stringify({ irqtwin_state: 1, facts: [{ kind: "cpu", cpu: 0, apic: 0 }] });
  const after = `${BigInt(last) + 1n}ns`;
  const importing = imported(lines, { state, at: after });
  await expect(importing).rejects.toMatchObject({ code: "ERR_WHEN" });
  await expect(importing).rejects.toThrow(
    `${after}, after the end of the recording, which is ${last}ns`,
  );
  const timeline = await imported(lines, { state, at: `${last}ns` });
  expect(timeline.recording().state).toBe("complete");
  timeline.close();
});

test("a VM of a dump whose address another one is made at was destroyed, and when is unknown", async () => {
  const lines = shippedLines("6.17-s1-one");
  const init = lines.findIndex((line) => line.includes(" vm_init: "));
  const [, kvm = ""] = /kvm=0x([0-9a-f]+)/.exec(lines[init] ?? "") ?? [];
  const vm = `0x${kvm.padStart(16, "0")}`;
  const facts = [
    { kind: "vm", vm, vm_id: 77, inhibits: 4 },
    {
      ...{ kind: "vcpu", vm, vcpu_id: 0, vcpu_idx: 0, entry: null, apicv_active: true },
      ...{ blocking: true, cpu: -1, ir_list: [] },
    },
    { kind: "irqfd", vm, gsi: 24, host_irq: -1 },
  ];
  const timeline = await imported(lines, { state: JSON.stringify({ irqtwin_state: 1, facts }) });
  const recording = timeline.recording();
  const created = [...recording.log({ kind: "vm_created", reverse: true })][0]?.seq ?? 0;
  const before = recording.at({ when: `@${created - 1}`, vm_id: 77 });
  expect(before.vms).toMatchObject([{ vm_id: 77, destroyed: null, inhibits: null }]);
  expect(before.vcpus).toMatchObject([{ run_state: "unknown", pcpu: null, ir_list: null }]);
  expect(before.unknown).toContainEqual({
    path: "vms[0].destroyed",
    reason: expect.stringContaining("no line shows when") as string,
  });
  expect(recording.frameAt({ when: `@${created - 1}` }).vcpus).toEqual([]);
  const stated = "SELECT * FROM v_vcpu WHERE vm_id = 77 AND (to_seq IS NULL OR to_seq > from_seq)";
  expect(rowsOf(timeline.file, stated)).toEqual([]);
  const after = recording.at({ when: `@${created}`, vm_id: 77 });
  expect(after.vms).toMatchObject([{ vm_id: 77, destroyed: true, inhibits: null }]);
  expect(after.vcpus).toMatchObject([{ run_state: "unknown", pcpu: null }]);
  expect(after.irqfds).toEqual([]);
  timeline.close();
});

test("a host IRQ that the trace connects has no irqfd of a dump any more", async () => {
  const lines = shippedLines("6.17-s1-one");
  const fact = { kind: "irqfd", vm: "0xffff888100001000", gsi: 99, host_irq: 30 };
  const state = JSON.stringify({ irqtwin_state: 1, facts: [fact] });
  const timeline = await imported(lines, { state });
  const [irte] = timeline.recording().at({ when: "@600" }).irtes;
  expect(irte).toMatchObject({ host_irq: 30, gsi: 24 });
  timeline.close();
});

test("a dump between a write and its exchange shows what the exchange has found", async () => {
  const lines = shippedLines("6.16-s1-one");
  const read = readEvents(Buffer.from(`${lines.join("\n")}\n`, "latin1"));
  const timeOf = (at: number): bigint => BigInt(stampsOf([lines[at] ?? ""])[0] ?? 0);
  const isBetween = (line: string, at: number): boolean =>
    line.includes(" irte_write: ") &&
    (lines[at + 1] ?? "").includes(" irte_cmpxchg: ") &&
    timeOf(at) < timeOf(at + 1) - 1n &&
    irqtblAt(read, at + 1) !== "";
  const places = lines.flatMap((line, at) => (isBetween(line, at) ? [at] : []));
  const looked = places.filter((_, i) => i % Math.ceil(places.length / 6) === 0);
  expect(looked.length).toBeGreaterThan(4);
  let agreed = 0;
  for (const place of looked) {
    const state = irqtblAt(read, place + 1);
    const timeline = await imported(lines, { state, at: `${timeOf(place + 1) - 1n}ns` });
    const { anchors, findings } = timeline.recording().check();
    expect(findings.filter(({ kind }) => kind === "contradiction")).toEqual([]);
    agreed += anchors?.agreed ?? 0;
    timeline.close();
  }
  expect(agreed).toBeGreaterThan(0);
});

describe.each(["6.12-s2-two", "6.16-s1-one", "6.17-s1-one", "7.3-s2-two"])("%s", (name) => {
  const text = shippedText(name);
  const lines = shippedLines(name);
  const events = readEvents(Buffer.from(text, "latin1"));
  const moments = stampsOf(lines);
  const whole = answers(lines, moments);

  it(`without its beginning, states more and nothing that the whole contradicts; seed ${SEED}`, async () => {
    const truth = await whole;
    const any = fc.integer({ min: HEAD, max: lines.length - 2 });
    let more = 0;
    const property = fc.asyncProperty(any, async (line) => {
      const part = from(lines, line);
      const state = hostStateAt(events, line, text);
      const alone = await answers(part, moments);
      const told = await answers(part, moments, { state });
      expect(contradicted(told, truth)).toEqual([]);
      expect(falseFindings(told, truth)).toEqual([]);
      more += told.stated - alone.stated;
    });
    await fc.assert(property, { seed: SEED, numRuns: RUNS });
    expect(more).toBeGreaterThan(0);
  });

  it(`with the state of a moment in it, says what it says without; seed ${SEED}`, async () => {
    const truth = await whole;
    const line = Math.floor(lines.length / 2);
    const [stamp = ""] = stampsOf([lines[line - 1] ?? ""]);
    const told = await answers(lines, moments, {
      state: hostStateAt(events, line, text),
      at: `${stamp}ns`,
    });
    expect(contradicted(told, truth)).toEqual([]);
    expect(falseFindings(told, truth)).toEqual([]);
    expect(told.report.findings.length).toBe(truth.report.findings.length);
  });
});

describe("a state at the end of a recording", () => {
  const name = "6.17-s1-one";
  const text = shippedText(name);
  const line = 1500;
  const state = hostStateAt(readEvents(Buffer.from(text, "latin1")), line, text);
  const beginning = shippedLines(name).slice(0, line);

  async function anchors(changed: string): Promise<CheckReport> {
    const timeline = await imported(beginning, { state: changed, at: "end" });
    const report = timeline.recording().check();
    timeline.close();
    return report;
  }

  it("agrees with what the trace shows", async () => {
    const report = await anchors(state);
    expect(report.anchors?.contradicted).toBe(0);
    // The entries, a route and the inhibits of a VM.
    expect(report.anchors?.agreed).toBeGreaterThanOrEqual(3);
    expect(report.findings).toEqual([]);
  });

  test.each([
    ["the vector of a route", /("kind": "route",.*?"data": )\d+/s, "$116383"],
    ["the inhibits of a VM", /("inhibits": )\d+/, "$18"],
    ["the bits of an entry", /("hi": "0x\w{14})\w\w/, "$1ef"],
  ])("contradicts it where it has other values of %s, and accuses nobody", async (_, of, to) => {
    const changed = state.replace(of, to);
    expect(changed).not.toBe(state);
    const { anchors: counts, findings } = await anchors(changed);
    expect(counts?.contradicted).toBe(1);
    expect(findings.map(({ kind, title }) => [kind, title.includes("C21")])).toEqual([
      ["contradiction", true],
    ]);
  });
});

describe("a document", () => {
  const lines = shippedLines("6.17-s1-one");
  const head = '{"irqtwin_state": 1, "facts": [';

  test.each([
    ["{", "line 1: it begins as JSON"],
    ['{"entries": []}', "line 1: it is JSON, but not that of"],
    ['{"irqtwin_state": 2, "facts": []}', "it is a state of version 2"],
    ['{"irqtwin_state": 1}', "it has no list of facts"],
    [`${head}7]}`, "one of its facts is no object"],
    [`${head}{"kind": "moon"}]}`, "line 1: no version knows its kind"],
    [`${head}{"kind": "cpu", "cpu": 0, "apic": 0}, {"kind": "cpu"}]}`, "line 2: its cpu is not"],
    [`${head}{"kind": "irte", "irte": "00:08.0"}]}`, "its irte is not an entry"],
    [`${head}{"kind": "vm", "vm": "0x12", "vm_id": 1, "inhibits": 0}]}`, "its vm is not 0x"],
  ])("%s is refused: %s", async (state, why) => {
    await expect(imported(lines, { state })).rejects.toMatchObject({
      code: "ERR_ANCHOR",
      message: expect.stringContaining(why) as unknown,
    });
  });

  it("says of an entry one thing only", async () => {
    const irte = '{"kind": "irte", "irte": "0000:00:08.0/0", "address": null, "host_irq": null, ';
    const of = (hi: string): string => `${irte}"lo": "0x0000000000000001", "hi": "0x${hi}"}`;
    const state = `${head}${of("00000000000000ef")}, ${of("00000000000000ee")}]}`;
    await expect(imported(lines, { state })).rejects.toThrow("with other bits");
  });
});

it("names what ran before the recording, and shows where its facts come from", async () => {
  const text = shippedText("7.3-s2-two");
  const lines = shippedLines("7.3-s2-two");
  const line = 1500;
  const state = hostStateAt(readEvents(Buffer.from(text, "latin1")), line, text);
  const timeline = await imported(from(lines, line), { state });
  const { vcpus, irqfds } = timeline.recording().at({ when: "start" });
  const isKnown = (vcpu: AtVcpu): boolean => vcpu.run_state !== "unknown" && vcpu.ir_list !== null;
  expect(vcpus.map(isKnown)).toEqual(vcpus.map(() => true));
  expect(vcpus.length).toBeGreaterThan(0);
  expect(irqfds.map((each) => each.irte)).toContain("0000:00:08.0/0");
  const sql =
    "SELECT DISTINCT kind FROM v_event WHERE source = 'anchor' AND line < 0 ORDER BY kind";
  expect((await timeline.query<{ kind: string }>(sql)).map(({ kind }) => kind)).toEqual([
    ...["irqfd_anchored", "irte_anchored", "link_anchored", "route_anchored"],
    ...["vcpu_anchored", "vm_anchored"],
  ]);
  const bases = await timeline.query("SELECT DISTINCT vcpu_idx_by FROM v_vcpu");
  expect(bases).toContainEqual({ vcpu_idx_by: "anchor" });
  timeline.close();
});
