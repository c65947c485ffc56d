// `irqtwin follow` and a writer of its file: the writer is slower or faster than the reader, rotates and truncates; the
// reader is ended or killed at moments that a seed decides, and started anew. What each file held is known, so what
// was stored can be compared with it.

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  cpSync,
  existsSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { valueOf } from "../support/content.js";
import { MAIN } from "../support/irqtwin.js";

/** What happens at the end of a part, and how the reader of the part fared. */
export interface FollowedPart {
  /** All that the part held. */
  readonly text: string;
  /** How the part ended. */
  readonly end: "rotated" | "compressed" | "truncated" | "copied" | "ended";
  /** How often the reader was killed in it. */
  readonly kills: number;
  /** How often it was ended by a signal in it, and began again. */
  readonly resumes: number;
}

/** What is followed, and by what the moments are decided. */
export interface CliSoak {
  /** The file that is written. */
  readonly file: string;
  /** The timeline that it is followed into. */
  readonly db: string;
  /** Lines of a recording; each part has some of them. */
  readonly lines: readonly string[];
  /** How many parts are written. */
  readonly parts: number;
  /**
   * Files are rotated as logrotate does it, with what was rotated before: `compressed` = the reader may not have begun
   * with it, and `copied` = it is truncated behind its copy, while lines may be unread. Absent = false.
   */
  readonly isCompressed?: boolean;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
}

const WAIT_MS = 60_000;
/** A file of which no event is stored is not known again; so many lines have some. */
const EVENTS_BEGIN = 200;
/** What compresses a file, and how its name ends then. */
const SUFFIXES = { gzip: ".gz", xz: ".xz", zstd: ".zst" };

/** Writes all parts, with a reader that follows them, and returns what they were. */
export async function followCli(soak: CliSoak): Promise<readonly FollowedPart[]> {
  const { file, parts } = soak;
  const run = new CliRun(soak);
  const done: FollowedPart[] = [];
  writeFileSync(file, "");
  try {
    await run.start();
    for (let nth = 0; nth < parts; nth++) done.push(await run.part(nth));
    return done;
  } finally {
    run.kill();
  }
}

class CliRun {
  private readonly soak: CliSoak;
  private reader: ChildProcess | null = null;
  private written = "";
  /** The part that is written, from 0. */
  private nth = 0;

  constructor(soak: CliSoak) {
    this.soak = soak;
  }

