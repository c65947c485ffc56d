// What a WHEN means, and what `at` says of it besides the state.

import { beforeAll, afterAll, describe, expect, test } from "vitest";
import { openTimeline, type AtDocument, type Timeline } from "../../../src/index.js";
import { rowsOf } from "../../support/content.js";
import { Scratch } from "../../support/scratch.js";
import { coarseTrace, shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
let timeline: Timeline;
/** Recording 1 has a clock in seconds, recording 2 one in ticks. */
const SECONDS = 1;
const TICKS = 2;
let times: bigint[];

beforeAll(async () => {
  timeline = await openTimeline(db, { create: true });
  await timeline.import(scratch.file(".txt", coarseTrace()));
  await timeline.import(shippedPath("6.17-x-uaf-crash"));
  times = rowsOf(db, "SELECT time_ns FROM v_event WHERE recording_id = 1 ORDER BY seq").map(
    ([time]) => time as bigint,
  );
});

afterAll(() => {
  timeline.close();
});

const at = (when: string, recording = SECONDS): AtDocument =>
  timeline.recording(recording).at({ when });
const first = (): bigint => BigInt(timeline.recording(SECONDS).first_ns ?? 0);
const last = (): bigint => BigInt(timeline.recording(SECONDS).last_ns ?? 0);
/** What `at` says but for the moment itself. */
const stateOf = (document: AtDocument): unknown => ({ ...document, seq: 0, time_ns: "" });

describe("a WHEN", () => {
  test("as a time counts every event up to and including that time", () => {
    for (let i = 97; i < times.length; i += 97) {
      const time = times[i] ?? 0n;
      const seq = times.findLastIndex((each) => each <= time) + 1;
      expect(at(`${time}ns`)).toMatchObject({ seq, time_ns: String(time) });
      expect(at(`${time - 1n}ns`).seq).toBe(times.findLastIndex((each) => each < time) + 1);
    }
  });

  test("as @SEQ is the state after that event, which is that of its time if it is the last then", () => {
    let compared = 0;
    for (let i = 50; i < times.length - 1; i += 53) {
      const document = at(`@${i + 1}`);
      expect(document).toMatchObject({ seq: i + 1, time_ns: String(times[i]) });
      if (times[i] === times[i + 1]) continue;
      compared++;
      expect(at(`${times[i] ?? 0n}ns`)).toEqual(document);
    }
    expect(compared).toBeGreaterThan(10);
  });

  test("may be written as seconds, ns, us, ms or s", () => {
    const time = times[1000] ?? 0n;
    const seconds = `${time / 1_000_000_000n}.${String(time % 1_000_000_000n).padStart(9, "0")}`;
    const expected = at(`${time}ns`);
    const micros = `${time / 1000n}.${String(time % 1000n).padStart(3, "0")}`;
    for (const when of [seconds, `${seconds}s`, seconds.replace(/0+$/, ""), `${micros}us`])
      expect(at(when), when).toEqual(expected);
    expect(at(`${time / 1_000_000n}ms`).time_ns).toBe(`${time / 1_000_000n}000000`);
  });

  test("start and end are the recording's first and last line, negative counts back from the end", () => {
    expect(at("start").time_ns).toBe(String(first()));
    expect(at("end")).toMatchObject({ seq: times.length, time_ns: String(last()) });
    expect(at("-0ms")).toEqual(at("end"));
    expect(at("-50ms")).toEqual(at(`${last() - 50_000_000n}ns`));
    expect(at("-0.05")).toEqual(at("-50ms"));
    expect(at("-1.5s")).toEqual(at(`${last() - 1_500_000_000n}ns`));
  });

  test("at the first line, which is a marker, knows nothing", () => {
    expect(at("start")).toMatchObject({ seq: 1, irtes: [], vcpus: [], irqfds: [] });
  });

  test.each([
    "",
    "soon",
    "@",
    "@x",
    "@-1",
    "1.2.3",
    "1e9",
    "0x10",
    "5m",
    "--5ms",
    "1116.5190520001",
    "-",
  ])("%j is refused as malformed", (when) => {
    expect(() => at(when)).toThrow(expect.objectContaining({ code: "ERR_WHEN" }) as Error);
  });

  test("outside the recording is refused, and the message says what the recording holds", () => {
    const refused = (when: string): void => {
      expect(() => at(when), when).toThrow(
        expect.objectContaining({
          code: "ERR_WHEN",
          message: expect.stringMatching(/ to /) as string,
        }) as Error,
      );
    };
    for (const when of [
      "@0",
      `@${times.length + 1}`,
      `${first() - 1n}ns`,
      `${last() + 1n}ns`,
      "-9999",
    ])
      refused(when);
  });

  test("of a counter clock is in ticks: seconds are refused", () => {
    const [[tick] = []] = rowsOf(
      db,
      "SELECT time_ns FROM v_event WHERE recording_id = 2 ORDER BY seq LIMIT 1 OFFSET 500",
    );
    const document = at(String(tick), TICKS);
    expect(document).toMatchObject({ clock_unit: "ticks", time_ns: String(tick) });
    expect(at(`${String(tick)}ns`, TICKS)).toEqual(document);
    const end = BigInt(timeline.recording(TICKS).last_ns ?? 0);
    expect(at("-1000", TICKS).time_ns).toBe(String(end - 1000n));
    for (const when of ["1116.519052", "-50ms", "12s"])
      expect(() => at(when, TICKS), when).toThrow(
        expect.objectContaining({ code: "ERR_WHEN" }) as Error,
      );
  });

  test("a recording that is not there is refused by number", () => {
    expect(() => at("end", 9)).toThrow(
      expect.objectContaining({ code: "ERR_NO_RECORDING" }) as Error,
    );
  });
});

describe("what is narrowed", () => {
  const whole = (): AtDocument => at("@1500");

  test("--irte leaves that IRTE alone, --vcpu that vCPU, --vm what is of that VM", () => {
    for (const irte of whole().irtes) {
      const narrowed = timeline.recording(SECONDS).at({ when: "@1500", irte: irte.irte });
      expect(narrowed).toMatchObject({ irtes: [irte], vcpus: [], irqfds: [], vms: [] });
    }
    for (const vcpu of whole().vcpus)
      expect(timeline.recording(SECONDS).at({ when: "@1500", vcpu: vcpu.vcpu })).toMatchObject({
        irtes: [],
        vcpus: [vcpu],
      });
    const vms = whole().vms.map(({ vm_id }) => vm_id ?? 0);
    expect(vms.length).toBeGreaterThan(1);
    for (const vm_id of vms) {
      const narrowed = timeline.recording(SECONDS).at({ when: "@1500", vm_id });
      const { irtes, vcpus, irqfds } = whole();
      expect(narrowed.irtes).toEqual(irtes.filter((irte) => irte.vm_id === vm_id));
      expect(narrowed.vcpus).toEqual(vcpus.filter((vcpu) => vcpu.vm_id === vm_id));
      expect(narrowed.irqfds).toEqual(irqfds.filter((irqfd) => irqfd.vm_id === vm_id));
    }
  });

  test("the state does not depend on the question before it", () => {
    const before = stateOf(at("@1500"));
    at("@3");
    timeline.recording(SECONDS).at({ when: "@900", vm_id: 1 });
    expect(stateOf(at("@1500"))).toEqual(before);
  });
});

describe("a value that is not known", () => {
  /** null where there is none, as opposed to unknown: a remapped entry has no vCPU. */
  const MAY_BE_NONE = new Set([
    "host_irq",
    "gsi",
    "vm_id",
    "vcpu",
    "pcpu",
    "irte",
    "cause",
    "fd",
    "state",
    // What only the header of a capture script tells, and what a name rests on that is not there.
    "name",
    "vm_name",
    "vmm_pid",
    "vm_id_by",
    "vcpu_by",
  ]);
  /** Of an entry whose bits are unknown, every field is; lo and hi stand for them. */
  const OF_THE_BITS = "valid vector is_run ga_log_intr destination ga_tag ga_root_ptr".split(" ");

  test.each([SECONDS, TICKS])(
    "of recording %i has its path in `unknown`, and each path is a null",
    (id) => {
      const end = timeline.recordings()[id - 1];
      let paths = 0;
      for (let seq = end?.first_seq ?? 1; seq <= (end?.last_seq ?? 0); seq += 61) {
        const document = at(`@${seq}`, id);
        const unknown = document.unknown.map(({ path }) => path);
        paths += unknown.length;
        for (const list of ["irtes", "vcpus", "irqfds", "vms"] as const)
          document[list].forEach((entry, i) => {
            for (const [field, value] of Object.entries(entry)) {
              const isUnknown = value === null || value === "unknown";
              const path = `${list}[${i}].${field}`;
              if (unknown.includes(path)) expect(isUnknown, `@${seq} ${path}`).toBe(true);
              else if (!MAY_BE_NONE.has(field) && !OF_THE_BITS.includes(field) && field !== "mode")
                expect(isUnknown, `@${seq} ${path} = ${String(value)}`).toBe(false);
            }
          });
        for (const [i, irte] of document.irtes.entries())
          for (const field of OF_THE_BITS)
            expect(irte[field as "valid"] === null).toBe(unknown.includes(`irtes[${i}].lo`));
        expect(new Set(unknown).size).toBe(unknown.length);
        for (const { reason } of document.unknown) expect(reason).toMatch(/\w{3}/);
      }
      // Else nothing was looked at.
      expect(paths).toBeGreaterThan(0);
    },
  );
});

describe("a line of the trace", () => {
  const lines = (): (readonly [line: number, seq: number])[] =>
    rowsOf(db, "SELECT line, seq FROM v_event WHERE recording_id = 2 ORDER BY seq").map(
      ([line, seq]) => [Number(line), Number(seq)] as const,
    );

  test("is the moment of its event, or of the last one above it", () => {
    const all = lines();
    for (let i = 10; i < all.length - 1; i += 211) {
      const [line, seq] = all[i] ?? [0, 0];
      expect(at(`line:${line}`, TICKS)).toEqual(at(`@${seq}`, TICKS));
      const below = (all[i + 1]?.[0] ?? 0) - 1;
      expect(at(`line:${below}`, TICKS).seq).toBe(seq);
    }
    expect(at("line:1", TICKS).irtes).toEqual([]);
  });

  test("begins and ends a span: both count", () => {
    const all = lines();
    const [from, to] = [all[100] ?? [0, 0], all[110] ?? [0, 0]];
    const span = (since: number, until: number): number[] =>
      [...timeline.recording(TICKS).log({ since: `line:${since}`, until: `line:${until}` })].map(
        ({ seq }) => seq,
      );
    expect(span(from[0], to[0])).toEqual(
      all
        .slice(100, 111)
        .map(([, seq]) => seq)
        .reverse(),
    );
    const unused = all.find(([line], i) => (all[i + 1]?.[0] ?? 0) > line + 1) ?? [0, 0];
    expect(span(unused[0] + 1, unused[0] + 1)).toEqual([]);
    expect(() => span(to[0], from[0])).toThrow(/is after `until/);
  });

  test("that the trace does not have is refused", () => {
    expect(() => at("line:0", TICKS)).toThrow(/has lines 1 to \d+/);
    expect(() => at("line:99999999", TICKS)).toThrow(/has lines 1 to \d+/);
    expect(() => at("line:x", TICKS)).toThrow(/is not a moment/);
  });
});

describe("where times fall and cannot be put in order", () => {
  test("start and end are places, and no time is inside", async () => {
    const [header, ...body] = coarseTrace().split(/\n(?!#)/);
    const falling = [header, ...body.filter((line) => line !== "").reverse()].join("\n");
    using disordered = await openTimeline(scratch.path(".db"), { create: true });
    await disordered.import(Buffer.from(`${falling}\n`));
    const recording = disordered.recording();
    const { first_seq, last_seq, first_ns, last_ns } = recording;
    expect(recording.time_anomalies).toBeGreaterThan(900);
    expect(BigInt(first_ns ?? 0)).toBeGreaterThan(BigInt(last_ns ?? 0));
    // The first line is no event.
    expect(recording.at({ when: "start" })).toMatchObject({
      seq: first_seq - 1,
      time_ns: first_ns,
    });
    expect(recording.at({ when: "end" })).toMatchObject({ seq: last_seq, time_ns: last_ns });
    expect(recording.at()).toEqual(recording.at({ when: "end" }));
    expect([...recording.log({ since: "start", until: "end" })]).toEqual([...recording.log()]);
    const times = [...recording.log({ limit: 2000 })].map(({ time_ns }) => time_ns);
    // What was so at a time is not what the lines above it in the file tell.
    for (const time of [times[1000], String(first() - 1n)])
      expect(() => recording.at({ when: `${time ?? ""}ns` })).toThrow(
        /is outside recording 1.*: its times fall, so name an event/,
      );
  });
});
