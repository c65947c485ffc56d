import { describe, expect, test } from "vitest";
import { atOnce, inTurns, type Steps } from "../../src/base/steps.js";

/** Counts up to `limit`, `ms` milliseconds a step; notes in `ended` that it was closed. */
function* counting(limit: number, ms: number, ended: string[] = []): Steps<number> {
  try {
    for (let i = 0; i < limit; i++) {
      const until = performance.now() + ms;
      while (performance.now() < until);
      yield;
    }
    return limit;
  } finally {
    ended.push("closed");
  }
}

describe("work in steps", () => {
  test("gives the same at once and in turns", async () => {
    expect(atOnce(counting(7, 0))).toBe(7);
    expect(await inTurns(counting(7, 0))).toBe(7);
  });

  test("rests for as many turns as it is told", async () => {
    const began = performance.now();
    let rested = 0;
    const timer = setInterval(() => rested++, 10);
    await inTurns(counting(20, 5), undefined, 4);
    clearInterval(timer);
    // 100 ms of work are four turns or more, with rests of 80 ms between them.
    expect(performance.now() - began).toBeGreaterThan(100 + 3 * 80 - 5);
    expect(rested).toBeGreaterThan(10);
  });

  test("in turns lets timers run meanwhile", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    await inTurns(counting(50, 5));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
  });

  test("is stopped by its signal, and what it opened is closed", async () => {
    const ended: string[] = [];
    const signal = AbortSignal.timeout(50);
    const running = inTurns(counting(10_000, 5, ended), signal);
    await expect(running).rejects.toMatchObject({
      code: "ERR_ABORTED",
      cause: { name: "TimeoutError" },
    });
    expect(ended).toEqual(["closed"]);
  });

  test("is not begun if the signal has fired", async () => {
    const ended: string[] = [];
    const running = inTurns(counting(3, 0, ended), AbortSignal.abort());
    await expect(running).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(ended).toEqual([]);
  });

  test("passes on what it throws", async () => {
    const failing = function* (): Steps<number> {
      throw new RangeError("no such step");
    };
    expect(() => atOnce(failing())).toThrow(RangeError);
    await expect(inTurns(failing())).rejects.toThrow("no such step");
  });
});
