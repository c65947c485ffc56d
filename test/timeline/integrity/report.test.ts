// An error that says nothing about the file is no finding about it.

import { describe, expect, test } from "vitest";
import { atOnce } from "../../../src/base/steps.js";
import { StepRunner } from "../../../src/timeline/integrity/report.js";

function failing(code: string): () => number {
  return () => {
    throw Object.assign(new Error("it failed"), { code });
  };
}

describe("a step of verify that throws", () => {
  test.each(["SQLITE_FULL", "SQLITE_NOMEM", "SQLITE_BUSY", "SQLITE_IOERR_WRITE", "ENOSPC"])(
    "could not look, where the reason is %s",
    (code) => {
      const runner = new StepRunner();
      expect(() => {
        atOnce(runner.run("sqlite", failing(code)));
      }).toThrow("it failed");
      expect(runner.findings).toEqual([]);
    },
  );

  test.each(["SQLITE_CORRUPT", "SQLITE_IOERR_READ", "SQLITE_ERROR"])(
    "is a finding, where the reason is %s",
    (code) => {
      const runner = new StepRunner();
      atOnce(runner.run("sqlite", failing(code)));
      expect(runner.findings).toMatchObject([{ step: "sqlite" }]);
    },
  );
});
