// A thread that owns a connection of its own and runs transactions that it is given as lists of statements, one at a time.
// Whoever gives one goes on, and waits for its end before it gives the next: so at most one is under way.

import {
  MessageChannel,
  receiveMessageOnPort,
  Worker,
  type MessagePort,
} from "node:worker_threads";
import { driverPath } from "./driver.js";
import { type Attachable } from "./page-file.js";
import { type Value } from "./writes.js";

/** The thread runs something. Else it waits. */
const BUSY = 1;
const IDLE = 0;
/** Where the two words of its flag stand: BUSY or IDLE, and whether what is under way is wanted no more. */
const STATE = 0;
const GIVEN_UP = 1;
/** It takes less than a tenth of a second to start. */
const START_MS = 10_000;
/** A transaction waits half a minute for the lock of another process, and takes less than a second. */
const TASK_MS = 600_000;

/** Where the thread keeps what a transaction is bound to. */
const YOUNG_MB = 4;

/** One statement: its text, what it is run with, and whether it must change a row. */
export interface Statement {
  /** Its text. */
  readonly sql: string;
  /** What it is bound to. */
  readonly values: readonly Value[];
  /** The error where it changes no row; absent = it may. */
  readonly ifNone?: () => Error;
}

/** What the connection of the thread is. */
export interface ThreadConnection {
  /** The path of the timeline. */
  readonly file: string;
  /** What is set on it, as PRAGMA takes it. */
  readonly pragmas: readonly string[];
  /** What else it attaches. */
  readonly attached: readonly Attachable[];
}

/** What the thread answers: nothing went wrong, SQLite's error, or the place of a statement that changed no row. */
interface Answer {
  readonly error?: { readonly message: string; readonly code: string };
  readonly none?: number;
}

/** A statement as the thread gets it: its number, what it is run with, 1 = it must change a row. */
type Step = readonly [number: number, values: readonly Value[], isOwn: 0 | 1];

/** Runs in the thread. A text, because a bundle has no other file to load. */
const PROGRAM = `
const { port, flag, module } = require("node:worker_threads").workerData;
let sqlite = null;
const texts = [];
const statements = [];
// A statement is prepared where it stands: one that makes a trigger cannot be before the old one is dropped.
const prepared = (number) => (statements[number] ??= sqlite.prepare(texts[number]));
class None extends Error {}
const tasks = {
  open({ file, pragmas, attached }) {
    sqlite = new (require(module))(file, { fileMustExist: true });
    for (const pragma of pragmas) sqlite.pragma(pragma);
    for (const { path, schema } of attached) {
      sqlite.prepare("ATTACH ? AS " + schema).run(path);
      // Each page of it is read once.
      sqlite.pragma(schema + ".cache_size = 1");
    }
  },
  write({ fresh, steps }) {
    texts.push(...fresh);
    sqlite.transaction(() => {
      steps.forEach(([number, values, isOwn], at) => {
        if (Atomics.load(flag, ${GIVEN_UP}) === 1) throw new Error("given up");
        const { changes } = prepared(number).run(...values);
        if (isOwn === 1 && changes === 0) throw Object.assign(new None(), { at });
      });
    }).immediate();
  },
  close() {
    sqlite?.close();
    port.close();
  },
};
port.on("message", ({ task, ...given }) => {
  const answer = {};
  try {
    tasks[task](given);
  } catch (error) {
    if (error instanceof None) answer.none = error.at;
    else answer.error = { message: String(error.message), code: String(error.code) };
  }
  if (task !== "close") port.postMessage(answer);
  Atomics.store(flag, ${STATE}, ${IDLE});
  Atomics.notify(flag, ${STATE});
});
`;

/** The thread. It keeps no process alive. */
export class WriterThread {
  private readonly worker: Worker;
  private readonly port: MessagePort;
  /** It did not answer in time: nobody waits for it any more. */
  private isLost = false;
  private readonly flag = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  private readonly numbers = new Map<string, number>();
  /** The errors of statements that are under way, by their places, where they change no row. */
  private errors = new Map<number, () => Error>();

  /** Starts it. */
  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const module = driverPath();
    this.worker = new Worker(PROGRAM, {
      eval: true,
      // Options of the process, such as a loader's, are none of its business.
      execArgv: [],
      // It keeps nothing of a transaction, so the next one has its room.
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      workerData: { port: port2, flag: this.flag, module },
      transferList: [port2],
    });
    this.worker.unref();
    port1.unref();
    // What fails is told by the answers, or by none in time.
    this.worker.on("error", () => undefined);
  }

  /**
   * Opens its connection, and waits until it is open. Throws what SQLite throws, and when the thread has not answered after
   * so many milliseconds.
   */
  open(connection: ThreadConnection, limitMs = START_MS): void {
    this.post("open", connection);
    this.settle(limitMs);
  }

  /** Is a transaction under way? */
  get isBusy(): boolean {
    return Atomics.load(this.flag, STATE) === BUSY;
  }

  /** Gives it the statements of a transaction. None is under way. */
  write(statements: readonly Statement[]): void {
    const fresh: string[] = [];
    const steps = statements.map(({ sql, values, ifNone }): Step => {
      const known = this.numbers.get(sql);
      if (known === undefined) fresh.push(sql);
      const number = known ?? this.numbers.size;
      this.numbers.set(sql, number);
      return [number, values, ifNone === undefined ? 0 : 1];
    });
    this.errors = new Map(
      statements.flatMap(({ ifNone }, at) => (ifNone === undefined ? [] : [[at, ifNone]])),
    );
    this.post("write", { fresh, steps });
  }

  /** Waits until nothing is under way. Throws, once, why what was under way was rolled back. */
  settle(limitMs = TASK_MS): void {
    this.isLost ||= Atomics.wait(this.flag, STATE, BUSY, limitMs) === "timed-out";
    if (this.isLost) throw new Error("the thread that writes the timeline does not answer");
    const received = receiveMessageOnPort(this.port) as { readonly message: Answer } | undefined;
    const { none, error } = received?.message ?? {};
    if (none !== undefined) throw this.errors.get(none)?.() ?? new Error("a row is gone");
    if (error !== undefined) throw Object.assign(new Error(error.message), { code: error.code });
  }

  /** What is under way is wanted no more: it is rolled back after its present statement, unless that is its last one. */
  giveUp(): void {
    Atomics.store(this.flag, GIVEN_UP, 1);
  }

  /**
   * Closes its connection, and waits until it is closed. What is under way ends first; how, is not told. One that did not
   * answer in time is given up.
   */
  close(): void {
    if (!this.isLost) {
      Atomics.wait(this.flag, STATE, BUSY, TASK_MS);
      this.post("close", {});
      Atomics.wait(this.flag, STATE, BUSY, START_MS);
    }
    void this.worker.terminate();
  }

  private post(task: string, given: object): void {
    Atomics.store(this.flag, STATE, BUSY);
    this.port.postMessage({ task, ...given });
  }
}
