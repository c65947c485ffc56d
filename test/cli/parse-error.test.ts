// What is wrong with options is said in irqtwin's own words, in one line.

import { describe, expect, it } from "vitest";
import { irqtwin } from "../support/irqtwin.js";

describe("options that cannot be read", () => {
  it.each([
    [
      ["log", "--irte", "--json"],
      "--irte is followed by --json: if that is its value, write --irte=--json, else give it one",
    ],
    [
      ["log", "--task", "-vcpu", "--oneline"],
      "--task is followed by -vcpu: if that is its value, write --task=-vcpu, else give it one",
    ],
    [["log", "--irte"], "--irte needs a value"],
    [["log", "--json=yes"], "--json takes no value"],
    [["log", "--jsn"], "Unknown option '--jsn' (did you mean --json?)"],
  ])("%j", (args, says) => {
    const ran = irqtwin(args);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toBe(`error: ${says}: see \`irqtwin log --help\` (ERR_USAGE)\n`);
  });

  it("take a value that begins with a dash behind a sign of equality", () => {
    const ran = irqtwin(["log", "--task=-vcpu", "--db", "/nowhere.db"]);
    expect(ran.stderr).not.toContain("is followed by");
  });
});
