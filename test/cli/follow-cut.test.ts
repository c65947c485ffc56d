// A source that is cut into parts: nothing is lost or doubled, and each part says where it is.

import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutParts, tailHash, type CutOptions } from "../../src/cli/follow-cut.js";
import { repeatable } from "../../src/cli/follow-header.js";
import { type SourcePart } from "../../src/index.js";
import { seedOr } from "../support/seed.js";

const SEED = seedOr(20261126);
console.log(`follow-cut.test.ts: seed ${SEED} (IRQTWIN_TEST_SEED)`);

const ANEW = { fromByte: 0, tail: Buffer.alloc(0), header: "" };

interface Read {
  readonly text: string;
  readonly place: SourcePart;
}

async function partsOf(
  chunks: AsyncIterable<Uint8Array>,
  options: Partial<CutOptions> = {},
): Promise<Read[]> {
  const read: Read[] = [];
  for await (const part of cutParts(chunks, {
    everyMs: 1,
    ...ANEW,
    ...options,
  })) {
    const pieces: Uint8Array[] = [];
    for await (const chunk of part.chunks) pieces.push(chunk);
    read.push({ text: Buffer.concat(pieces).toString("latin1"), place: part.place() });
  }
  return read;
}

async function* given(pieces: readonly string[], ms: number): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    await sleep(ms);
    yield Buffer.from(piece, "latin1");
  }
}

const HEADER = "# tracer: nop\n# irqtwin kernel: 6.17.1\n# irqtwin irqtbl_of: device=00:08.0\n";
const REPEATED = "# tracer: nop\n# irqtwin kernel: 6.17.1\n";

describe("the parts of a source", () => {
  test("are the source, whole lines each, however its bytes come", async () => {
    const line = fc.stringMatching(/^[a-z]{1,30}$/).map((text) => `${text}\n`);
    const source = fc.record({
      lines: fc.array(line, { minLength: 1, maxLength: 40 }),
      cuts: fc.array(fc.nat(2000), { maxLength: 12 }),
      hasHeader: fc.boolean(),
      end: fc.constantFrom("", "no line feed"),
    });
    await fc.assert(
      fc.asyncProperty(source, async ({ lines, cuts, hasHeader, end }) => {
        const text = (hasHeader ? HEADER : "") + lines.join("") + end;
        const places = [...new Set(cuts.map((cut) => cut % text.length)), 0, text.length];
        const at = places.sort((a, b) => a - b);
        const pieces = at.slice(1).map((to, i) => text.slice(at[i], to));
        const read = await partsOf(given(pieces, 1));
        let whole = "";
        for (const [i, { text: part, place }] of read.entries()) {
          expect(place.from_byte).toBe(whole.length);
          const repeated = i > 0 && hasHeader ? repeatable(headerIn(whole)) : "";
          expect(part.startsWith(repeated)).toBe(true);
          whole += part.slice(repeated.length);
          expect(place.to_byte).toBe(whole.length);
          expect(place.tail_sha256).toBe(tailHash(Buffer.from(whole.slice(-4096), "latin1")));
          if (i < read.length - 1) expect(whole.endsWith("\n")).toBe(true);
        }
        expect(whole).toBe(text);
      }),
      { seed: SEED, numRuns: 12 },
    );
  });

  test("end at the end of a line, though a megabyte comes at once", async () => {
    const line = `${"x".repeat(99)}\n`;
    const text = line.repeat(40_000);
    const pieces = [0, 1_500_050, 3_000_010].map((at, i, all) => text.slice(at, all[i + 1]));
    const read = await partsOf(given(pieces, 5));
    expect(read.length).toBe(3);
    for (const { text: part } of read) expect(part.length % line.length).toBe(0);
    expect(read.map(({ text: part }) => part).join("")).toBe(text);
  });

  test("begin with their first bytes, and end though nothing comes", async () => {
    async function* slowly(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`${HEADER}one\n`);
      await sleep(300);
      yield Buffer.from("two\n");
    }
    const ended: number[] = [];
    const began = performance.now();
    for await (const part of cutParts(slowly(), { everyMs: 20, ...ANEW })) {
      for await (const chunk of part.chunks) expect(chunk.length).toBeGreaterThan(0);
      ended.push(performance.now() - began);
    }
    expect(ended.length).toBe(2);
    expect(ended[0]).toBeLessThan(250);
  });

  test("of a source that was read before go on from there, below its header", async () => {
    const read = await partsOf(given(["three\n", "four\n"], 30), {
      fromByte: 70,
      tail: Buffer.from("two\n"),
      header: HEADER,
      everyMs: 10_000,
    });
    expect(read.map(({ text }) => text)).toEqual([`${REPEATED}three\nfour\n`]);
    expect(read[0]?.place).toMatchObject({ from_byte: 70, to_byte: 81 });
    expect(read[0]?.place.tail_sha256).toBe(
      createHash("sha256").update("two\nthree\nfour\n").digest("hex"),
    );
  });
});

test.each(["1f8b0800", "fd377a585a", "28b52ffd", "1708447472616369"])(
  "a source that begins with %s is refused: it has no lines",
  async (hex) => {
    async function* packed(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.concat([Buffer.from(hex, "hex"), Buffer.from("\n")]));
    }
    await expect(partsOf(packed())).rejects.toThrow("--keep cuts a trace between its lines");
  },
);

test("what a part repeats says nothing of the beginning alone", () => {
  const header = [
    "# tracer: nop",
    "# entries-in-buffer/entries-written: 10/20   #P:4",
    "# irqtwin capture: 1",
    "# irqtwin vm: pid=5 name=a",
    "# irqtwin irqtbl: IRT[0001] 0000000000000000 0000000000000001",
    "#           TASK-PID     CPU#  TIMESTAMP  FUNCTION",
    "",
  ].join("\n");
  expect(repeatable(header).split("\n")).toEqual([
    "# tracer: nop",
    "# irqtwin capture: 1",
    "#           TASK-PID     CPU#  TIMESTAMP  FUNCTION",
    "",
  ]);
});

function headerIn(text: string): string {
  return /^(?:#[^\n]*\n)*/.exec(text)?.[0] ?? "";
}
