// A file that another program still writes: its bytes as they come, over rotation and truncation.

import { basename } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TwinError } from "../../base/errors.js";
import { TAIL_BYTES } from "../../base/source-tail.js";
import { GrowingFile } from "./growing-file.js";
import { KnownFiles } from "./known-files.js";
import { PartGiven } from "./source-part.js";
import { type SourcePart } from "../read/kept-recordings.js";
import { openRotated, rotatedOf, type OpenedFile, type RotatedFile } from "./rotated.js";

/** How `growing` follows a file. */
export interface GrowingOptions {
  /**
   * Ends the following: what stands in the file then is still given, up to the end of its last whole line. Absent = it
   * ends with its reader.
   */
  readonly signal?: AbortSignal | undefined;
  /** The byte of the file that is there from which on it is read, from 0: where a line begins. Absent = 0. */
  readonly fromByte?: number | undefined;
  /**
   * Tells from which byte on a file is read that was followed before, where a line begins; null = it was not. It is asked for
   * the file, and then for the older files beside it, the newest first (for a compressed one with the path of a temporary copy
   * that is not): what stands behind that byte in an older one, and the files that had the name after it, are given first.
   * It is the `to_byte` of a recording's `part`, where the bytes of the file before it have its `tail_sha256`; of a recording
   * whose import was killed the caller has to know it. Absent = none is asked, and `fromByte` counts.
   */
  readonly fromByteOf?: ((path: string) => Promise<number | null>) | undefined;
  /** Milliseconds between two looks at a file that does not grow, from 1. Absent = 100. */
  readonly everyMs?: number | undefined;
}

/** What is written to a path between two of its beginnings. */
export interface GrowingPart {
  /**
   * Why it begins: `first` = it is the file that was there; `rotated` = another file has its name now, or had it for a
   * moment and is an older file beside it (`.1`, `-20261127.gz`); `truncated` = the same file begins anew.
   */
  readonly why: "first" | "rotated" | "truncated";
  /** Its bytes, as they come. Read them before the next part is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Which bytes of its file were read so far: give `import` this as `part`, and the next run can go on there. */
  readonly part: () => SourcePart;
  /** How lines before it were lost, or may be, in words; null = none were, as far as is known. */
  readonly lost: string | null;
}

/** How often older files are listed again, because one was renamed meanwhile. */
const LISTS_MAX = 10;
const EVERY_MS = 100;

/** What stands at a path, part by part. Throws ERR_NO_SUCH_FILE and ERR_INPUT_UNREADABLE. */
export function partsOf(
  path: string,
  options: GrowingOptions,
): AsyncGenerator<GrowingPart, void, undefined> {
  return new Growing(path, options).parts();
}

/** Where the following begins. */
interface Beginning {
  /** The place in the list of older files, oldest first; behind all of them it is the file itself. */
  readonly place: number;
  /** The byte of the file there. */
  readonly fromByte: number;
  /** The older file, opened; null = it is the file itself. */
  readonly opened: OpenedFile | null;
}

/** One file that is followed, with the older ones beside it. */
class Growing {
  private readonly path: string;
  private readonly options: GrowingOptions;
  private readonly known = new KnownFiles();
  /** Why lines may be lost before the next part. */
  private losses: string[] = [];

  constructor(path: string, options: GrowingOptions) {
    this.path = path;
    this.options = options;
  }

  async *parts(): AsyncGenerator<GrowingPart, void, undefined> {
    const { path, options, known } = this;
    const older = await rotatedOf(path);
    const { place, fromByte, opened } = await this.begin(older);
    for (const each of older.slice(0, place)) await known.addWhole(each);
    const begun = older[place];
    let why: GrowingPart["why"] | null = "first";
    if (begun !== undefined && opened !== null) {
      yield* this.openedPart(begun, opened, fromByte);
      yield* this.rotatedMeanwhile();
      why = "rotated";
    }
    while (why !== null) {
      const file: GrowingFile =
        why === "first" ? await GrowingFile.open(path, options, fromByte) : await this.openAgain();
      try {
        if (file.place.position === 0 && (yield* this.rotatedUnread(file, why))) why = "rotated";
        yield await this.part(why, file);
        why = file.next;
        known.addRead(file.id, file.place);
        if (file.lacksEnd) this.losses.push(TRUNCATED);
        if (why !== null) yield* this.rotatedMeanwhile();
      } finally {
        await file.close();
      }
    }
  }

