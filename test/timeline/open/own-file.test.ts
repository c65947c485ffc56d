// A timeline that is made is its user's own, and one that is opened is not trusted.

import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  openForDeriving,
  openForReading,
  openForWriting,
} from "../../../src/timeline/open/open.js";
import { Scratch } from "../../support/scratch.js";

const scratch = new Scratch();

describe("a timeline", () => {
  it("is made so that only its user can read it, its log too", async () => {
    const file = scratch.path(".db");
    const sqlite = await openForWriting(file);
    for (const path of [file, `${file}-wal`]) expect(statSync(path).mode & 0o777).toBe(0o600);
    sqlite.close();
  });

  it("is opened without trust in its schema, and its pages are looked at", async () => {
    const file = scratch.path(".db");
    const made = await openForWriting(file);
    const opened = [made, openForReading(file), openForDeriving(file)];
    for (const sqlite of opened) {
      expect(sqlite.pragma("trusted_schema", { simple: true })).toBe(0);
      expect(sqlite.pragma("cell_size_check", { simple: true })).toBe(1);
    }
    for (const sqlite of opened) sqlite.close();
  });
});
