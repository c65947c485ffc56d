// The probe table and the readers of its names agree; who in src/ftrace may import whom.

import { readFileSync, readdirSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { PROBES } from "../../src/domain/amd/probes/probes.js";
import { kindName } from "../../src/domain/events/kinds.js";
import { sniff } from "../../src/ftrace/sniff.js";
import { FIELD } from "../../src/ftrace/text/fields.js";
import { READERS, VOCABULARY } from "../../src/ftrace/vocabulary.js";
import { readText } from "../support/ftrace-text.js";

const DATA = new URL("../../data/", import.meta.url);
const RECORDINGS = readdirSync(DATA).filter((name) => name.endsWith(".txt.gz"));

describe("the vocabulary", () => {
  it("has a reader for each probe whose lines are used, and for no other", () => {
    const used = PROBES.filter(({ use }) => use !== "none").map(({ name }) => name);
    expect(Object.keys(READERS).sort()).toEqual([...used].sort());
    expect(VOCABULARY.map(([name]) => name)).toEqual(PROBES.map(({ name }) => name));
  });

  it("reads the fields that the table names, and no others", () => {
    const named = new Set(PROBES.flatMap(({ fields }) => fields));
    expect(Object.keys(FIELD).sort()).toEqual([...named].sort());
  });

  it.each(RECORDINGS)("makes of %s only events of the kinds that the rows name", (file) => {
    const bytes = gunzipSync(readFileSync(new URL(file, DATA)));
    const lines = bytes.toString("latin1").split("\n");
    const { events } = readText(bytes, { rules: sniff(bytes).rules });
    const kindsOf = new Map(PROBES.map(({ name, events: kinds }) => [name as string, kinds]));
    const wrong = new Set<string>();
    for (const { line, kind } of events) {
      const name = /: (\w+): /.exec(lines[line - 1] ?? "")?.[1] ?? "";
      const made = kindName(kind);
      if (kindsOf.get(name)?.includes(made) !== true) wrong.add(`${name} -> ${made}`);
    }
    expect([...wrong]).toEqual([]);
    expect(events.length).toBeGreaterThan(100);
  });
});

describe("the folders of src/ftrace", () => {
  const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
    ".": ["order", "readers", "interpret", "header", "text"],
    order: ["header", "text"],
    readers: ["interpret", "text"],
    interpret: ["header", "text"],
    header: [],
    text: [],
  };
  const SRC = new URL("../../src/ftrace/", import.meta.url);
  const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );

  it("import in one direction", () => {
    const wrong = files.flatMap((file) => {
      const from = posix.dirname(file);
      const text = readFileSync(new URL(file, SRC), "utf8");
      return [...text.matchAll(/from "(\.[^"]+)"/g)]
        .map(([, target = ""]) => posix.dirname(posix.join(from, target)))
        .filter((to) => !to.startsWith("..") && to !== from)
        .filter((to) => MAY_IMPORT[from]?.includes(to) !== true)
        .map((to) => `${file} -> ${to}`);
    });
    expect(files.length).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  });
});
