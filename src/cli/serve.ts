// irqtwin serve

import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { EXIT, TwinError } from "../base/errors.js";
import { openTimeline, type OpenOptions, type Timeline } from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { Output, say } from "./output.js";
import { version } from "./version.js";

/** The page, as it is built beside the program. */
const PAGE = fileURLToPath(new URL("./page/", import.meta.url));

/** The program itself. */
const PROGRAM = fileURLToPath(new URL("./main.js", import.meta.url));

/** The recordings that are shipped. */
const SAMPLES = fileURLToPath(new URL("../../data/", import.meta.url));

/** The command `serve`. */
export const serveCommand: Command = {
  name: "serve",
  json: "document",
  operands: "[TRACE...]",
  summary: "a page on the timeline: see it, drag time, find the cause",
  details: [
    "Prints one link, which opens the page once. TRACEs are imported first. It listens on the loopback addresses of this",
    "host alone: from another one, forward the port with ssh -L PORT:127.0.0.1:PORT. Scripts send the header that the",
    "second line names; GET /api/schema.json describes the API. Ctrl-C ends it.",
  ].join("\n"),
  options: {
    port: { type: "string", value: "N", help: "listen at this port (default: a free one)" },
    socket: {
      type: "string",
      value: "PATH",
      help: "listen at a unix socket that only you can use",
    },
    open: { type: "boolean", help: "open the page in the browser (xdg-open)" },
    link: { type: "boolean", help: "print a new link of the server that runs on the timeline" },
    get: {
      type: "string",
      value: "PATH",
      help: "answer one request, such as /api/timeline, and exit",
    },
  },
  examples: [
    "irqtwin serve",
    "irqtwin serve trace.txt.gz --open",
    "irqtwin serve --link",
    "irqtwin serve --get /api/r/1/findings",
    "curl -H @HEADER_FILE http://127.0.0.1:PORT/api/timeline",
  ],
  isUnpaged: true,
  run,
};

async function run(args: Arguments): Promise<number> {
  const { port, socket } = whereOf(args);
  // The server is loaded only where it is needed: other commands start faster without it.
  const server = await import("../serve/index.js");
  if (args.flag("link")) return printLink(args, await server.linkOfRunning(args.db));
  const isNew = !existsSync(args.db);
  const { timeline, writer, close } = await opened(args);
  try {
    await importAll(timeline, args.operands);
    const options = {
      ...{ timeline, writer },
      version: version(),
      page: PAGE,
      samples: SAMPLES,
      program: PROGRAM,
    };
    const path = args.text("get");
    if (path !== undefined) return await printAnswer(await server.answerOnce(options, path));
    const running = await server.serve({ ...options, port, socket });
    tell(args, running);
    if (args.flag("open")) openInBrowser(running.link);
    const status = await ended();
    await running.close();
    return status;
  } finally {
    const isEmpty = timeline.recordings().length === 0;
    await close();
    // A file that nothing was imported into would only be in the way.
    if (isNew && isEmpty) rmSync(args.db, { force: true });
  }
}

function whereOf(args: Arguments): { readonly port?: number; readonly socket?: string } {
  const port = args.count("port");
  const socket = args.text("socket");
  if (port !== undefined && socket !== undefined)
    throw new TwinError("ERR_USAGE", "--port and --socket are two places: name one");
  if (port !== undefined && port > 65_535)
    throw new TwinError("ERR_USAGE", `--port ${port} is no port`);
  return { ...(port === undefined ? {} : { port }), ...(socket === undefined ? {} : { socket }) };
}

/** A timeline that is served. */
interface Opened {
  readonly timeline: Timeline;
  /** Opens it for writing, where it is only read; absent = it can be written, or cannot at all. */
  readonly writer?: () => Promise<Timeline>;
  readonly close: () => Promise<void>;
}

/**
 * A timeline that is there is only read, and its bytes stay as they are, until something is imported or found. One answer
 * imports nothing. Where the file cannot be written the page shows what there is.
 */
async function opened(args: Arguments): Promise<Opened> {
  const isThere = existsSync(args.db) && args.operands.length === 0;
  if (isThere && args.text("get") !== undefined)
    return readFirst(await openTimeline(args.db, { readonly: true }), { derives: true });
  if (isThere && (await isNewest(args.db)))
    return readFirst(await openTimeline(args.db, { readonly: true }), {});
  try {
    return alone(await openTimeline(args.db, { create: true }));
  } catch (error) {
    const isReadOnly = error instanceof TwinError && error.code === "ERR_READONLY";
    if (!isReadOnly || args.operands.length > 0) throw error;
    return alone(await openTimeline(args.db, { readonly: true }));
  }
}

/** Can it be read as it is? One with an older schema is brought up to date. */
async function isNewest(file: string): Promise<boolean> {
  try {
    (await openTimeline(file, { readonly: true })).close();
    return true;
  } catch {
    return false;
  }
}

function alone(timeline: Timeline): Opened {
  const close = (): Promise<void> => {
    timeline.close();
    return Promise.resolve();
  };
  return { timeline, close };
}

/** `options`: how it is opened once something is to be written. */
function readFirst(timeline: Timeline, options: OpenOptions): Opened {
  let written: Promise<Timeline> | null = null;
  const writer = (): Promise<Timeline> => {
    written ??= openTimeline(timeline.file, options);
    written.catch(() => (written = null));
    return written;
  };
  const close = async (): Promise<void> => {
    timeline.close();
    await written?.then(
      (each) => {
        each.close();
      },
      () => undefined,
    );
  };
  return { timeline, writer, close };
}

async function importAll(timeline: Timeline, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const { recording_id, events } = await timeline.import(file, { name: basename(file) });
    const count = Object.values(events).reduce((sum, n) => sum + n, 0);
    say(`${basename(file)}: recording ${recording_id}, ${count} events`);
  }
}

function printLink(args: Arguments, url: string): number {
  const output = new Output();
  if (args.flag("json")) output.json({ url });
  else output.data(url);
  output.flush();
  return EXIT.ok;
}

async function printAnswer(response: Response): Promise<number> {
  process.stdout.write(new Uint8Array(await response.arrayBuffer()));
  if (response.ok) return EXIT.ok;
  process.stdout.write("\n");
  return EXIT.misuse;
}

interface Told {
  readonly link: string;
  readonly url: string;
  readonly socket: string | null;
  readonly header: string;
}

function tell(args: Arguments, { link, url, socket, header }: Told): void {
  const output = new Output();
  if (args.flag("json")) output.json({ url: link, socket, header, pid: process.pid });
  else {
    output.data(link);
    output.flush();
    const at = socket === null ? url : `--unix-socket ${socket} ${url}`;
    say(`scripts: curl -H @${header} ${at}/api/timeline`);
  }
  output.flush();
}

function openInBrowser(link: string): void {
  const child = spawn("xdg-open", [link], { stdio: "ignore", detached: true });
  child.on("error", () => {
    say("note: there is no xdg-open: open the link by hand");
  });
  child.unref();
}

/** SIGINT or SIGTERM came: the status that the command ends with. */
function ended(): Promise<number> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => {
      resolve(EXIT.interrupted);
    });
    process.once("SIGTERM", () => {
      resolve(EXIT.ok);
    });
  });
}
