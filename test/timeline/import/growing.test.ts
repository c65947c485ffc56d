// A file that is followed over rotations that follow each other faster than it is looked at: nothing that is still on
// the disk is lost, and nothing is given twice.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, cpSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import {
  growing,
  type GrowingOptions,
  type GrowingPart,
  type SourcePart,
} from "../../../src/index.js";
import { Scratch } from "../../support/scratch.js";

const scratch = new Scratch();

/** What is read of each part, as it comes. */
interface Read {
  readonly why: GrowingPart["why"];
  text: string;
}

/** The same, with how lines before it were lost. */
interface ReadAll extends Read {
  readonly lost: string | null;
}

/** Follows a file until its last line has been read. */
async function followed(path: string, acts: (() => void)[]): Promise<readonly Read[]> {
  const parts = await followedAll(path, acts);
  return parts.map(({ why, text }) => ({ why, text }));
}

async function followedAll(path: string, acts: (() => void)[]): Promise<readonly ReadAll[]> {
  const end = new AbortController();
  const parts: ReadAll[] = [];
  for await (const { why, chunks, lost } of growing(path, { everyMs: 20, signal: end.signal })) {
    const part: ReadAll = { why, text: "", lost };
    parts.push(part);
    for await (const chunk of chunks) {
      part.text += Buffer.from(chunk).toString();
      acts.shift()?.();
      if (part.text.endsWith("the end\n")) end.abort();
    }
    if (end.signal.aborted) break;
  }
  return parts;
}

/** As logrotate does it: the oldest first. */
function rename(path: string): void {
  for (const [from, to] of [
    [`${path}.2`, `${path}.3`],
    [`${path}.1`, `${path}.2`],
    [path, `${path}.1`],
  ] as const)
    try {
      renameSync(from, to);
    } catch {
      // There is none yet.
    }
}

function copyAndTruncate(path: string): void {
  const copy = `${path}.new`;
  cpSync(path, copy);
  rename(path);
  renameSync(`${path}.1`, path);
  renameSync(copy, `${path}.1`);
  truncateSync(path);
}

test("files that had the name for a moment are read, in their order", async () => {
  const path = scratch.file(".txt", "a 1\n");
  writeFileSync(`${path}.3`, "older than all\n");
  const parts = await followed(path, [
    () => {
      // The writer goes on with the file that lost its name.
      rename(path);
      appendFileSync(`${path}.1`, "a 2\n");
      writeFileSync(path, "b 1\nb 2\n");
      rename(path);
      writeFileSync(path, "c 1\n");
      rename(path);
      writeFileSync(path, "the end\n");
    },
  ]);
  expect(parts).toEqual([
    { why: "first", text: "a 1\na 2\n" },
    { why: "rotated", text: "b 1\nb 2\n" },
    { why: "rotated", text: "c 1\n" },
    { why: "rotated", text: "the end\n" },
  ]);
});

test("what was written between the last look and a truncation is read from the copy", async () => {
  const path = scratch.file(".txt", "a 1\n");
  const parts = await followed(path, [
    () => {
      appendFileSync(path, "a 2\na 3\n");
      copyAndTruncate(path);
      appendFileSync(path, "b 1\n");
      copyAndTruncate(path);
      appendFileSync(path, "the end\n");
    },
  ]);
  expect(parts).toEqual([
    { why: "first", text: "a 1\na 2\na 3\n" },
    { why: "rotated", text: "b 1\n" },
    { why: "truncated", text: "the end\n" },
  ]);
});

test.each([
  ["renamed", rename],
  ["copied and truncated", copyAndTruncate],
])("what was %s before anything was read of it is read first", async (_, rotate) => {
  const path = scratch.file(".txt", "");
  const writer = setTimeout(() => {
    writeFileSync(path, "a 1\na 2\n");
    rotate(path);
    writeFileSync(path, "b 1\n");
    rotate(path);
    writeFileSync(path, "the end\n");
  }, 50);
  const parts = await followed(path, []);
  clearTimeout(writer);
  expect(parts).toEqual([
    { why: "first", text: "a 1\na 2\n" },
    { why: "rotated", text: "b 1\n" },
    { why: "rotated", text: "the end\n" },
  ]);
});

test("what was copied and truncated before anything was read is read though nothing comes behind it", async () => {
  const path = scratch.file(".txt", "");
  setTimeout(() => {
    writeFileSync(path, "a 1\nthe end\n");
    copyAndTruncate(path);
  }, 50);
  expect(await followed(path, [])).toEqual([{ why: "first", text: "a 1\nthe end\n" }]);
});

test("a copy of what was read is none of it", async () => {
  const path = scratch.file(".txt", "a 1\n");
  const parts = await followed(path, [
    () => {
      cpSync(path, `${path}-20261127`);
      rename(path);
      writeFileSync(path, "the end\n");
    },
  ]);
  expect(parts).toEqual([
    { why: "first", text: "a 1\n" },
    { why: "rotated", text: "the end\n" },
  ]);
});

test("a file with the header of one that was read is no copy of it", async () => {
  const header = `# tracer: nop\n#${" ".repeat(80)}TIMESTAMP\n`;
  const path = scratch.file(".txt", header);
  const parts = await followed(path, [
    () => {
      rename(path);
      writeFileSync(path, `${header}b 1\n`);
      rename(path);
      writeFileSync(path, "the end\n");
    },
  ]);
  expect(parts).toEqual([
    { why: "first", text: header },
    { why: "rotated", text: `${header}b 1\n` },
    { why: "rotated", text: "the end\n" },
  ]);
});

