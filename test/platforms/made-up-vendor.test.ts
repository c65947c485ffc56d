// A platform that irqtwin has never heard of, behind the port alone: its trace is imported, folded and checked.

import { describe, expect, it } from "vitest";
import { openTimeline } from "../../src/index.js";
import { addPlatform } from "../../src/platforms/registry.js";
import { Scratch } from "../support/scratch.js";
import { TOY, TOY_VOCABULARY, toyEntry } from "../support/toy-platform.js";

addPlatform(TOY, TOY_VOCABULARY);
/** The same vendor, whose recordings can begin with a dump of their host. */
const CARRIED: typeof TOY = {
  ...TOY,
  id: "toy that carries",
  profiles: ["toy 2"],
  profileOf: (release) => (release.endsWith("-carried") ? "toy 2" : null),
  carriesState: true,
};
addPlatform(CARRIED, TOY_VOCABULARY);

const scratch = new Scratch();
let time = 1;
const line = (text: string): string => `  kworker/0-7  [000] d.... ${time++}.000000: ${text}`;
const call = (vector: number): string =>
  line(`toy_set: (toy_set+0x0/0x10) devid=8 index=0 vector=${vector}`);
const write = (lo: number): string =>
  line(`toy_write: (toy_write+0x0/0x10) devid=8 index=0 lo=0x${lo.toString(16)} hi=0x0`);

async function importedOf(kernel: string, ...lines: readonly string[]) {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  // The header says that these lines of one CPU are all there is.
  const header = `# entries-in-buffer/entries-written: ${lines.length}/${lines.length}   #P:1`;
  const text = [header, ...lines, ""].join("\n");
  await timeline.import(scratch.file(".txt", text), { kernel });
  return timeline;
}

function imported(...lines: readonly string[]) {
  return importedOf("9.9-toy", ...lines);
}

describe("a made-up vendor", () => {
  it("is the platform of its recordings, and their state is told by its fields", async () => {
    const timeline = await imported(call(0x31), write(toyEntry(0x31)));
    expect(timeline.info().recordings).toMatchObject([{ rules: "toy 1", kernel: "9.9-toy" }]);
    const { irtes } = timeline.recording().at();
    expect(irtes).toMatchObject([{ index: 0, mode: "remapped", valid: true, vector: 0x31 }]);
    timeline.close();
  });

  it("passes the check where its driver does what its rules say", async () => {
    const timeline = await imported(
      call(0x31),
      write(toyEntry(0x31)),
      call(0x32),
      write(toyEntry(0x32)),
    );
    const { verdict, writes, invariants } = timeline.recording().check();
    expect({ verdict, writes }).toMatchObject({ verdict: "pass", writes: { explained: 2 } });
    expect(invariants).toMatchObject([{ id: "V-I1", violations: 0 }]);
    expect(invariants[0]?.checked).toBeGreaterThan(0);
    timeline.close();
  });

  it("fails the check with the field that is wrong, the write that is missing, the broken invariant", async () => {
    const wrongVector = [call(0x31), write(toyEntry(0x77))];
    const missing = call(0x32);
    const notValid = [call(0x33), write(0x3300)];
    const broken = [call(0x10), write(toyEntry(0x10)), call(0x34), write(toyEntry(0x34))];
    const timeline = await imported(...wrongVector, missing, ...notValid, ...broken);
    const found = timeline
      .recording()
      .check()
      .findings.map(({ kind, rule, fields, invariant }) => [
        ...[kind, rule ?? invariant],
        ...fields,
      ]);
    expect(found).toEqual([
      ["mismatch", "V1", "vector"],
      ["missing", "V1"],
      ["mismatch", "V1", "valid"],
      ["invariant", "V-I1"],
    ]);
    timeline.close();
  });

  it("says itself whether a recording can begin with the state of its host", async () => {
    for (const [kernel, holds] of [
      ["9.9-toy", false],
      ["9.9-carried", true],
    ] as const) {
      const timeline = await importedOf(kernel, call(0x31), write(toyEntry(0x31)));
      const dump = timeline.recording().hostState({ untouched: 0n });
      expect(dump?.includes('"kind":"irte"')).toBe(holds ? true : undefined);
      timeline.close();
    }
  });

  it("leaves a timeline that verifies", async () => {
    const timeline = await imported(call(0x31), write(toyEntry(0x31)));
    expect(timeline.verify().verdict).toBe("intact");
    timeline.close();
  });
});
