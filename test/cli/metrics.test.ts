// The text that Prometheus reads, whenever it asks.

import { expect, test } from "vitest";
import { FollowMeter } from "../../src/cli/follow-meter.js";
import { metricsText, serveMetrics } from "../../src/cli/metrics.js";
import { openTimeline } from "../../src/index.js";
import { largeTrace } from "../support/large.js";
import { Scratch } from "../support/scratch.js";

const scratch = new Scratch();

/** The text format, version 0.0.4, as far as it is used: each metric has its help, its type and one number. */
const METRIC =
  /^# HELP (irqtwin_[a-z_]+) [^\n\\]+\n# TYPE \1 (?:counter|gauge)\n\1 (?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?\n/;

/** The metrics by name. Fails at what is no metric. */
function read(text: string): Map<string, number> {
  const values = new Map<string, number>();
  let rest = text;
  while (rest !== "") {
    const [whole = "", name = ""] = METRIC.exec(rest) ?? [];
    expect(whole, rest).not.toBe("");
    expect(values.has(name), name).toBe(false);
    values.set(name, Number(whole.trim().split(" ").at(-1)));
    rest = rest.slice(whole.length);
  }
  return values;
}

test("it is valid before, during and after an import, and its counters do not fall", async () => {
  const meter = new FollowMeter();
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  const live = timeline.live().subscribe(meter.take);
  const texts = [metricsText(meter.numbers, null)];
  const bytes = largeTrace(2);
  // eslint-disable-next-line @typescript-eslint/require-await -- a source of bytes is asynchronous.
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  }
  await timeline.import(meter.counted(chunks()), {
    onBatch: () => texts.push(metricsText(meter.numbers, 0)),
  });
  texts.push(metricsText(meter.numbers, 4));
  live.unsubscribe();
  const [events, recording] = [timeline.recording().last_seq, timeline.recording().id];
  timeline.close();
  const scraped = texts.map(read);
  expect(scraped.length).toBeGreaterThan(3);
  for (const name of ["irqtwin_events_total", "irqtwin_read_bytes_total"]) {
    const values = scraped.map((each) => each.get(name) ?? -1);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
  }
  expect([...(scraped[0] ?? [])]).not.toContainEqual(["irqtwin_recording", expect.anything()]);
  expect(Object.fromEntries(scraped.at(-1) ?? [])).toMatchObject({
    irqtwin_events_total: events,
    irqtwin_read_bytes_total: bytes.length,
    irqtwin_lag_seconds: 0,
    irqtwin_recording: recording,
    irqtwin_findings: 4,
  });
});

test("a port that there is none of is misuse", async () => {
  const refused = await serveMetrics(65_536, () => "").catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "ERR_USAGE" });
});
