// What takes long of a large recording is answered by a process of its own, with the answer that the server would give.

import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTimeline, type Timeline } from "../../src/index.js";
import { startServer, type RunningServer } from "../../src/serve/server.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const PROGRAM = fileURLToPath(new URL("../../dist/bin/main.js", import.meta.url));
const NOWHERE = "/nonexistent/irqtwin.js";

const QUESTIONS = [
  "info",
  "info?when=@1000&vm_id=1",
  "info?when=16.5",
  "audit",
  "audit?by=task&since=@100&until=@2000",
  "audit?by=interval&every=100000000",
  "audit?by=vcpu&format=csv",
  "audit?by=nothing",
  "info?when=-nonsense",
  "info?vm_id=77",
  "findings?rules=7.3",
  "findings?rules=6.18&offset=1&limit=2&format=csv",
  "findings?rules=7.3&format=columns",
];

describe("a large recording", () => {
  const scratch = new Scratch();
  let timeline: Timeline;
  let servers: Readonly<Record<"apart" | "alone" | "broken", RunningServer>>;

  beforeAll(async () => {
    timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(shippedPath("6.17-x-uaf-crash"));
    timeline.recording(1).check();
    const start = (program?: string): Promise<RunningServer> =>
      startServer({
        timeline,
        version: "1.2.3",
        page: scratch.path(".page"),
        program,
        apartFrom: 1,
      });
    servers = {
      apart: await start(PROGRAM),
      alone: await start(),
      broken: await start(NOWHERE),
    };
  });

  afterAll(async () => {
    for (const server of Object.values(servers)) await server.close();
    timeline.close();
  });

  async function answerOf(
    { url, session }: RunningServer,
    question: string,
  ): Promise<readonly [status: number, text: string]> {
    const headers = { Authorization: `Bearer ${session.bearer}` };
    const response = await fetch(`${url}/api/r/1/${question}`, { headers });
    return [response.status, await response.text()];
  }

  it.each(QUESTIONS)("is told the same of: %s", async (question) => {
    const [own, other, broken] = await Promise.all([
      answerOf(servers.alone, question),
      answerOf(servers.apart, question),
      answerOf(servers.broken, question),
    ]);
    expect(other).toEqual(own);
    expect(broken).toEqual(own);
  });

  it("is answered by processes: no more than a few at once, and none that nobody waits for", async () => {
    const question = {
      ...{ timeline, recording: timeline.recording(1), command: "info", options: {} },
    };
    const stop = new AbortController();
    // Four are answered, and eight wait.
    const asked = Array.from({ length: 12 }, () =>
      servers.apart.apart.lines({ ...question, signal: stop.signal }),
    );
    const settled = Promise.allSettled(asked);
    await expect(
      servers.apart.apart.lines({ ...question, signal: stop.signal }),
    ).rejects.toMatchObject({ code: "ERR_TOO_MANY" });
    stop.abort();
    expect((await settled).map(({ status }) => status)).toEqual(Array(12).fill("rejected"));
    const { signal } = new AbortController();
    expect(await servers.apart.apart.lines({ ...question, signal })).toHaveLength(1);
  });
});
