// What of a followed file is stored already, from an earlier run: the file may have another name now.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { TAIL_BYTES } from "../base/source-tail.js";
import { formatTime, type RecordingFacts, type RecordingView, type Timeline } from "../index.js";
import { tailHash, type CutOptions } from "./follow-cut.js";

/** The header of a trace is shorter. */
const HEAD_BYTES = 1024 * 1024;

/** How a source is cut that is read from its beginning. */
export const ANEW = { fromByte: 0, tail: Buffer.alloc(0), header: "" };

/** A recording whose bytes a file begins with. */
interface Begun {
  /** Its number. */
  readonly id: number;
  /** How many bytes it has. */
  readonly bytes: number;
}

/** Looks for what earlier runs have stored of one source. */
export class StoredBefore {
  /** The first byte that is not stored. */
  fromByte = 0;
  /** The recording that ends there; null = there is none that can be asked. */
  last: RecordingView | null = null;
  /** The recording that the file goes on with: the same bytes, and more. undefined = there is none. */
  supersedes: number | undefined = undefined;
  private readonly timeline: Timeline;
  private readonly file: string;
  private readonly name: string;
  private readonly isFollowed: boolean;
  /** Were lines lost before the recording that the file goes on with? */
  private isBehindHole = false;
  /** The file that was followed before; null = none was found. */
  private path: string | null = null;

  /** `file`: the path that is followed. */
  constructor(timeline: Timeline, file: string) {
    this.timeline = timeline;
    this.file = file;
    this.name = basename(file);
    const { name } = this;
    this.isFollowed = timeline
      .recordings()
      .some(({ file: of, last_seq }) => of === name && last_seq !== null);
  }

  /** Has anything of this name been stored? Else nothing can tell a file that was followed. */
  get hasAny(): boolean {
    return this.timeline.recordings().some(({ file }) => file === this.name);
  }

  /** How lines before the first recording were lost; `found`: what was found with the files, null = nothing. */
  lostBefore(found: string | null): string | null {
    const known = this.isBehindHole ? "they were lost before an earlier run" : null;
    const all = [this.whyAnew, found, known].filter((each) => each !== null);
    return all.length === 0 ? null : all.join("; ");
  }

  /** Why the first recording does not go on with one that is there; null = it does, or there is none. */
  get whyAnew(): string | null {
    const isLost = this.isFollowed && this.path === null;
    return isLost ? "the file that was followed before is not there any more" : null;
  }

  /**
   * Where a file is read from that becomes one recording: its beginning, or its end where an older file is stored whole.
   * null = it was not followed.
   */
  readonly beginOf = async (path: string): Promise<number | null> => {
    const isRead = await this.wasBeingRead(path);
    const begun = await this.begunBefore(path);
    if (begun === undefined && !isRead) return null;
    this.path = path;
    this.supersedes = begun?.id;
    this.isBehindHole = this.notesHole(begun?.id ?? this.timeline.recordings().at(-1)?.id);
    if (begun === undefined || isRead || path === this.file) return 0;
    return (await stat(path)).size === begun.bytes ? begun.bytes : 0;
  };

  /** Up to which byte a file is stored already, as parts, or as one recording. null = nothing of it is. */
  readonly byteOf = async (path: string): Promise<number | null> => {
    const newest = this.newestPart;
    const byte = newest?.part?.to_byte ?? 0;
    const tail = newest?.part?.tail_sha256;
    const isPart = byte > 0 && tailHash(await bytesBefore(path, byte)) === tail;
    const whole = await this.begunBefore(path);
    if (whole !== undefined && (!isPart || whole.bytes > byte))
      return this.goOn(path, whole.bytes, this.timeline.recording(whole.id));
    if (isPart) return this.goOn(path, byte, partThatEndsAt(this.timeline, this.name, byte));
    return (await this.wasBeingRead(path)) ? this.goOn(path, 0, null) : null;
  };

