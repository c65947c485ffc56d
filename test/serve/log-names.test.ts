// The list of events takes what `irqtwin log` takes, under the same names, and answers the same events.

import { beforeAll, describe, expect, it } from "vitest";
import { logCommand } from "../../src/cli/log.js";
import { type LogPage } from "../../src/index.js";
import { eventRoutes } from "../../src/serve/routes/event-routes.js";
import { irqtwin } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { served, type Served } from "./running.js";

const PARAMETERS = eventRoutes().flatMap(({ parameters }) => Object.entries(parameters));

/** Options that say in which form or order events are printed; a path names the recording. */
const FORM = ["reverse", "patch", "oneline", "recording"];
/** Parameters that say which rows of the list are wanted, and in which form. */
const PLACE = ["offset", "from_seq", "around", "limit", "format"];

describe("the parameters of events", () => {
  it("are the options of log", () => {
    const options = Object.keys(logCommand.options).filter((name) => !FORM.includes(name));
    const names = PARAMETERS.map(([name]) => name);
    expect(options.filter((name) => !names.includes(name))).toEqual([]);
    const second = PARAMETERS.map(([, { as }]) => as);
    const own = names.filter((name) => !PLACE.includes(name) && !second.includes(name));
    expect(own.filter((name) => !options.includes(name))).toEqual([]);
  });

  it("that are a second name name one of the list", () => {
    for (const [, { as }] of PARAMETERS)
      if (as !== undefined) expect(PARAMETERS.map(([name]) => name)).toContain(as);
  });
});

describe("events by a name of log", () => {
  const scratch = new Scratch();
  let server: Served;

  beforeAll(async () => {
    server = await served(scratch, "6.17-x-uaf-crash");
  });

  it.each([
    ...["vm=1&count=5", "irq=31&count=5", "verdict=lost", "verdict=delivered&count=3"],
    "kind=link&count=4",
  ])("are those that it prints: %s", async (query) => {
    const options = [...new URLSearchParams(query)].map(([name, value]) => `--${name}=${value}`);
    const ran = irqtwin(["log", "--json", "--reverse", "--db", server.db, ...options]);
    const printed = ran.stdout
      .split("\n")
      .filter(Boolean)
      .map((line): unknown => JSON.parse(line));
    const { events } = (await server.json(`/api/r/1/events?${query}`)) as LogPage;
    expect(printed.length).toBeGreaterThan(0);
    expect(events).toEqual(printed.slice(0, events.length));
    expect(events.length).toBe(Math.min(printed.length, 200));
  });

  it("are refused where both names of one parameter are given", async () => {
    const answer = await server.ask("/api/r/1/events?vm=1&vm_id=1");
    expect(answer.status).toBe(400);
  });
});
