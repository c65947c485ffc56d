// What B3, B4 and B7 cost agrees with an independent reader of the raw text: B7 one for each entry of the GA log whose vCPU
// does not block, B3 and B4 none where none came while a vCPU ran to which the IRTE posts.

import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { openTimeline, type Finding } from "../../src/index.js";
import { rawToldLogs, type RawToldLog } from "../support/raw-needless.js";
import { AMD_FILES, NO_REAL_TRACES, WHERE_TRACES_ARE } from "../support/real-traces.js";
import { Scratch } from "../support/scratch.js";
import { SHIPPED, shippedPath } from "../support/shipped.js";

const scratch = new Scratch();

interface Read {
  readonly findings: readonly Finding[];
  readonly logs: readonly RawToldLog[];
  /** The kernel logs for a vCPU that does not block: those before 6.17. */
  readonly hasB7: boolean;
}

async function read(file: string, release: string): Promise<Read> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(file);
  const { findings } = timeline.recording().check();
  timeline.close();
  const logs = rawToldLogs(gunzipSync(readFileSync(file)).toString("latin1"));
  return { findings, logs, hasB7: /^6\.(1|12|16)$/.test(release) };
}

function countsOf(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** `devid/index`, as the raw reader names an IRTE. */
function rawName(irte: string | null): string {
  const [, bus = "", device = "", func = "", index = ""] =
    /^\w+:(\w+):(\w+)\.(\w+)\/(\d+)$/.exec(irte ?? "") ?? [];
  return `${(parseInt(bus, 16) << 8) | (parseInt(device, 16) << 3) | parseInt(func, 16)}/${index}`;
}

let compared = 0;

function compare({ findings, logs, hasB7 }: Read): void {
  const needless = findings
    .filter(({ bug }) => bug === "B7")
    .map(({ vcpu, needless_logs }) => [vcpu, needless_logs?.logged]);
  const awake = logs.filter(({ isBlocking }) => !isBlocking).map(({ vcpu }) => vcpu);
  expect(Object.fromEntries(needless)).toEqual(hasB7 ? countsOf(awake) : {});
  for (const { bug, irte, needless_logs } of findings) {
    if (bug !== "B3" && bug !== "B4") continue;
    const name = rawName(irte);
    const running = logs.filter((each) => each.isRunning && each.posting.includes(name));
    const alone = running.filter(({ posting }) => posting.length === 1);
    const { logged = null } = needless_logs ?? {};
    if (logged === null) continue;
    expect(logged).toBeLessThanOrEqual(running.length);
    if (logged === 0) expect(alone).toEqual([]);
  }
  compared += needless.length;
}

test.each(SHIPPED)("the cost is what an independent reader counts in %s", async (name) => {
  compare(await read(shippedPath(name), name.split("-")[0] ?? ""));
});

const FILES = AMD_FILES.map(
  (file) => [join(basename(dirname(file)), basename(file)), file] as const,
);

describe.skipIf(NO_REAL_TRACES)(`what entries of the GA log cost ${WHERE_TRACES_ARE}`, () => {
  test.each(FILES)("is what an independent reader counts in %s", async (_name, file) => {
    compare(await read(file, basename(dirname(file))));
  });
});

afterAll(() => {
  expect(compared).toBeGreaterThan(0);
});