  private async part(why: GrowingPart["why"], file: GrowingFile): Promise<GrowingPart> {
    const lost = this.losses.length === 0 ? null : this.losses.join("; ");
    this.losses = [];
    const given = new PartGiven(file.from, await file.bytesBefore(TAIL_BYTES));
    return { why, chunks: given.counted(file.chunks(this.known)), part: given.part, lost };
  }

  /** The file that has the name now: the name is away for a moment while files are rotated. */
  private async openAgain(): Promise<GrowingFile> {
    const { signal, everyMs = EVERY_MS } = this.options;
    for (;;) {
      try {
        return await GrowingFile.open(this.path, this.options, 0);
      } catch (error) {
        const isAway = error instanceof TwinError && error.code === "ERR_NO_SUCH_FILE";
        if (!isAway || signal?.aborted === true) throw error;
      }
      await pause(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /**
   * Files that had the name, or were copied from this one and cut off, before anything was read of it: the first of them is
   * what stood there. Were there any?
   */
  private async *rotatedUnread(
    file: GrowingFile,
    why: GrowingPart["why"],
  ): AsyncGenerator<GrowingPart, boolean> {
    // It may lose its name meanwhile, and is read all the same.
    this.known.add(file.id);
    let next = why;
    let hasAny = false;
    for (let isBegun = false; !isBegun;) {
      isBegun = await file.begun();
      for await (const part of this.rotatedMeanwhile(next, file.id)) {
        yield part;
        next = "rotated";
        hasAny = true;
      }
    }
    return hasAny;
  }

  /**
   * Files that had the name while another one was read, and have lost it again. `why`: why the first of them begins.
   * `before`: only those that are older than this file, if it has lost its name too.
   */
  private async *rotatedMeanwhile(
    why: GrowingPart["why"] = "rotated",
    before: string | null = null,
  ): AsyncGenerator<GrowingPart, void, undefined> {
    const { known } = this;
    let next = why;
    for (let failures = 0; failures < LISTS_MAX;) {
      const all = await rotatedOf(this.path);
      const older = all.find(({ id }) => id === before || !known.has(id));
      if (older === undefined || older.id === before) return;
      const opened = await this.opened(older);
      if (opened !== null && (await known.isCopy(opened))) {
        known.add(older.id);
        opened.close();
      } else if (opened !== null) {
        yield* this.openedPart(older, opened, 0, next);
        next = "rotated";
      }
      if (!known.has(older.id)) failures++;
    }
  }

  /** An older file; null = it was renamed once more meanwhile, or cannot be read, which is noted. */
  private async opened(older: RotatedFile): Promise<OpenedFile | null> {
    try {
      return await openRotated(older);
    } catch (error) {
      this.known.add(older.id);
      this.losses.push(`${basename(older.path)} cannot be read: ${TwinError.from(error).message}`);
      return null;
    }
  }

  /** What stands in an older file from a byte on, until it rests. */
  private async *openedPart(
    { id, isPacked }: RotatedFile,
    opened: OpenedFile,
    fromByte: number,
    why: GrowingPart["why"] = "first",
  ): AsyncGenerator<GrowingPart, void, undefined> {
    const { known, options } = this;
    try {
      const asked = { ...options, isOld: true, isWhole: isPacked };
      const file = await GrowingFile.open(opened.path, asked, fromByte);
      try {
        // It may have been renamed between the two.
        if (file.id !== opened.id) return;
        known.add(id);
        known.add(file.id);
        const isStored = fromByte > 0 && fromByte >= opened.size;
        if (!isStored) yield await this.part(why, file);
        known.addRead(file.id, file.place);
      } finally {
        await file.close();
      }
    } finally {
      opened.close();
    }
  }

  /** Where the following begins. */
  private async begin(older: readonly RotatedFile[]): Promise<Beginning> {
    const { fromByteOf, fromByte = 0 } = this.options;
    const itself = { place: older.length, fromByte, opened: null };
    if (fromByteOf === undefined) return itself;
    const from = await fromByteOf(this.path);
    if (from !== null) return { ...itself, fromByte: from };
    for (const [place, each] of [...older.entries()].reverse()) {
      const opened = await this.opened(each);
      const byte = opened === null ? null : await fromByteOf(opened.path);
      if (byte !== null) return { place, fromByte: byte, opened };
      opened?.close();
    }
    const names = older.map((each) => basename(each.path)).join(", ");
    if (names !== "")
      this.losses.push(
        `no older file is read (${names}), because none is known to have been read before: import those that belong to this trace`,
      );
    return { ...itself, fromByte: 0 };
  }
}

const TRUNCATED =
  "no copy of it tells what was written to it between the last look at it and its truncation";
