// The verdict of the API, and so of the page, is the one that the command line gives.

import { beforeAll, describe, expect, it } from "vitest";
import { irqtwin, json } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { SHIPPED } from "../support/shipped.js";
import { served, type Served } from "./running.js";

const scratch = new Scratch();
let server: Served;

beforeAll(async () => {
  server = await served(scratch, ...SHIPPED);
});

/** What the API tells besides. */
const BESIDES: readonly string[] = ["total", "span", "fixed_in", "place"];

/** The document without what the API tells besides. */
function ownOf(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (name, value: unknown) =>
    BESIDES.includes(name) ? undefined : value,
  );
}

function checked(recording: number, ...options: readonly string[]): unknown {
  return json(
    irqtwin(["check", "--json", "--db", server.db, "--recording", String(recording), ...options]),
  );
}

describe("the findings of the API", () => {
  it.each(SHIPPED.map((name, at) => [name, at + 1] as const))(
    "are the document of check --json: %s",
    async (_name, recording) => {
      expect(ownOf(await server.json(`/api/r/${recording}/findings`))).toEqual(checked(recording));
    },
  );

  it("of too few decided writes are no pass, by the recording's own rules and by others", async () => {
    const recording = SHIPPED.indexOf("6.16-m3-local-minimal") + 1;
    for (const query of ["", "?rules=6.16"])
      expect(await server.json(`/api/r/${recording}/findings${query}`)).toMatchObject({
        verdict: "inconclusive",
        reason: expect.stringContaining("68.9 % of its IRTE writes") as string,
      });
  });
});

describe("report()", () => {
  it("refuses what is no percentage", async () => {
    await expect(server.timeline.recording(1).report({ minDecided: 101 })).rejects.toMatchObject({
      code: "ERR_USAGE",
    });
  });
});
