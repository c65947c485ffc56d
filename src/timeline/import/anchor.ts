// A dump of the remapping table that is imported beside a recording, and the moment that it belongs to.

import { createHash } from "node:crypto";
import { basename } from "node:path";
import type Database from "better-sqlite3";
import { TwinError } from "../../base/errors.js";
import { NS_PER_UNIT, stampOf } from "../../base/stamp.js";
import { type TableDump } from "../../source/header/irqtbl.js";
import { readIrqtblFile } from "../../source/header/irqtbl-file.js";
import { isHostState, readHostState, type DumpedHost } from "../../source/header/host-state.js";
import { printable } from "../../source/header/header-line.js";
import { ANCHOR_KEY, ANCHOR_LINE } from "../../source/header/header-keys.js";
import { first, q } from "../store/sql.js";
import { openInput } from "./input.js";

/** A file of dumps that is named at an import. */
export interface AnchorOption {
  /** The path of the file: irqtbl of debugfs as it stands, also of several devices and IOMMUs. */
  readonly file: string;
  /** What stands in the file, where there is none of this name: only the name is told then. Absent = the file is read. */
  readonly text?: string | undefined;
  /** The moment of the dump: `start`, `end`, or a time of the trace clock, as WHEN is written. Absent = `start`. */
  readonly at?: string | undefined;
}

/** A dump, ready to be placed among the events. */
export interface Anchor extends TableDump {
  /** What tells it from another one. */
  readonly identity: string;
  /** Whose state it is, as far as it tells. */
  readonly host: DumpedHost & {
    /** The path of the file. */
    readonly file: string;
  };
  /** Its moment is given in seconds. */
  readonly isInSeconds: boolean;
}

const MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** More than the tables of a host with 500 devices need, each with 2,048 entries. */
const BYTES_MAX = 64 * 1024 * 1024;

/** irqtbl of debugfs does not tell whose it is. */
const NO_HOST: DumpedHost = { release: null, boot_id: null };

/** Reads an anchor. Throws ERR_ANCHOR at a line that cannot be used, ERR_WHEN, or as openInput() does. */
export async function readAnchor({
  file,
  text: given,
  at = "start",
}: AnchorOption): Promise<Anchor> {
  const moment = momentOf(at);
  const bytes = given === undefined ? await bytesOf(file) : Buffer.from(given);
  const text = withoutMark(bytes).toString("latin1");
  const read = isHostState(text)
    ? readHostState(text)
    : { facts: [], host: NO_HOST, ...readIrqtblFile(text) };
  if ("problem" in read)
    throw new TwinError("ERR_ANCHOR", `${file}, line ${read.line}: ${read.problem}`);
  const { entries, facts } = read;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const identity = `sha256=${sha256} at=${at}`;
  const name = printable(basename(file)).replaceAll(/["\\]/g, "\\$&");
  const words = new Map([
    ...Object.entries({ sha256, at, entries: String(entries.length) }),
    ["file", printable(basename(file))] as const,
  ]);
  const value = `${identity} entries=${entries.length} file="${name}"`;
  const header = { line: ANCHOR_LINE, key: ANCHOR_KEY, value, words, problem: null };
  const isInSeconds = typeof moment !== "string" && !at.endsWith("ns");
  const host = { ...read.host, file };
  return { entries, facts, host, at: moment, identity, isInSeconds, header };
}

async function bytesOf(file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of (await openInput(file)).chunks) {
    size += chunk.length;
    if (size > BYTES_MAX)
      throw new TwinError("ERR_ANCHOR", `${file} is larger than 64 MiB: it is no dump of a table`);
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

/** Editors of Windows put the byte order mark of UTF-8 in front of a text. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, MARK.length).equals(MARK) ? bytes.subarray(MARK.length) : bytes;
}

/** The moment of an anchor: seconds or ticks of the trace clock. */
function momentOf(at: string): TableDump["at"] {
  if (at === "start" || at === "end") return at;
  const [, whole = "", fraction = "", unit] = WHEN.exec(at) ?? [];
  if (whole === "" || (unit === "ns" && fraction !== ""))
    throw new TwinError(
      "ERR_WHEN",
      `\`anchor.at: ${at}\` is not a moment: write start, end, seconds of the trace's clock (16.519052) or 16519052000ns`,
    );
  const scale = unit === "ns" ? 1n : (NS_PER_UNIT["s"] ?? 1n);
  return stampOf(BigInt(whole) * scale + BigInt(fraction.padEnd(9, "0")));
}

const WHEN = /^(\d{1,19})(?:\.(\d{1,9}))?(ns|s)?$/;

/** What tells the anchor of a recording from another one; null = it has none. */
export function anchorIdentity(sqlite: Database.Database, recording: number): string | null {
  const row = first(
    sqlite,
    q
      .selectFrom("header_line")
      .select("value")
      .where("recording_id", "=", recording)
      .where("line", "=", ANCHOR_LINE),
  );
  return row === undefined ? null : row.value.split(" ").slice(0, 2).join(" ");
}
