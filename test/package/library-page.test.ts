// docs/library.md shows all that is public. `npm run docs:check` says whether it is what the docstrings make of it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { PAGE, sectionsOf } from "../../docs.config.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(join(ROOT, PAGE), "utf8");

/** Exports that are no reader's. */
const INTERNAL = ["RecordingStates", "RecordingHistory", "RecordingFindings", "RecordingLanes"];

function source(name: string): string {
  return readFileSync(join(ROOT, "src", name), "utf8");
}

describe("docs/library.md", () => {
  test("is read at one sitting of a browser, and each of its links leads somewhere", () => {
    expect(Buffer.byteLength(page)).toBeLessThan(280_000);
    const anchors = [...page.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id);
    const links = [...page.matchAll(/\]\(#(api-[^)]+)\)/g)].map(([, id]) => id);
    expect(links.length).toBeGreaterThan(300);
    expect(links.filter((id) => !anchors.includes(id))).toEqual([]);
  });

  test("shows what a type is, and names no file and no table that is not public", () => {
    const aliases = [...page.matchAll(/^> \*\*(\w+)\*\*(?:\\<.*\\>)? = (.*)$/gm)];
    expect(aliases.length).toBeGreaterThan(30);
    const own = aliases.filter(
      ([, name, type]) => type === `[\`${name ?? ""}\`](#api-${name?.toLowerCase() ?? ""})`,
    );
    expect(own.map(([line]) => line)).toEqual([]);
    // The names of PROBES are too many for a line.
    const short = aliases.filter(([, name]) => name !== "ProbeName");
    const hidden = short.filter(([, , type = ""]) => /\*typeof\* `\w+`/.test(type));
    expect(hidden.map(([line]) => line)).toEqual([]);
    expect(page).not.toContain("Default value");
    const text = page.replaceAll(/```[^]*?```/g, "");
    expect(text.match(/\b[\w-]+\.ts\b|\bcauseName\b|\bfirstSeq\b/g)).toBeNull();
  });

  test("says what each number of a constant means", () => {
    const rows = [...page.matchAll(/^\| `\w+` \| `\d+` \|(.*)$/gm)];
    expect(rows.length).toBeGreaterThan(50);
    expect(
      rows.filter(([, rest = ""]) => !/ [A-Z].*\. \|$/.test(rest)).map(([row]) => row),
    ).toEqual([]);
  });

  test("has the sections of src/index.ts with all that they export", () => {
    const sections = sectionsOf(source("index.ts"));
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(headings.filter((title) => sections.some((each) => each.title === title))).toEqual(
      sections.map(({ title }) => title),
    );
    const shown = [...page.matchAll(/^### ([\w\\]+)/gm)].map(([, name = ""]) =>
      name.replaceAll("\\", ""),
    );
    const missing = sections.flatMap(({ names }) => names).filter((name) => !shown.includes(name));
    // The page of a recording has what the classes have that it is based on.
    expect(missing).toEqual(INTERNAL);
    for (const method of ["at", "log", "check", "lanes", "rewind"])
      expect(page).toContain(`#### ${method}()`);
  });

  test("has the examples as they are", () => {
    for (const name of ["progress", "dashboard", "ci", "agent"])
      expect(page).toContain(readFileSync(join(ROOT, `docs/examples/${name}.mjs`), "utf8"));
  });

  test("is true of irqtwin/bits: its names are names of irqtwin", () => {
    const bits = [...source("bits.ts").matchAll(/export \{([^}]+)\}/g)].flatMap(([, names = ""]) =>
      names.split(",").flatMap((name) => name.replace("type ", "").trim() || []),
    );
    const names = sectionsOf(source("index.ts")).flatMap((section) => section.names);
    expect(bits.length).toBeGreaterThan(8);
    expect(bits.filter((name) => !names.includes(name))).toEqual([]);
  });

  test("needs a section for every export", () => {
    const source =
      'export { a } from "./a.js";\n// # One. Text\n// of it.\nexport { b } from "./b.js";';
    expect(() => sectionsOf(source)).toThrow("a is in no section");
    expect(sectionsOf(source.slice(source.indexOf("//")))).toEqual([
      { title: "One", text: "Text of it.", names: ["b"] },
    ]);
  });
});
