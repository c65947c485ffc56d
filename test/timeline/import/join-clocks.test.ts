// Parts of one trace that were stamped by other clocks, and parts between which lines are missing.

import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { joined, openTimeline, type Timeline } from "../../../src/index.js";
import { answersOf, contradicted, falseFindings } from "../../soak/compare.js";
import { irqtwin } from "../../support/irqtwin.js";
import { Scratch } from "../../support/scratch.js";
import { seedOr } from "../../support/seed.js";
import { shippedText } from "../../support/shipped.js";

const SEED = seedOr(20261126);
const scratch = new Scratch();

/** A trace: its header, and the lines below. */
interface Trace {
  readonly header: readonly string[];
  readonly body: readonly string[];
}

function traceOf(name: string): Trace {
  const lines = shippedText(name).split(/(?<=\n)/);
  const top = lines.findIndex((line) => !line.startsWith("#"));
  return { header: lines.slice(0, top), body: lines.slice(top) };
}

const TICKS = traceOf("6.17-s1-one");
const SECONDS = traceOf("6.16-m2-mono-standard");

/** The lines by a clock that is so many units of their last digit ahead. */
function ahead(lines: readonly string[], by: bigint): string[] {
  return lines.map((line) =>
    line.replace(/ +(\d+)(?:\.(\d{6}))?(?=: \w)/, (all, whole: string, fraction = "") => {
      const moved = String(BigInt(whole + String(fraction)) + by);
      const text = fraction === "" ? moved : `${moved.slice(0, -6)}.${moved.slice(-6)}`;
      return ` ${text}`.padStart(all.length);
    }),
  );
}

async function joinedText(files: readonly string[], offset?: readonly string[]): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await joined(files, { offset })).chunks) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}

const fileOf = (...lines: readonly (readonly string[])[]): string =>
  scratch.file(".txt", Buffer.from(lines.flat().join(""), "latin1"));

/** Where stamps have another width, the number of spaces in front of them is another one too. */
const plain = (text: string): string => text.replace(/ +/g, " ");

