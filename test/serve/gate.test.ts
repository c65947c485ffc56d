// A few questions that cost time or memory are under way at once, a few wait, and any further one is refused.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTimeline, type Timeline } from "../../src/index.js";
import { appOf } from "../../src/serve/app.js";
import { Apart } from "../../src/serve/api/apart.js";
import { Checks } from "../../src/serve/api/checks.js";
import { Gate, newGates } from "../../src/serve/api/gate.js";
import { held } from "../../src/serve/api/held.js";
import { Imports } from "../../src/serve/api/imports.js";
import { type Answer } from "../../src/serve/api/route.js";
import { Session } from "../../src/serve/api/session.js";
import { routesOf } from "../../src/serve/routes.js";
import { shippedPath } from "../support/shipped.js";
import { Scratch } from "../support/scratch.js";

const { signal } = new AbortController();

describe("a gate", () => {
  it("lets so many through, has so many wait in their order, and refuses any further one", async () => {
    const gate = new Gate({ running: 1, waiting: 2 });
    const leave = await gate.enter(signal);
    const order: string[] = [];
    const waiting = ["one", "two"].map(async (name) => {
      const end = await gate.enter(signal);
      order.push(name);
      end();
    });
    await expect(gate.enter(signal)).rejects.toMatchObject({ code: "ERR_TOO_MANY" });
    expect(order).toEqual([]);
    leave();
    await Promise.all(waiting);
    expect(order).toEqual(["one", "two"]);
  });

  it("gives a place once, whoever gives it back twice", async () => {
    const gate = new Gate({ running: 1, waiting: 0 });
    const leave = await gate.enter(signal);
    leave();
    leave();
    await gate.enter(signal);
    await expect(gate.enter(signal)).rejects.toMatchObject({ code: "ERR_TOO_MANY" });
  });

  it("forgets who is gone", async () => {
    const gate = new Gate({ running: 1, waiting: 1 });
    const leave = await gate.enter(signal);
    const stop = new AbortController();
    const gone = gate.enter(stop.signal);
    stop.abort();
    await expect(gone).rejects.toMatchObject({ code: "ERR_ABORTED" });
    await expect(gate.enter(stop.signal)).rejects.toMatchObject({ code: "ERR_ABORTED" });
    const next = gate.enter(signal);
    leave();
    (await next)();
    await gate.enter(signal);
  });
});

describe("an answer that holds its place", () => {
  const LONG = 300_000;

  async function holding(answer: Answer): Promise<readonly [Gate, Answer]> {
    const gate = new Gate({ running: 1, waiting: 0 });
    return [gate, held(answer, await gate.enter(signal))];
  }

  const isFree = (gate: Gate): Promise<boolean> =>
    gate.enter(signal).then(
      () => true,
      () => false,
    );

  const bodyOf = (answer: Answer): ReadableStream<Uint8Array> => {
    if ("json" in answer || !(answer.content instanceof ReadableStream))
      throw new Error("it is no stream");
    return answer.content;
  };

  it.each([{ json: { a: 1 } }, { type: "text/csv", content: "short" }])(
    "gives it back at once where it is short: %j",
    async (answer) => {
      const [gate, same] = await holding(answer);
      expect(same).toEqual(answer);
      expect(await isFree(gate)).toBe(true);
    },
  );

  it.each([
    ["text", "ä".repeat(LONG)],
    ["bytes", new Uint8Array(LONG).fill(7)],
    ["a stream", new Blob(["x".repeat(LONG)]).stream()],
  ] as const)("gives it back when it is sent: %s", async (_name, content) => {
    const [gate, answer] = await holding({ type: "text/plain", content });
    expect(await isFree(gate)).toBe(false);
    const sent = new Uint8Array(await new Response(bodyOf(answer)).arrayBuffer());
    const whole = typeof content === "string" ? Buffer.from(content) : content;
    if (whole instanceof Uint8Array) expect(Buffer.compare(sent, whole)).toBe(0);
    else expect(sent.length).toBe(LONG);
    expect(await isFree(gate)).toBe(true);
  });

  it("gives it back when the one who asked is gone, or what it is made from fails", async () => {
    const content = "x".repeat(LONG);
    const [left, answer] = await holding({ type: "text/plain", content });
    await bodyOf(answer).cancel();
    expect(await isFree(left)).toBe(true);
    const broken = new ReadableStream<Uint8Array>({
      pull() {
        throw new Error("broken");
      },
    });
    const [failed, other] = await holding({ type: "text/plain", content: broken });
    await expect(new Response(bodyOf(other)).arrayBuffer()).rejects.toThrow("broken");
    expect(await isFree(failed)).toBe(true);
  });
});

