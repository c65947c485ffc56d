// A trace.dat as a file, compressed, through a pipe and from memory: the same content.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, it, test } from "vitest";
import { openTimeline, TwinError, type ImportSource } from "../../../src/index.js";
import { contentOf } from "../../support/content.js";
import { MAIN } from "../../support/irqtwin.js";
import { Scratch } from "../../support/scratch.js";
import { shippedText } from "../../support/shipped.js";
import { traceDat } from "../../support/trace-dat/index.js";

const scratch = new Scratch();
const FILE = traceDat(shippedText("6.17-s1-one"), { clock: "x86-tsc", release: "6.17.13-amd64" });

async function contentAfter(source: ImportSource): Promise<unknown> {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  const result = await timeline.import(source, { name: "t.dat" });
  expect(result).toMatchObject({ format: "trace.dat", kernel: "6.17.13-amd64", rules: "6.17" });
  expect(timeline.verify().verdict).toBe("intact");
  timeline.close();
  return contentOf(db);
}

describe("an import of a trace.dat", () => {
  const asFile = contentAfter(scratch.file(".dat", FILE));

  test.each<[string, () => ImportSource]>([
    ["compressed", () => scratch.file(".dat.gz", gzipSync(FILE))],
    ["from memory", () => FILE],
    ["as a stream", () => Readable.from([FILE.subarray(0, 5), FILE.subarray(5)])],
    ["as a compressed stream", () => Readable.from([gzipSync(FILE)])],
  ])("%s stores what the file's import stores", async (_, source) => {
    expect(await contentAfter(source())).toEqual(await asFile);
  });

  it("through standard input tells the same", () => {
    const db = scratch.path(".db");
    const args = [MAIN, "import", "-", "--db", db, "--json"];
    const told: unknown = JSON.parse(
      execFileSync(process.execPath, args, { input: FILE, encoding: "utf8" }),
    );
    expect(told).toMatchObject({ format: "trace.dat", lines: { rejected: 0, gaps: 0 } });
  });

  it("of another version is refused by its name, and leaves nothing", async () => {
    const bytes = Buffer.from(FILE);
    bytes.write("5", 10, "latin1");
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const error: unknown = await timeline.import(bytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TwinError);
    expect(error).toMatchObject({
      code: "ERR_FORMAT_UNKNOWN",
      message: expect.stringMatching(/version "5".*trace-cmd report/) as string,
    });
    expect(timeline.recordings()).toEqual([]);
    timeline.close();
  });

  it("has no lines to quote, and says so", async () => {
    const db = scratch.path(".db");
    const timeline = await openTimeline(db, { create: true });
    await timeline.import(scratch.file(".dat", readFileSync(scratch.file(".dat", FILE))));
    const { rawLines } = await import("../../../src/timeline/import/raw-lines.js");
    timeline.close();
    const recording = { sha256: "0".repeat(64), format: "trace.dat" } as Parameters<
      typeof rawLines
    >[1];
    const { problem, text } = await rawLines(db, recording, [1]);
    expect([problem, text.size]).toEqual([
      "it is a binary trace.dat, which has records and no lines",
      0,
    ]);
  });
});
