// A large recording that was not checked yet is checked by a process of its own, once.

import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  openTimeline,
  type LaneIntervals,
  type Lanes,
  type RecordingView,
  type Timeline,
} from "../../src/index.js";
import { appOf } from "../../src/serve/app.js";
import { Apart } from "../../src/serve/api/apart.js";
import { Checks } from "../../src/serve/api/checks.js";
import { newGates } from "../../src/serve/api/gate.js";
import { Imports } from "../../src/serve/api/imports.js";
import { Session } from "../../src/serve/api/session.js";
import { readIntervals } from "../../src/serve/page/pure/wire.js";
import { laneRoutes } from "../../src/serve/routes/lane-routes.js";
import { shippedPath } from "../support/shipped.js";
import { Scratch } from "../support/scratch.js";

/** Asks a server with these checks, without a network. */
function asking(timeline: Timeline, checks: Checks): (path: string) => Promise<Response> {
  const session = new Session();
  const served = {
    timeline,
    session,
    checks,
    imports: new Imports(),
    apart: new Apart(undefined),
    gates: newGates(),
    samples: [],
    url: () => "",
  };
  const app = appOf({ served, routes: laneRoutes(), files: new Map() });
  const headers = { Authorization: `Bearer ${session.bearer}`, Host: "localhost" };
  return async (path) => app.fetch(new Request(`http://localhost/api/r/1/${path}`, { headers }));
}

/** How many findings the list of lanes tells. */
async function findingsChanges(ask: (path: string) => Promise<Response>): Promise<unknown> {
  const { groups } = (await (await ask("lanes")).json()) as Lanes;
  return groups.find(({ id }) => id === "findings")?.lanes[0]?.changes;
}

const scratch = new Scratch();
const { signal } = new AbortController();

describe("a recording that was not checked", () => {
  let timeline: Timeline;
  let recording: RecordingView;
  /** What stands for the program: it notes what it is asked. */
  let program: string;
  let notes: string;

  beforeEach(async () => {
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

  afterEach(() => {
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

  it("is checked by the server if the program cannot be started", async () => {
    await new Checks(scratch.path(".none"), 1).ready(timeline, recording, signal);
    expect((await recording.overview()).checked).toBe(true);
  });

  it("is not waited for if the program is ended", async () => {
    // It has something to do yet when it is told to end.
    const endless = scratch.file(
      ".mjs",
      `import { writeFileSync } from "node:fs";
       process.once("SIGTERM", () => setTimeout(() => { note("ended"); process.exit(); }, 200));
       const note = (text) => writeFileSync(${JSON.stringify(notes)}, text);
       setInterval(() => undefined, 1000);
       note("begun");`,
    );
    let writers = 0;
    const checks = new Checks(endless, 1, () => {
      writers++;
      return Promise.resolve(timeline);
    });
    const ready = checks.ready(timeline, recording, signal);
    await expect.poll(() => readFileSync(notes, "utf8"), { timeout: 20_000 }).toBe("begun");
    await checks.end();
    expect(readFileSync(notes, "utf8")).toBe("ended");
    // Whoever closes it then puts away what the process has left.
    expect(writers).toBe(1);
    await ready;
  });

  it("has lanes at once: that of findings is pending until they are known", async () => {
    const slow = scratch.file(".mjs", "setTimeout(() => undefined, 1500);");
    const checks = new Checks(slow, 1);
    const ask = asking(timeline, checks);
    const findings = async (): Promise<readonly unknown[]> => {
      const { lanes } = (await (
        await ask("intervals?lanes=findings,markers&format=json")
      ).json()) as LaneIntervals;
      return lanes.map(({ id, pending, rows }) => [id, pending, rows.from.length > 0]);
    };
    const wanted = ["markers", false, expect.any(Boolean)];
    expect(await findings()).toEqual([["findings", true, false], wanted]);
    const csv = await (await ask("intervals?lanes=findings&format=csv")).text();
    expect(csv).toMatch(/^findings,\d+,\d+,,pending,not checked yet,unknown,0,1\r$/m);
    const bytes = await (await ask("intervals?lanes=findings")).arrayBuffer();
    expect(readIntervals(bytes).lanes.get("findings")).toMatchObject({ pending: true, rows: 0 });
    expect(await findingsChanges(ask)).toBeNull();
    // The process checks nothing, so the server does.
    await checks.ready(timeline, recording, signal);
    expect(await findings()).toEqual([["findings", false, true], wanted]);
    expect(await findingsChanges(ask)).toBe(recording.check().findings.length);
  });

  it("is not checked again", async () => {
    await recording.report();
    writeFileSync(notes, "");
    await new Checks(program, 1).ready(timeline, recording, signal);
    expect(readFileSync(notes, "utf8")).toBe("");
  });
});