describe("the server", () => {
  const scratch = new Scratch();
  let timeline: Timeline;

  beforeAll(async () => {
    timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(shippedPath("6.17-x-uaf-crash"));
    timeline.recording().check();
  });

  afterAll(() => {
    timeline.close();
  });

  /** Asks a server with this gate, without a network. */
  function asking(gate: Gate): (path: string) => Promise<Response> {
    const session = new Session();
    const served = {
      ...{
        timeline,
        session,
        gates: { ...newGates(), questions: gate },
        imports: new Imports(),
        samples: [],
        url: () => "",
      },
      ...{ checks: new Checks(undefined), apart: new Apart(undefined) },
    };
    const app = appOf({ served, routes: routesOf("1.2.3"), files: new Map() });
    const headers = { Authorization: `Bearer ${session.bearer}`, Host: "localhost" };
    return async (path) => app.fetch(new Request(`http://localhost/api/${path}`, { headers }));
  }

  it.each([
    ...["r/1/lanes", "r/1/intervals?lanes=cpu:0", "r/1/overview", "r/1/counters", "r/1/info"],
    ...["r/1/last-changes", "r/1/next?kind=finding&from=0", "r/1/next?kind=event&from=0"],
    ...["r/1/at", "r/1/diff", "r/1/blame?irte=0000:00:08.0/0", "r/1/audit", "r/1/events"],
    ...["r/1/findings", "r/1/findings/F1", "r/1/start", "timeline"],
  ])("refuses /api/%s where no place is left, and says when to ask again", async (path) => {
    const gate = new Gate({ running: 1, waiting: 0 });
    const ask = asking(gate);
    const leave = await gate.enter(signal);
    const refused = await ask(path);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "2"]);
    expect(await refused.json()).toMatchObject({ error: { code: "ERR_TOO_MANY" } });
    leave();
    for (let times = 0; times < 3; times++) {
      const answer = await ask(path);
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
    }
  });

  it("answers what is at hand all the same", async () => {
    const gate = new Gate({ running: 1, waiting: 0 });
    const ask = asking(gate);
    await gate.enter(signal);
    for (const path of ["timeline?quick=1", "r/1/capture", "r/1/moment", "schema", "cookbook"])
      expect((await ask(path)).status).toBe(200);
  });

  it("gives a place back where there is no answer", async () => {
    const gate = new Gate({ running: 1, waiting: 0 });
    const ask = asking(gate);
    for (const path of ["r/9/lanes", "r/1/findings/F999", "r/1/at?when=never"])
      for (let times = 0; times < 3; times++)
        expect([400, 404]).toContain((await ask(path)).status);
  });

  it("checks by other rules one after the other", async () => {
    const ask = asking(new Gate({ running: 4, waiting: 16 }));
    const asked = Array.from({ length: 8 }, () => ask("r/1/findings?rules=7.3"));
    const answers = await Promise.all(
      asked.map(async (each) => {
        const answer = await each;
        await answer.arrayBuffer();
        return answer.status;
      }),
    );
    expect(answers.sort()).toEqual([200, 200, 200, 429, 429, 429, 429, 429]);
  });
});

describe("the rows of lanes in a window", () => {
  it("are no more than were asked for", async () => {
    const scratch = new Scratch();
    using timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(shippedPath("6.17-x-uaf-crash"));
    const recording = timeline.recording();
    const lanes = ["cpu:0", "cpu:1"];
    const whole = await recording.laneIntervals({ lanes });
    const rows = whole.lanes.reduce((sum, lane) => sum + lane.rows.from.length, 0);
    expect(await recording.laneIntervals({ lanes, rows })).toEqual(whole);
    await expect(recording.laneIntervals({ lanes, rows: rows - 1 })).rejects.toMatchObject({
      code: "ERR_USAGE",
    });
  });
});
