// A TwinError keeps its code through every kind of copy.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { TwinError } from "../../src/base/errors.js";

const error = new TwinError("ERR_WHEN", "x is not a moment:\nwrite end", { cause: "typed" });

describe("a TwinError", () => {
  test("is told from a structured clone, with code, message and cause", () => {
    const clone: unknown = structuredClone(error);
    expect(clone).not.toBeInstanceOf(TwinError);
    const { code, message, cause, exitCode } = TwinError.from(clone);
    expect({ code, message, cause, exitCode }).toEqual({
      ...{ code: "ERR_WHEN", message: error.message, cause: "typed", exitCode: 2 },
    });
  });

  test("comes back from a worker thread", async () => {
    const echo = `require("node:worker_threads").parentPort.once("message", (error) => {
      require("node:worker_threads").parentPort.postMessage(error);
    });`;
    const worker = new Worker(echo, { eval: true });
    worker.postMessage(error);
    const [answer] = (await once(worker, "message")) as [unknown];
    await worker.terminate();
    expect(TwinError.from(answer)).toMatchObject({ code: "ERR_WHEN", message: error.message });
  });

  test("is itself where it was not copied", () => {
    expect(TwinError.from(error)).toBe(error);
  });

  test("keeps the lines of its stack, below a head that names the code", () => {
    expect(error.stack).toMatch(/^TwinError \[ERR_WHEN\]: x is not a moment:\nwrite end\n +at /);
  });

  test("says its code in JSON", () => {
    const { message } = error;
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      ...{ name: "TwinError", code: "ERR_WHEN", message },
    });
  });

  test("of anything else that is thrown is ERR_INTERNAL, with it as its cause", () => {
    for (const thrown of [new RangeError("far"), "text", new Error("TwinError [ERR_NO]: x")])
      expect(TwinError.from(thrown)).toMatchObject({ code: "ERR_INTERNAL", cause: thrown });
  });
});
