// What an editor shows where a user points at a value: words that tell, not what a type is put together from.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FILE = join(ROOT, "test/package/program.ts");

const PROGRAM = `
import { openTimeline } from "../../src/index.js";
const timeline = await openTimeline("x.db");
const recording = timeline.recording();
for (const entry of recording.log()) {
  if (entry.kind === "irte_written") entry./*written*/payload;
  if (entry.kind === "marker") entry./*marker*/payload;
  if (entry.kind === "vcpu_affinity_set") entry./*affinity*/payload;
  if (entry.kind === "irte_freed") entry./*freed*/payload;
}
recording./*rules*/rules;
const [irte] = recording.at().irtes;
irte?./*basis*/vcpu_by;
const [change] = recording.blame({ irte: "00:08.0/0" });
change?./*field*/field;
const [finding] = recording.check().findings;
finding?./*fields*/fields;
`;

const options: ts.CompilerOptions = {
  ...{ target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.Node20, strict: true },
  ...{ exactOptionalPropertyTypes: true, skipLibCheck: true, types: ["node"], noEmit: true },
};

const service = ts.createLanguageService({
  getCompilationSettings: () => options,
  getScriptFileNames: () => [FILE],
  getScriptVersion: () => "1",
  getScriptSnapshot: (file) => {
    const text = file === FILE ? PROGRAM : ts.sys.readFile(file);
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
  },
  getCurrentDirectory: () => ROOT,
  getDefaultLibFileName: (given) => ts.getDefaultLibFilePath(given),
  fileExists: (file) => file === FILE || ts.sys.fileExists(file),
  readFile: (file) => ts.sys.readFile(file),
  directoryExists: (folder) => ts.sys.directoryExists(folder),
  getDirectories: (folder) => ts.sys.getDirectories(folder),
});

/** What is shown at the mark, in one line. */
function shownAt(mark: string): string {
  const position = PROGRAM.indexOf(`/*${mark}*/`) + mark.length + "/**/".length;
  const info = service.getQuickInfoAtPosition(FILE, position);
  return (info?.displayParts ?? [])
    .map(({ text }) => text)
    .join("")
    .replaceAll(/\s+/g, " ")
    .replace(/^\(property\) [\w.<>" ]+\??: /, "");
}

/** The compiler does not promise an order. */
function membersOf(type: string): readonly string[] {
  expect(type).toMatch(/^\{.*\}$/);
  return type.slice(1, -1).trim().split(/; ?/).sort();
}

describe("an editor shows", () => {
  test.each([
    ["written", "{ readonly lo?: string; readonly hi?: string; }"],
    ["marker", "{ readonly text: string | null; }"],
    [
      "affinity",
      "{ readonly is_guest_mode: number | null; readonly ga_tag: number | null; readonly cpu: number | null; readonly ga_log_intr: number | null; readonly address?: string; }",
    ],
    ["freed", "{}"],
  ])("the fields of the payload of %s", (mark, says) => {
    expect(membersOf(shownAt(mark))).toEqual(membersOf(says));
  });

  test.each([
    ["rules", "RulesId | null"],
    ["basis", "VcpuBasis | null"],
    ["field", "IrteField"],
    ["fields", "readonly DifferingField[]"],
  ])("the words of %s by a name of theirs", (mark, says) => {
    const shown = shownAt(mark).replace(" | undefined", "");
    const words = /^(?:readonly )?\(?"/.test(shown);
    expect(words || shown === says, shown).toBe(true);
  });
});