  async start(): Promise<void> {
    const { file, db } = this.soak;
    const reader = spawn(process.execPath, [MAIN, "follow", file, "--db", db], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    reader.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    reader.on("exit", (code) => {
      if (code !== null && code !== 0) console.log(`follow ended with ${code}: ${said}`);
    });
    this.reader = reader;
    // Before it has its signal handlers, a signal would end it as it ends any process.
    await until(() => existsSync(db), "the timeline is there");
    await sleep(300);
  }

  kill(): void {
    this.reader?.kill("SIGKILL");
  }

  async part(nth: number): Promise<FollowedPart> {
    const { lines, parts, random } = this.soak;
    const header = lines.filter((line) => line.startsWith("#"));
    const from = header.length + Math.floor(random() * lines.length * 0.6);
    // No two parts have the same bytes, since the same bytes are one recording.
    const own = [...header, `# part ${nth}`, ...lines.slice(from, from + 500 + random() * 9000)];
    const count = { kills: 0, resumes: 0 };
    const isFast = random() < 0.5;
    const pieces = isFast ? 4 : 20;
    this.written = "";
    this.nth = nth;
    const text = `${own.join("\n")}\n`;
    for (let at = 0; at < text.length;) {
      const to = at + Math.ceil((random() * 2 * text.length) / pieces);
      appendFileSync(this.soak.file, text.slice(at, to), "latin1");
      this.written += text.slice(at, to);
      at = to;
      await sleep(isFast ? 0 : random() * 120);
      await this.disturb(count);
    }
    const end = nth === parts - 1 ? "ended" : this.howItEnds();
    await this.end(end, nth);
    return { text, end, ...count };
  }

  /** Kills the reader, or ends it, now and then; it begins again at once. */
  private async disturb(count: { kills: number; resumes: number }): Promise<void> {
    const { random } = this.soak;
    const which = random();
    if (which < 0.06) {
      count.kills++;
      await this.stop("SIGKILL");
      await this.start();
    } else if (which < 0.1 && this.written.includes("\n")) {
      await this.untilStored(lastLines(this.written));
      count.resumes++;
      await this.stop("SIGTERM");
      await this.start();
    }
  }

  private howItEnds(): FollowedPart["end"] {
    const { random, isCompressed = false } = this.soak;
    const [one, other] = isCompressed
      ? (["compressed", "copied"] as const)
      : (["rotated", "truncated"] as const);
    return random() < 0.5 ? one : other;
  }

  /** As logrotate does it without delaycompress, at once. */
  private rotate(isCopied: boolean): void {
    const { file, random } = this.soak;
    for (let nth = 20; nth > 0; nth--)
      for (const suffix of Object.values(SUFFIXES))
        if (existsSync(`${file}.${nth}${suffix}`))
          renameSync(`${file}.${nth}${suffix}`, `${file}.${nth + 1}${suffix}`);
    if (isCopied) {
      cpSync(file, `${file}.1`);
      truncateSync(file, 0);
    } else {
      renameSync(file, `${file}.1`);
      writeFileSync(file, "");
    }
    const programs = Object.keys(SUFFIXES);
    const program = programs[Math.floor(random() * programs.length)] ?? "gzip";
    execFileSync(program, ["-q", `${file}.1`]);
    rmSync(`${file}.1`, { force: true });
  }

  /** Lines that are written to a file without a name can be read; those of one that was truncated cannot. */
  private async end(end: FollowedPart["end"], nth: number): Promise<void> {
    const { file, random } = this.soak;
    if (end === "compressed" || end === "copied") {
      // What was never begun is known to be behind another file, or has to be begun.
      const isBegun = nth > 0 && end === "compressed";
      if (!isBegun) await this.untilStored(EVENTS_BEGIN);
      const isAway = random() < 0.5;
      if (isAway) await this.stop(random() < 0.5 ? "SIGKILL" : "SIGTERM");
      this.rotate(end === "copied");
      if (isAway) await this.start();
      return;
    }
    // A reader that has just begun must have opened this file before another one gets its name.
    await this.untilStored(end === "rotated" ? 1 : lastLines(this.written));
    if (end === "truncated") truncateSync(file, 0);
    else if (end === "rotated") {
      renameSync(file, `${file}.1`);
      writeFileSync(file, "");
    } else await this.stop("SIGTERM");
    if (end !== "ended") await this.untilComplete();
  }

  private async stop(signal: NodeJS.Signals): Promise<void> {
    const { reader } = this;
    if (reader?.exitCode !== null || reader.signalCode !== null) return;
    const closed = once(reader, "exit");
    reader.kill(signal);
    await closed;
  }

  /** Until so many lines of this part are stored: the reader may be behind by some parts. */
  private untilStored(lines: number): Promise<void> {
    const { db } = this.soak;
    const pid = this.reader?.pid ?? 0;
    const sql = `SELECT lines_total FROM recording WHERE importer LIKE '%:${pid}:%'
      AND (SELECT count(*) FROM recording WHERE id NOT IN
        (SELECT supersedes FROM recording WHERE supersedes IS NOT NULL)) > ${this.nth}
      ORDER BY id DESC`;
    return until(() => Number(askedOf(db, sql) ?? 0) >= lines, `${lines} lines are stored`);
  }

  private untilComplete(): Promise<void> {
    const { db } = this.soak;
    const sql = "SELECT state FROM recording ORDER BY id DESC";
    return until(() => askedOf(db, sql) === "complete", "the part is complete");
  }
}

function lastLines(text: string): number {
  return text.split("\n").length - 1;
}

/** The first value of a query; null = the file is just being made. */
function askedOf(db: string, sql: string): unknown {
  try {
    return valueOf(db, sql);
  } catch {
    return null;
  }
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const began = performance.now(); performance.now() - began < WAIT_MS;) {
    if (holds()) return;
    await sleep(25);
  }
  throw new Error(`waited in vain until ${what}`);
}
