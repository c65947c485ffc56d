// `checkAsync`, `verifyAsync` and `rewind`: the same answers, beside whatever else the process does, until a signal stops them.

import { readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTimeline, type Timeline } from "../../../src/index.js";
import { contentOf } from "../../support/content.js";
import { largeTrace } from "../../support/large.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";
import { tamper } from "../../support/tamper.js";

const scratch = new Scratch();

describe("a large timeline", () => {
  const db = scratch.path(".db");
  let timeline: Timeline;
  beforeAll(async () => {
    timeline = await openTimeline(db, { create: true });
    await timeline.import(scratch.file(".txt", largeTrace()));
  });
  afterAll(() => {
    timeline.close();
  });

  test("is checked in turns as it is at once", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    const report = await timeline.recording().checkAsync();
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
    expect(report).toEqual(timeline.recording().check());
    const other = { only: ["I1"], rules: "6.16" } as const;
    const first = timeline.recording(1);
    expect(await first.checkAsync(other)).toEqual(first.check(other));
  });

  test("is verified in turns as it is at once", async () => {
    const untimed = ({ steps, ...rest }: ReturnType<Timeline["verify"]>): unknown => ({
      ...rest,
      steps: steps.map(({ step, result, rows }) => ({ step, result, rows })),
    });
    const atOnce = timeline.verify();
    const anchor = atOnce.head?.hash ?? "";
    expect(untimed(await timeline.verifyAsync())).toEqual(untimed(atOnce));
    expect(untimed(await timeline.verifyAsync({ anchor }))).toEqual(
      untimed(timeline.verify({ anchor })),
    );
    await expect(timeline.verifyAsync({ anchor: "7" })).rejects.toMatchObject({
      code: "ERR_USAGE",
    });
  });

  test.each(["checkAsync", "verifyAsync"] as const)(
    "%s is stopped by its signal, and nothing is written",
    async (name) => {
      const before = contentOf(db);
      const ask = (signal: AbortSignal): Promise<unknown> =>
        name === "checkAsync"
          ? timeline.recording().checkAsync({ signal })
          : timeline.verifyAsync({ signal });
      const controller = new AbortController();
      let at = 0;
      setTimeout(() => {
        at = performance.now();
        controller.abort();
      }, 25);
      const running = ask(controller.signal);
      await expect(running).rejects.toMatchObject({ code: "ERR_ABORTED" });
      // A loaded machine takes longer than the tenth of a second that a free one needs.
      expect(performance.now() - at).toBeLessThan(700);
      expect(contentOf(db)).toEqual(before);
      const stopped = ask(AbortSignal.abort());
      await expect(stopped).rejects.toMatchObject({ code: "ERR_ABORTED" });
    },
  );

  /** The last event but one: a whole copy is made in too little time for many turns. */
  const beforeEnd = (): string => `@${(timeline.recording().last_seq ?? 0) - 1}`;

  test("is rewound in turns, and is the same at its end", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    const to = scratch.path(".db");
    await timeline.recording().rewind({ to, when: beforeEnd() });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
    const copy = await openTimeline(to, { readonly: true });
    expect(copy.recording().at()).toEqual(timeline.recording().at({ when: beforeEnd() }));
    expect(copy.verify().verdict).toBe("intact");
    copy.close();
  });

  test("is not rewound if a signal stops it, and nothing of the file stays", async () => {
    const to = scratch.path(".db");
    const beside = (): string[] =>
      readdirSync(dirname(to)).filter((name) => name.startsWith(basename(to)));
    for (const ms of [0, 30, 120]) {
      const controller = new AbortController();
      let at = 0;
      setTimeout(() => {
        at = performance.now();
        controller.abort();
      }, ms);
      const running = timeline
        .recording()
        .rewind({ to, when: beforeEnd(), signal: controller.signal });
      await expect(running).rejects.toMatchObject({ code: "ERR_ABORTED" });
      // A loaded machine takes longer than the tenth of a second that a free one needs.
      expect(performance.now() - at).toBeLessThan(700);
      expect(beside()).toEqual([]);
    }
    const stopped = timeline.recording().rewind({ to, signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(beside()).toEqual([]);
  });

  test("is verified while an import goes on, and the import is as it would be without", async () => {
    const running = timeline.import(shippedPath("6.17-x-uaf-crash"));
    expect((await timeline.verifyAsync()).verdict).toBe("intact");
    await running;
    expect((await timeline.verifyAsync()).verdict).toBe("intact");
  });
});

test("damage is found in turns too", async () => {
  const db = scratch.path(".db");
  const made = await openTimeline(db, { create: true });
  await made.import(shippedPath("6.17-s1-one"));
  made.close();
  const damaged = tamper(db, scratch.path(".db"), (sqlite) =>
    sqlite.exec("UPDATE event SET cpu = cpu + 1 WHERE seq = 7"),
  );
  const timeline = await openTimeline(damaged, { readonly: true });
  const atOnce = timeline.verify();
  const inTurns = await timeline.verifyAsync();
  expect(inTurns.verdict).toBe("damaged");
  expect(inTurns.findings).toEqual(atOnce.findings);
  const recording = timeline.recording();
  timeline.close();
  await expect(timeline.verifyAsync()).rejects.toMatchObject({ code: "ERR_CLOSED" });
  await expect(recording.checkAsync()).rejects.toMatchObject({ code: "ERR_CLOSED" });
});