describe.each([
  ["ticks", TICKS],
  ["seconds", SECONDS],
])("parts with other clocks that count %s", (_, { header, body }) => {
  const cut = fc.record({
    length: fc.integer({ min: 400, max: 1500 }),
    overlap: fc.integer({ min: 300, max: 900 }),
    by: fc.oneof(fc.constant(0n), fc.bigInt({ min: 1_000n, max: 9_000_000_000_000n })),
    hasHeader: fc.boolean(),
  });

  it(`become the trace by the clock of the first; seed ${SEED}`, async () => {
    const property = fc.asyncProperty(
      fc.integer({ min: 600, max: 1500 }),
      fc.array(cut, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      async (first, cuts, isTurned) => {
        const files = [fileOf(header, body.slice(0, first))];
        let end = first;
        for (const { length, overlap, by, hasHeader } of cuts) {
          if (end === body.length) break;
          const to = Math.min(body.length, end + length);
          const lines = ahead(body.slice(Math.max(0, end - overlap), to), by);
          files.push(fileOf(hasHeader ? header : [], lines));
          end = to;
        }
        const [head = "", ...others] = files;
        const text = await joinedText([head, ...(isTurned ? others.reverse() : others)]);
        expect(plain(text)).toBe(plain([...header, ...body.slice(0, end)].join("")));
      },
    );
    await fc.assert(property, { seed: SEED, numRuns: 6 });
  });

  it("that the user tells become the trace too, also where they have nothing in common", async () => {
    const files = [fileOf(header, body.slice(0, 900)), fileOf(ahead(body.slice(900), 7_000_000n))];
    const offset = header === TICKS.header ? "7000000ns" : "7.0";
    const lines = (await joinedText(files, [offset])).split(/(?<=\n)/);
    const isGap = (line: string): boolean => /^CPU:\d \[LOST EVENTS\]\n$/.test(line);
    expect(lines.filter(isGap).length).toBeGreaterThan(1);
    const events = lines.filter((line) => !isGap(line) && !line.startsWith("#"));
    expect(plain(events.join(""))).toBe(plain(body.join("")));
  });
});

describe("clocks", () => {
  const { header, body } = SECONDS;
  const named = (clock: string): string => `# irqtwin clock: ${clock}\n`;
  const one = [...header, named("mono"), ...body.slice(0, 1500)];
  const boot = (from: number, lines = body): string[] => [
    ...header,
    named("boot"),
    ...ahead(lines.slice(from), 86_400_000_000n),
  ];

  it("with other names are one by the lines that both have", async () => {
    const text = await joinedText([fileOf(one), fileOf(boot(1000))]);
    expect(plain(text)).toBe(plain([...header, named("mono"), ...body].join("")));
  });

  test.each([
    ["nothing in common", boot(1500), "mono and boot, .*at most \\d lines of both agree"],
    ["little in common", boot(1492), "at most \\d lines of both agree on a difference, and 8 must"],
    [
      "other lines in between",
      boot(
        1000,
        body.map((line, i) => (i === 1200 ? line.replace("(", "((") : line)),
      ),
      "others contradict it",
    ],
  ])("with other names and %s are refused", async (_, other, why) => {
    const joining = joinedText([fileOf(one), fileOf(other)]);
    await expect(joining).rejects.toMatchObject({ code: "ERR_JOIN" });
    await expect(joining).rejects.toThrow(new RegExp(why));
  });

  test.each([
    [["noon"], "ERR_USAGE", "no difference of clocks"],
    [["9223372036854775808ns"], "ERR_USAGE", "longer than any clock runs"],
    [["1", "2"], "ERR_USAGE", "2 values of `offset` and 1 files"],
    [["0.0000001"], "ERR_JOIN", "too few digits"],
    [["99999999"], "ERR_JOIN", "had not begun"],
  ])("by the offset %s are refused: %s", async (offset, code, why) => {
    const joining = joinedText([fileOf(one), fileOf(boot(1500))], offset);
    await expect(joining).rejects.toMatchObject({ code });
    await expect(joining).rejects.toThrow(why);
  });

  it("are one by an offset of as many digits as it needs, and not by one that their lines contradict", async () => {
    const files = [fileOf(one), fileOf(boot(1000))];
    const whole = plain([...header, named("mono"), ...body].join(""));
    expect(plain(await joinedText(files, ["86400000000000ns"]))).toBe(whole);
    const joining = joinedText(files, ["-12.5"]);
    await expect(joining).rejects.toMatchObject({ code: "ERR_JOIN" });
    await expect(joining).rejects.toThrow("tell a difference of 86400000000000ns");
  });

  it("that count ticks have no seconds", async () => {
    const files = [fileOf(TICKS.body.slice(0, 900)), fileOf(TICKS.body.slice(900))];
    await expect(joinedText(files, ["1.5"])).rejects.toThrow("count ticks");
  });

  it("are told on the command line", () => {
    const back = [...header, ...ahead(body.slice(1500), -2_000_000n)];
    const files = [fileOf(header, body.slice(0, 1500)), fileOf(back)];
    const db = scratch.path(".db");
    const ran = irqtwin(["import", ...files, "--join", "--offset=-2", "--db", db, "--json"]);
    expect(ran).toMatchObject({ status: 0 });
    expect(ran.stderr).toMatch(/^note: .* not confirmed: 0 lines that two files have tell it.*\n$/);
    expect((JSON.parse(ran.stdout) as { lines: { gaps: number } }).lines.gaps).toBeGreaterThan(1);
    const alone = irqtwin(["import", ...files, "--offset", "2", "--db", db]);
    expect(alone).toMatchObject({ status: 2 });
    expect(alone.stderr).toContain("--join");
  });
});

describe("parts with a hole between them", () => {
  const { header, body } = TICKS;
  const stamps = body.flatMap((line) => / (\d{6,}): \w/.exec(line)?.[1] ?? []);
  const moments = stamps.filter((_, i) => i % 100 === 0);

  async function imported(text: string): Promise<Timeline> {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(Buffer.from(text, "latin1"), { name: "joined" });
    return timeline;
  }

  it(`state nothing that the whole contradicts, and accuse nobody; seed ${SEED}`, async () => {
    const truth = answersOf(await imported([...header, ...body].join("")), moments);
    const any = fc.integer({ min: 20, max: body.length - 400 });
    const property = fc.asyncProperty(any, fc.integer({ min: 1, max: 380 }), async (end, hole) => {
      const counted = (lines: readonly string[]): string[] =>
        [...header, ...lines].map((line) =>
          line.replace(/(entries-written:) \d+\/\d+/, `$1 ${lines.length}/${lines.length}`),
        );
      const [before, behind] = [body.slice(0, end), body.slice(end + hole)];
      const files = [fileOf(counted(before)), fileOf(counted(behind))];
      const timeline = await imported(await joinedText(files));
      const told = answersOf(timeline, moments);
      expect(contradicted(told, truth)).toEqual([]);
      expect(falseFindings(told, truth)).toEqual([]);
      const gaps = await timeline.query<{ count: number }>("SELECT count(*) AS count FROM v_gap");
      expect(gaps[0]?.count).toBeGreaterThan(1);
      timeline.close();
    });
    await fc.assert(property, { seed: SEED, numRuns: 6 });
  });

  it("of which one lacks lines have no header that counts them", async () => {
    const files = [fileOf(header, body.slice(0, 1000)), fileOf(header, body.slice(1200))];
    const text = await joinedText(files);
    expect(text).not.toContain("entries-in-buffer");
    expect(text).toContain("[LOST EVENTS]");
  });
});

describe("an offset that few lines can tell", () => {
  const { header, body } = SECONDS;
  const once = body.slice(0, 1200);
  const parts = (shared: number, by = 7_000_000n): [string, string] => [
    fileOf(header, once.slice(0, 600)),
    fileOf(ahead(once.slice(600 - shared), by)),
  ];
  const notesOf = async (files: readonly string[], offset: string): Promise<unknown> =>
    (await joined(files, { offset: [offset] })).notes;

  test.each([0, 3, 7])("is noted with the %s lines that tell it", async (shared) => {
    const [note] = (await notesOf(parts(shared), "7.0")) as { kind: string; lines: number }[];
    expect(note?.kind).toBe("offset unconfirmed");
    expect(note?.lines).toBeLessThanOrEqual(shared);
    expect(note?.lines === 0).toBe(shared === 0);
  });

  test("is not noted where enough do", async () => {
    expect(await notesOf(parts(300), "7.0")).toEqual([]);
  });

  test("is refused where a few tell another one", async () => {
    await expect(notesOf(parts(7), "86400")).rejects.toMatchObject({ code: "ERR_JOIN" });
    await expect(notesOf(parts(7), "86400")).rejects.toThrow("tell a difference of 7000000000ns");
  });

  test("is in the account of the import, in text and as JSON", () => {
    const args = ["import", ...parts(0), "--join", "--offset", "7.0"];
    const { stdout, stderr } = irqtwin([...args, "--json", "--db", scratch.path(".db")]);
    expect(JSON.parse(stdout)).toMatchObject({ notes: [{ kind: "offset unconfirmed", lines: 0 }] });
    expect(stderr).toContain("not confirmed: 0 lines that two files have tell it");
  });
});
