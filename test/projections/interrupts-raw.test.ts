// Wake-ups are paired with entries of the GA log as an independent reader of the raw text pairs them, and what the device
// says of an interrupt agrees with what is told of it.

import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { openTimeline } from "../../src/index.js";
import { rowsOf } from "../support/content.js";
import { hwLog } from "../support/hw-log.js";
import { rawHandled } from "../support/raw-injections.js";
import { rawLogged } from "../support/raw-interrupts.js";
import { AMD_FILES, NO_REAL_TRACES, WHERE_TRACES_ARE } from "../support/real-traces.js";
import { Scratch } from "../support/scratch.js";

const scratch = new Scratch();

async function importOf(file: string): Promise<string> {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(file);
  timeline.close();
  return db;
}

/** Two tests ask each recording. */
const timelines = new Map<string, Promise<string>>();

function imported(file: string): Promise<string> {
  const db = timelines.get(file) ?? importOf(file);
  timelines.set(file, db);
  return db;
}

const FILES = AMD_FILES.map(
  (file) => [join(basename(dirname(file)), basename(file)), file] as const,
);

describe.skipIf(NO_REAL_TRACES)(`entries of the GA log ${WHERE_TRACES_ARE}`, () => {
  let paired = 0;
  let raised = 0;

  test.each(FILES)("wake whom an independent reader says in %s", async (_name, file) => {
    const raw = rawLogged(gunzipSync(readFileSync(file)).toString("latin1"));
    const db = await imported(file);
    const told = rowsOf(
      db,
      "SELECT logged_ns, woken_ns, woken_ns - logged_ns FROM v_interrupt WHERE path = 'GA log' ORDER BY id",
    );
    expect(told).toEqual(
      raw.map(({ stamp, woken }) => [stamp, woken, woken === null ? null : woken - stamp]),
    );
    paired += raw.filter(({ woken }) => woken !== null).length;
  });

  test.each(FILES)("name the entry that the device says raised them in %s", async (_name, file) => {
    const log = hwLog(file);
    const db = await imported(file);
    const [clock] = rowsOf(db, "SELECT clock_unit FROM recording")[0] ?? [];
    if (log === null || clock !== "ticks") return;
    const told = rowsOf(
      db,
      "SELECT logged_ns, irte FROM v_interrupt WHERE path = 'GA log' AND irte IS NOT NULL ORDER BY id",
    );
    const logged = log.filter(({ path }) => path === "GA log");
    const unraised = told.filter(([at, irte]) => {
      const before = logged.filter((each) => BigInt(each.ticks) < BigInt(String(at)));
      return before.slice(-ENTRIES_UNREAD).every((each) => each.irte !== irte);
    });
    expect(unraised).toEqual([]);
    raised += told.length;
  });

  afterAll(() => {
    expect(paired).toBeGreaterThan(400);
    expect(raised).toBeGreaterThan(100);
  });
});

describe.skipIf(NO_REAL_TRACES)(`interrupts that the host handles ${WHERE_TRACES_ARE}`, () => {
  let accepted = 0;
  let lost = 0;

  test.each(FILES)(
    "are accepted or lost as an independent reader says in %s",
    async (_name, file) => {
      const text = gunzipSync(readFileSync(file)).toString("latin1");
      if (!text.includes(" irqfd_inject: ")) return;
      const raw = new Map(rawHandled(text).map((each) => [each.stamp, each]));
      const told = rowsOf(
        await imported(file),
        `SELECT raised_ns, verdict, (SELECT time_ns FROM event WHERE seq = i.accepted_seq) AS accepted_ns
       FROM v_interrupt JOIN interrupt AS i USING (id) WHERE path = 'remapped' ORDER BY id`,
      );
      for (const [raised, verdict, accepted_ns] of told) {
        const each = raw.get(BigInt(String(raised)));
        if (each?.isSignalled !== true) continue;
        expect([raised, accepted_ns ?? each.accepted]).toEqual([raised, each.accepted]);
        if (verdict === "lost") expect(each).toMatchObject({ accepted: null, isSent: true });
        if (each.accepted === null) expect(verdict).not.toMatch(/^de/);
      }
      accepted += told.filter((row) => row[2] !== null).length;
      lost += told.filter((row) => row[1] === "lost").length;
    },
  );

  afterAll(() => {
    expect(accepted).toBeGreaterThan(400);
    expect(lost).toBeGreaterThan(50);
  });
});

/** So many entries of the log may wait until KVM is told of one. */
const ENTRIES_UNREAD = 8;