  /** How the source is cut from there on. */
  async goesOn(): Promise<Omit<CutOptions, "everyMs">> {
    const { path, fromByte } = this;
    if (path === null || fromByte === 0) return ANEW;
    return { fromByte, tail: await bytesBefore(path, fromByte), header: await headOf(path) };
  }

  /** Were lines lost before this recording began? */
  private notesHole(recording: number | undefined): boolean {
    if (recording === undefined) return false;
    const [info] = this.timeline.info({ recording }).recordings;
    return info?.notes.some(({ kind }) => kind === "lost before") === true;
  }

  private goOn(path: string, fromByte: number, last: RecordingView | null): number {
    Object.assign(this, { path, fromByte, last });
    return fromByte;
  }

  private get newestPart(): RecordingView | undefined {
    const { name } = this;
    return this.timeline.recordings().findLast((each) => each.part !== null && each.file === name);
  }

  /** The recording whose bytes the file begins with. */
  private async begunBefore(path: string): Promise<Begun | undefined> {
    const before = this.timeline
      .recordings()
      .findLast(
        ({ state, part, file }) => state === "complete" && part === null && file === this.name,
      );
    const bytes = before === undefined ? null : await beginsWith(path, before);
    return before === undefined || bytes === null ? undefined : { id: before.id, bytes };
  }

  /** Was the file being read when its process was killed? Its line of the last event that is stored tells it. */
  private async wasBeingRead(path: string): Promise<boolean> {
    const dead = this.timeline.recordings().at(-1);
    if (dead?.state !== "importing" || dead.file !== this.name) return false;
    const [last] = dead.log({ limit: 1 });
    if (last === undefined || last.line < 1) return false;
    const text = await lineAt(path, last.line);
    return text.includes(` ${formatTime(dead, last.time_ns)}: `);
  }
}

/** The newest part of a source if it ends at this byte; null = it does not, or is dropped. */
export function partThatEndsAt(
  timeline: Timeline,
  name: string,
  byte: number,
): RecordingView | null {
  const newest = timeline.recordings().findLast((each) => each.part !== null && each.file === name);
  const isBefore = newest?.state === "complete" && newest.part?.to_byte === byte;
  return isBefore && byte > 0 ? newest : null;
}

/** A line of a file, by its number from 1; empty = there is none. */
async function lineAt(path: string, number: number): Promise<string> {
  let rest = "";
  let before = 0;
  for await (const chunk of createReadStream(path, "latin1") as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    const line = lines[number - 1 - before];
    if (line !== undefined) return line;
    before += lines.length;
  }
  return "";
}

/** The bytes of a file before a place, TAIL_BYTES at most; fewer where the file is shorter. */
async function bytesBefore(file: string, to: number): Promise<Buffer> {
  if (to === 0) return Buffer.alloc(0);
  const handle = await open(file);
  try {
    const tail = Buffer.alloc(Math.min(to, TAIL_BYTES));
    const { bytesRead } = await handle.read(tail, 0, tail.length, to - tail.length);
    return tail.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The comments that a file begins with. */
async function headOf(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const bytes = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await handle.read(bytes, 0, HEAD_BYTES, 0);
    const text = bytes.toString("latin1", 0, bytesRead);
    return /^(?:#[^\n]*\n)*/.exec(text)?.[0] ?? "";
  } finally {
    await handle.close();
  }
}

/** Are the first lines of a file, as many as a recording has, the recording? How many bytes they are; null = no. */
async function beginsWith(file: string, { lines, sha256 }: RecordingFacts): Promise<number | null> {
  const hash = createHash("sha256");
  let left = lines.total;
  let bytes = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let at = 0;
    while (left > 0) {
      const end = chunk.indexOf("\n", at);
      if (end < 0) break;
      at = end + 1;
      left--;
    }
    const own = left > 0 ? chunk : chunk.subarray(0, at);
    hash.update(own);
    bytes += own.length;
    if (left === 0) break;
  }
  return left === 0 && hash.digest("hex") === sha256 ? bytes : null;
}