/** As logrotate does it, without delaycompress: the file that was rotated is compressed at once. */
function compress(path: string, program: string, suffix: string): void {
  execFileSync(program, ["-q", path]);
  expect(suffix).toBe({ gzip: ".gz", xz: ".xz", zstd: ".zst" }[program]);
  rmSync(path, { force: true });
}

describe.each([
  ["gzip", ".gz"],
  ["xz", ".xz"],
  ["zstd", ".zst"],
] as const)("older files that %s has compressed", (program, suffix) => {
  test("are read where they had the name for a moment, and those that were read are not", async () => {
    const path = scratch.file(".txt", "a 1\n");
    const parts = await followedAll(path, [
      () => {
        rename(path);
        writeFileSync(path, "b 1\nb 2\n");
        rename(path);
        compress(`${path}.2`, program, suffix);
        compress(`${path}.1`, program, suffix);
        writeFileSync(path, "the end\n");
      },
    ]);
    expect(parts).toEqual([
      { why: "first", text: "a 1\n", lost: null },
      { why: "rotated", text: "b 1\nb 2\n", lost: null },
      { why: "rotated", text: "the end\n", lost: null },
    ]);
  });

  test("tell what was written between the last look and a truncation", async () => {
    const path = scratch.file(".txt", "a 1\n");
    const parts = await followedAll(path, [
      () => {
        appendFileSync(path, "a 2\na 3\n");
        copyAndTruncate(path);
        compress(`${path}.1`, program, suffix);
        appendFileSync(path, "the end\n");
      },
    ]);
    expect(parts).toEqual([
      { why: "first", text: "a 1\na 2\na 3\n", lost: null },
      { why: "truncated", text: "the end\n", lost: null },
    ]);
  });
});

test("what cannot be read is told before the next part", async () => {
  const path = scratch.file(".txt", "a 1\n");
  const parts = await followedAll(path, [
    () => {
      renameSync(path, `${path}.1`);
      writeFileSync(`${path}.2.gz`, "\x1f\x8bno gzip data\n", "latin1");
      writeFileSync(`${path}.3.bz2`, "BZh9");
      writeFileSync(path, "b 1\n");
    },
    () => {
      truncateSync(path);
      writeFileSync(path, "the end\n");
    },
  ]);
  expect(parts.map(({ text }) => text)).toEqual(["a 1\n", "b 1\n", "the end\n"]);
  expect(parts[1]?.lost).toMatch(/txt\.3\.bz2 cannot be read.*txt\.2\.gz cannot be read/);
  expect(parts[2]?.lost).toContain("no copy of it tells what was written");
});

test("other files of the folder are none of it", async () => {
  const path = scratch.file(".txt", "a 1\n");
  const parts = await followed(path, [
    () => {
      renameSync(path, `${path}.1`);
      for (const suffix of [".db", ".1.txt", "~", ".old", "x"])
        writeFileSync(`${path}${suffix}`, "no\n");
      writeFileSync(path, "the end\n");
    },
  ]);
  expect(parts.map(({ text }) => text)).toEqual(["a 1\n", "the end\n"]);
});

test("the name may be away for a while", async () => {
  const path = scratch.file(".txt", "a 1\n");
  const parts = await followed(path, [
    () => {
      renameSync(path, `${path}.1`);
      writeFileSync(path, "b 1\n");
    },
    () => {
      rmSync(path);
      setTimeout(() => {
        writeFileSync(path, "the end\n");
      }, 300);
    },
  ]);
  expect(parts.map(({ text }) => text)).toEqual(["a 1\n", "b 1\n", "the end\n"]);
});

describe("a part", () => {
  /** Follows a file until nothing more stands in it. */
  async function given(path: string, options: GrowingOptions = {}): Promise<readonly SourcePart[]> {
    const parts: SourcePart[] = [];
    for await (const { chunks, part } of growing(path, {
      signal: AbortSignal.abort(),
      ...options,
    })) {
      for await (const chunk of chunks) expect(chunk.length).toBeGreaterThan(0);
      parts.push(part());
    }
    return parts;
  }

  const placeOf = (text: string, from: number): SourcePart => ({
    from_byte: from,
    to_byte: text.length,
    tail_sha256: createHash("sha256").update(text.slice(-4096)).digest("hex"),
  });

  test("says which bytes it is, by which the next run finds where to go on", async () => {
    const path = scratch.path(".txt");
    const first = "a line\n".repeat(1000);
    const then = `${first}another\n`;
    writeFileSync(path, `${first}half a li`);
    const [part] = await given(path);
    expect(part).toEqual(placeOf(first, 0));
    writeFileSync(`${path}.1`, then);
    writeFileSync(path, "the last\n");
    const fromByteOf = async (file: string): Promise<number | null> => {
      const { to_byte = 0, tail_sha256 } = part ?? {};
      const before = (await readFile(file)).subarray(0, to_byte).subarray(-4096);
      return createHash("sha256").update(before).digest("hex") === tail_sha256 ? to_byte : null;
    };
    expect(await given(path, { fromByteOf })).toEqual([
      placeOf(then, first.length),
      placeOf("the last\n", 0),
    ]);
  });
});
