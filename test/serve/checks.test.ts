// A large recording that was not checked yet is checked by a process of its own, once.

import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTimeline, type RecordingView, type Timeline } from "../../src/index.js";
import { Checks } from "../../src/serve/api/checks.js";
import { shippedPath } from "../support/shipped.js";
import { Scratch } from "../support/scratch.js";

const scratch = new Scratch();
const { signal } = new AbortController();

describe("a recording that was not checked", () => {
  let timeline: Timeline;
  let recording: RecordingView;
  /** What stands for the program: it notes what it is asked. */
  let program: string;
  let notes: string;

  beforeAll(async () => {
    timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(shippedPath("6.16-x-stale-route-removed"));
    recording = timeline.recording();
    notes = scratch.file(".notes", "");
    program = scratch.file(".mjs", "");
    writeFileSync(
      program,
      `import { appendFileSync } from "node:fs";
       appendFileSync(${JSON.stringify(notes)}, process.argv.slice(2).join(" ") + "\\n");`,
    );
    chmodSync(program, 0o700);
  });

  afterAll(() => {
    timeline.close();
  });

  it("is left to the server if it is small", async () => {
    await new Checks(program).ready(timeline, recording, signal);
    expect(readFileSync(notes, "utf8")).toBe("");
  });

  it("is left to the server if the program is not known", async () => {
    await new Checks(undefined, 1).ready(timeline, recording, signal);
    expect(readFileSync(notes, "utf8")).toBe("");
  });

  it("is checked by one process, for all who wait", async () => {
    const checks = new Checks(program, 1);
    await Promise.all([1, 2, 3].map(() => checks.ready(timeline, recording, signal)));
    expect(readFileSync(notes, "utf8")).toBe(`check --db ${timeline.file} --recording 1\n`);
  });

  it("is not waited for if the program cannot be started or is ended", async () => {
    await new Checks(scratch.path(".none"), 1).ready(timeline, recording, signal);
    const endless = scratch.file(".mjs", "setInterval(() => undefined, 1000);");
    const checks = new Checks(endless, 1);
    const ready = checks.ready(timeline, recording, signal);
    setTimeout(() => {
      checks.end();
    }, 500);
    await ready;
  });

  it("is not checked again", async () => {
    await recording.report();
    writeFileSync(notes, "");
    await new Checks(program, 1).ready(timeline, recording, signal);
    expect(readFileSync(notes, "utf8")).toBe("");
  });
});
