// Questions that hold whoever answers them for seconds: of a large recording irqtwin's program answers them in a process
// of its own, and the server answers others meanwhile.

import { spawn, type ChildProcess } from "node:child_process";
import { type RecordingFacts, type Timeline } from "../../index.js";
import { Gate, type GateSize } from "./gate.js";

/** To start a process takes longer than to answer about fewer events. */
const EVENTS_MIN = 200_000;

/** Processes that print what a command prints. */
const RUNNING: GateSize = { running: 4, waiting: 8 };

/** What a question is about, and the words of the command line that ask it. */
export interface ApartQuestion {
  /** The timeline. */
  readonly timeline: Timeline;
  /** The recording. */
  readonly recording: RecordingFacts;
  /** The command. */
  readonly command: string;
  /** The values of its options by name; true = it takes none, undefined = it is not given. */
  readonly options: Readonly<Record<string, string | number | true | undefined>>;
  /** Fires when nobody waits for the answer any longer: the process is killed. */
  readonly signal: AbortSignal;
}

type Bytes = Buffer<ArrayBuffer>;

/** A request that is answered apart. */
export interface ApartRequest extends Pick<ApartQuestion, "timeline" | "recording" | "signal"> {
  /** Its path and its query. */
  readonly target: string;
}

/** Processes that answer one question each. */
export class Apart {
  private readonly program: string | undefined;
  private readonly eventsMin: number;
  private readonly stop = new AbortController();
  private readonly gate = new Gate(RUNNING);
  /** Of the processes that run. */
  private readonly ends = new Set<Promise<unknown>>();

  /**
   * `program`: the path of irqtwin's program; undefined = the server answers everything. `eventsMin`: a recording with
   * fewer events is small.
   */
  constructor(program: string | undefined, eventsMin = EVENTS_MIN) {
    this.program = program;
    this.eventsMin = eventsMin;
  }

  /**
   * The lines of JSON that the command prints; null = the server is to answer: the recording is small, or the command
   * failed, which it then does again and says why. Throws ERR_TOO_MANY where too many wait already.
   */
  async lines(question: ApartQuestion): Promise<readonly string[] | null> {
    const { program } = this;
    if (program === undefined || this.isSmall(question.recording)) return null;
    const leave = await this.gate.enter(question.signal);
    try {
      const words = [program, ...wordsOf(question)];
      const text = await this.printed(words, question.signal);
      return text === null ? null : text.toString().split("\n").filter(Boolean);
    } finally {
      leave();
    }
  }

  /**
   * What the program answers to a request; null = the server is to answer, for the same reasons. It waits for no other
   * one: who asks has a gate.
   */
  async answer({ timeline, recording, target, signal }: ApartRequest): Promise<Bytes | null> {
    const { program } = this;
    if (program === undefined || this.isSmall(recording)) return null;
    return this.printed([program, "serve", "--get", target, "--db", timeline.file], signal);
  }

  /** Ends the processes, and waits for their ends: as long as one has the timeline open its log stays beside it. */
  async end(): Promise<void> {
    this.stop.abort();
    await Promise.all(this.ends);
  }

  /** Did it do what was asked? */
  private async ended(child: ChildProcess): Promise<boolean> {
    const end = endOf(child);
    this.ends.add(end);
    try {
      return await end;
    } finally {
      this.ends.delete(end);
    }
  }

  private isSmall({ first_seq, last_seq }: RecordingFacts): boolean {
    return (last_seq ?? 0) - first_seq + 1 < this.eventsMin;
  }

  /** What the program prints; null = it failed. */
  private async printed(words: readonly string[], asked: AbortSignal): Promise<Bytes | null> {
    const signal = AbortSignal.any([asked, this.stop.signal]);
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"], signal });
    const parts: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => parts.push(part));
    const isDone = await this.ended(child);
    // Nobody waits for it: it is not asked again.
    signal.throwIfAborted();
    return isDone ? Buffer.concat(parts) : null;
  }
}

/** Waits for the end of a process; false = it failed, was killed, or could not be started. */
function endOf(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    // An error of a process that was started is that it is being killed: its end comes later.
    child.once("error", () => {
      if (child.pid === undefined) resolve(false);
    });
    child.once("close", (status) => {
      resolve(status === 0);
    });
  });
}

function wordsOf({ timeline, recording, command, options }: ApartQuestion): readonly string[] {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  // With = a value that begins with a dash is a value.
  const words = given.map(([name, value]) =>
    value === true ? `--${name}` : `--${name}=${String(value)}`,
  );
  return [command, "--json", "--db", timeline.file, "--recording", String(recording.id), ...words];
}
