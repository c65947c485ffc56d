// SQLite's own checks of a whole file. Each is one statement that cannot be interrupted where it runs, so for those who
// must not wait it runs on a thread of its own.

import { driverPath } from "../store/driver.js";
import { Worker } from "node:worker_threads";
import type Database from "better-sqlite3";
import { aborted } from "../../base/abort.js";

/** The checks, and the statements that make them. */
const PRAGMAS = {
  integrity_check: "main.integrity_check(20)",
  foreign_key_check: "main.foreign_key_check",
} as const;

/** The name of one of the checks. */
export type PragmaName = keyof typeof PRAGMAS;

/** Gives the rows of a check; throws what SQLite throws. */
export type PragmaRows = (name: PragmaName) => unknown;

/** The checks on this thread, each when it is asked for. */
export function pragmasOf(sqlite: Database.Database): PragmaRows {
  return (name) => sqlite.pragma(PRAGMAS[name]);
}

/** What a check gave: its rows, or the message and code of an error; and how long it took. */
interface Outcome {
  readonly rows?: unknown;
  readonly error?: { readonly message: string; readonly code: string };
  readonly seconds: number;
}

/** The checks of a file that were made on another thread. */
export interface PragmasMade {
  /** What the checks answered. */
  readonly rows: PragmaRows;
  /** How long one took. */
  readonly seconds: (name: PragmaName) => number;
}

/** Runs in the other thread. A text, because a bundle has no other file to load. */
const PROGRAM = `
const { parentPort, workerData } = require("node:worker_threads");
const Database = require(workerData.module);
const sqlite = new Database(workerData.file, { readonly: true, fileMustExist: true });
const outcomes = {};
for (const [name, pragma] of Object.entries(workerData.pragmas)) {
  const began = performance.now();
  const outcome = {};
  try {
    outcome.rows = sqlite.pragma(pragma);
  } catch (error) {
    outcome.error = { message: String(error.message), code: String(error.code) };
  }
  outcome.seconds = (performance.now() - began) / 1000;
  outcomes[name] = outcome;
}
sqlite.close();
parentPort.postMessage(outcomes);
`;

/** Makes the checks of a file on a thread of their own. Throws ERR_ABORTED soon after the signal fires. */
export function pragmasBeside(file: string, signal?: AbortSignal): Promise<PragmasMade> {
  const module = driverPath();
  const worker = new Worker(PROGRAM, {
    eval: true,
    workerData: { module, file, pragmas: PRAGMAS },
  });
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      // A statement under way goes on, and ends unheard.
      worker.unref();
      void worker.terminate();
      if (signal !== undefined) reject(aborted(signal));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    worker.once("message", (outcomes: Readonly<Record<PragmaName, Outcome>>) => {
      resolve(made(outcomes));
    });
    worker.once("error", reject);
    worker.once("exit", () => {
      signal?.removeEventListener("abort", onAbort);
      reject(new Error("the thread of SQLite's checks ended without an answer"));
    });
  });
}

function made(outcomes: Readonly<Record<PragmaName, Outcome>>): PragmasMade {
  return {
    rows: (name) => {
      const { rows, error } = outcomes[name];
      if (error !== undefined) throw Object.assign(new Error(error.message), { code: error.code });
      return rows;
    },
    seconds: (name) => outcomes[name].seconds,
  };
}
