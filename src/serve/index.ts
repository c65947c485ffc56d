// What the command line starts: a server, one answer without a server, and a link of a server that runs.

import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { TwinError } from "../base/errors.js";
import { type Timeline } from "../index.js";
import { newLinkOf } from "./ask-running.js";
import { type Checks } from "./api/checks.js";
import { removeRunFile, runningServer, writeRunFile, type RunFile } from "./run-file.js";
import { keepHeapSmall } from "./small-heap.js";
import { servedApp, startServer, type RunningServer, type ServeOptions } from "./server.js";

/** A server that runs, and how it is reached. */
export interface Serving {
  /** Opens the page once. */
  readonly link: string;
  /** Its address without a path. */
  readonly url: string;
  /** The path of its unix socket; null = it has a port. */
  readonly socket: string | null;
  /** A file with the header that scripts send. */
  readonly header: string;
  /** Ends it. */
  readonly close: () => Promise<void>;
}

/** Serves a timeline until it is closed. */
export async function serve(options: ServeOptions): Promise<Serving> {
  keepHeapSmall();
  const server = await startServer(options);
  const { url, session } = server;
  const socket = options.socket ?? null;
  const { pid } = process;
  const { bearer } = session;
  const paths = await runFileOf(server, options.timeline.file, { url, socket, pid, bearer });
  const stop = new AbortController();
  void prepare(options.timeline, server.checks, stop.signal);
  return {
    ...{ link: `${url}/?token=${session.newLink()}`, url, socket, header: paths.header },
    close: async () => {
      stop.abort();
      removeRunFile(paths, bearer);
      await server.close();
    },
  };
}

/** Writes what says where the server is. Where that cannot be written nobody could reach it: it ends. */
async function runFileOf(
  server: RunningServer,
  timeline: string,
  file: RunFile,
): Promise<ReturnType<typeof writeRunFile>> {
  try {
    return writeRunFile(timeline, file);
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** A page that is opened sooner asks for findings itself, when its lanes are drawn. */
const PICTURE_FIRST_MS = 10_000;

/**
 * Reads what the page asks for first, before it does: the lanes of the newest recording, and its findings. What cannot be
 * read is said to who asks for it.
 */
async function prepare(timeline: Timeline, checks: Checks, signal: AbortSignal): Promise<void> {
  try {
    const newest = timeline.recordings().findLast(({ state }) => state === "complete");
    if (newest === undefined) return;
    await newest.lanes({ quick: true, signal });
    // Whoever opens the page at once sees the lanes before findings are read.
    await setTimeout(PICTURE_FIRST_MS, undefined, { signal, ref: false });
    await checks.ready(timeline, newest, signal);
    await newest.report({ signal });
  } catch {
    return;
  }
}

/** A new link of the server that runs on a timeline. Throws ERR_USAGE if none runs, ERR_NO_TIMELINE if it does not exist. */
export async function linkOfRunning(timeline: string): Promise<string> {
  if (!existsSync(timeline))
    throw new TwinError("ERR_NO_TIMELINE", `${timeline} does not exist, so no server runs on it`);
  const file = runningServer(timeline);
  if (file === null)
    throw new TwinError(
      "ERR_USAGE",
      `no server runs on ${timeline}: start one with \`irqtwin serve\``,
    );
  return newLinkOf(file);
}

/** Answers one GET request without listening, and without other processes: this one has nothing else to do. */
export async function answerOnce(options: ServeOptions, path: string): Promise<Response> {
  if (!path.startsWith("/"))
    throw new TwinError("ERR_USAGE", `--get ${path} is no path: it begins with /`);
  const { session, fetch } = servedApp(
    { ...options, program: undefined },
    () => "http://localhost",
  );
  const headers = { Authorization: `Bearer ${session.bearer}`, Host: "localhost" };
  return fetch(new Request(`http://localhost${path}`, { headers }));
}
