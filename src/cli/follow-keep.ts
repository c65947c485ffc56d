// `--keep` and `--export`: older parts of a followed trace are exported, if the user wants that, and dropped.

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { TwinError } from "../base/errors.js";
import { type RecordingView, type Timeline } from "../index.js";
import { type Arguments } from "./command.js";

/** How long what is followed is kept. */
export interface Keep {
  /** The span as the user wrote it. */
  readonly span: string;
  /** A part goes when it ended so many seconds ago. */
  readonly seconds: number;
  /** The folder in which a timeline of each part is made before it goes; null = none is. */
  readonly folder: string | null;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
/** A recording ends when it is as old as this part of the span. */
const PARTS = 6;
/** The removal takes a third of the process's time at most. */
const REST = 2;

/** What `--keep` and `--export` say; null = all is kept. Throws ERR_USAGE. */
export function keepOption(args: Arguments): Keep | null {
  const span = args.text("keep");
  const folder = args.text("export") ?? null;
  if (span === undefined) {
    if (folder === null) return null;
    throw new TwinError("ERR_USAGE", "--export makes copies of what --keep drops: give --keep too");
  }
  const [, digits = "", unit = "s"] = /^(\d{1,9})([smhd]?)$/.exec(span) ?? [];
  const seconds = Number(digits) * (SECONDS[unit === "" ? "s" : unit] ?? 0);
  if (digits === "" || seconds === 0)
    throw new TwinError("ERR_USAGE", `--keep ${span} is not a span: write 24h, 90m, 7d or 3600s`);
  return { span, seconds, folder: folder === "" ? null : folder };
}

/** A part of the trace ends when it is so many milliseconds old. */
export function partMs({ seconds }: Keep): number {
  return (seconds * 1000) / PARTS;
}

/** Who is told of what is dropped. */
interface OldPartsListener {
  /** Tells the user. */
  readonly note: (text: string) => void;
  /** A recording is dropped. */
  readonly dropped: () => void;
}

/** Drops the parts of one source that are too old. */
export class OldParts {
  private readonly timeline: Timeline;
  private readonly name: string;
  private readonly keep: Keep;
  private readonly end: AbortSignal;
  private readonly listener: OldPartsListener;
  private running: Promise<void> | null = null;

  /** `name`: of the source. `end`: what is not removed then is left to who writes next. */
  constructor(
    timeline: Timeline,
    name: string,
    keep: Keep,
    end: AbortSignal,
    listener: OldPartsListener,
  ) {
    this.timeline = timeline;
    this.name = name;
    this.keep = keep;
    this.end = end;
    this.listener = listener;
    if (keep.folder !== null) makeFolder(keep.folder);
  }

  /** Drops what is too old now, while other things go on; never fails. */
  readonly look = (): void => {
    this.running ??= this.dropAll()
      .catch((error: unknown) => {
        if (this.end.aborted) return;
        const says = error instanceof Error ? error.message : String(error);
        this.listener.note(`an older part was not dropped, and will be tried again: ${says}`);
      })
      .finally(() => (this.running = null));
  };

  /** Waits for what `look` began. */
  async done(): Promise<void> {
    await this.running;
  }

  private async dropAll(): Promise<void> {
    const { name, keep, timeline } = this;
    const old = timeline
      .recordings()
      .filter(
        ({ part, state, file }) =>
          state === "complete" && file === name && (part?.age_seconds ?? 0) >= keep.seconds,
      );
    for (const recording of old) {
      if (this.end.aborted) return;
      const file = await this.exported(recording);
      const { id } = recording;
      const why = `older than --keep ${keep.span}`;
      const told = file === null ? why : `${why}, exported to ${file}`;
      await timeline.drop(id, { why: told, rest: REST, signal: this.end });
      this.listener.note(`recording ${id} is dropped: ${told}`);
      this.listener.dropped();
    }
  }

  /** Makes a timeline of a part; its path, or null where there is nothing to export. */
  private async exported(recording: RecordingView): Promise<string | null> {
    const { folder } = this.keep;
    if (folder === null || recording.last_seq === null) return null;
    const to = join(folder, `${this.name === "-" ? "stdin" : this.name}-${recording.id}.db`);
    // A file gets its name when it is whole: an earlier run was ended between its export and its drop.
    if (!existsSync(to)) await recording.rewind({ to, signal: this.end });
    return to;
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    throw new TwinError("ERR_USAGE", `--export ${folder} is no folder that can be made: ${says}`);
  }
}
