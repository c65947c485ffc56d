// The server: a timeline behind the loopback addresses of a port, or behind a unix socket.

import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { TwinError } from "../base/errors.js";
import { type Timeline } from "../index.js";
import { appOf } from "./app.js";
import { SECURITY_HEADERS, refuseHost } from "./guard.js";
import { answerOf } from "./api/http-error.js";
import { Apart } from "./api/apart.js";
import { Checks } from "./api/checks.js";
import { newGates } from "./api/gate.js";
import { Imports } from "./api/imports.js";
import { pageFiles } from "./page-files.js";
import { samplesIn } from "./samples.js";
import { routesOf } from "./routes.js";
import { type Served } from "./api/route.js";
import { Session } from "./api/session.js";
import { answerUnreadable } from "./unreadable.js";

/** What is served, and where. */
export interface ServeOptions {
  /** The timeline. */
  readonly timeline: Timeline;
  /**
   * Opens it for imports and for what is found, where `timeline` is only read: the file stays as it is until then. Whoever
   * gives it closes what it opened. Absent = `timeline` takes them.
   */
  readonly writer?: (() => Promise<Timeline>) | undefined;
  /** The version that the API tells. */
  readonly version: string;
  /** The folder with the files of the page. */
  readonly page: string;
  /** The folder with the recordings that irqtwin ships. Absent = there are none. */
  readonly samples?: string | undefined;
  /** The path of irqtwin's program, which checks large recordings in a process of its own. Absent = the server does. */
  readonly program?: string | undefined;
  /** Of a recording with so many events or more a process of its own answers what takes long. Absent = 200,000. */
  readonly apartFrom?: number | undefined;
  /** A port of the loopback addresses; 0 = a free one. Absent = 0. */
  readonly port?: number | undefined;
  /** The path of a unix socket, instead of a port. Absent = it listens at a port. */
  readonly socket?: string | undefined;
}

/** A server that runs. */
export interface RunningServer {
  /** Its address without a path. */
  readonly url: string;
  /** Its secrets. */
  readonly session: Session;
  /** The checks that run in processes of their own. */
  readonly checks: Checks;
  /** The processes that answer what takes long. */
  readonly apart: Apart;
  /** Answers one request as the network would, without it. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Ends all connections and stops listening. */
  readonly close: () => Promise<void>;
}

const HEADER_BYTES_MAX = 16_384;
const HEADERS_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
/** A connection on which nothing comes is ended, unless a whole request waits for its answer. */
const IDLE_MS = 60_000;
const CONNECTIONS_MAX = 256;

/** Makes the application without listening. */
export function servedApp(
  options: ServeOptions,
  url: () => string,
): Pick<RunningServer, "session" | "fetch" | "checks" | "apart"> {
  const { timeline, writer, version, page } = options;
  const session = new Session();
  const samples = options.samples === undefined ? [] : samplesIn(options.samples);
  const checks = new Checks(options.program, undefined, writer);
  const apart = new Apart(options.program, options.apartFrom);
  const imports = new Imports();
  const gates = newGates();
  const served: Served = {
    ...{ timeline, writer, session, imports, checks, apart, gates, samples, url },
  };
  const app = appOf({ served, routes: routesOf(version), files: pageFiles(page) });
  return { session, checks, apart, fetch: async (request) => app.fetch(request) };
}

/** Starts a server. Throws ERR_USAGE if the port or the socket cannot be had. */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  let url = "";
  const { session, checks, apart, fetch } = servedApp(options, () => url);
  const listener = getRequestListener(fetch, { hostname: "localhost" });
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const refusal = refusalOf(request);
    if (refusal === null) {
      waitForAnswer(request, response);
      void listener(request, response);
    } else {
      const { status, body } = answerOf(refusal);
      const headers = { ...SECURITY_HEADERS, "Content-Type": "application/json" };
      response.writeHead(status, { ...headers, Connection: "close" }).end(JSON.stringify(body));
    }
  };
  const servers = await listening(options, answer);
  const [first] = servers;
  const address = first?.address() as AddressInfo | string | null;
  url =
    typeof address === "object" && address !== null
      ? `http://127.0.0.1:${address.port}`
      : "http://localhost";
  return {
    ...{ url, session, checks, apart, fetch },
    close: async () => {
      await Promise.all([checks.end(), apart.end(), ...servers.map(closed)]);
      if (options.socket !== undefined) rmSync(options.socket, { force: true });
    },
  };
}

/** Once a request is there as a whole, its answer may take as long as it takes. */
function waitForAnswer(request: IncomingMessage, response: ServerResponse): void {
  const { socket, method } = request;
  socket.setTimeout(IDLE_MS);
  const wait = (): void => {
    socket.setTimeout(0);
  };
  if (method === "GET" || method === "HEAD") wait();
  else request.once("end", wait);
  response.once("close", () => {
    socket.setTimeout(IDLE_MS);
  });
}

/** Why a request is not even looked at; null = it is. This server is no proxy: a path is asked of it. */
function refusalOf({ url, headers: { host } }: IncomingMessage): unknown {
  try {
    refuseHost({ host });
    return url?.startsWith("/") === true
      ? null
      : new TwinError("ERR_USAGE", "a request names a path, which begins with /");
  } catch (error) {
    return error;
  }
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

async function listening(options: ServeOptions, answer: Listener): Promise<readonly Server[]> {
  const { socket, port = 0 } = options;
  if (socket !== undefined) {
    const server = serverOf(answer);
    // Nobody else may connect, not even before the mode could be changed.
    const mask = process.umask(0o177);
    try {
      await opened(server, { path: socket });
    } finally {
      process.umask(mask);
    }
    return [server];
  }
  const v4 = serverOf(answer);
  await opened(v4, { host: "127.0.0.1", port });
  const v6 = serverOf(answer);
  const taken = (v4.address() as AddressInfo).port;
  // A host without IPv6 has one loopback address.
  const hasV6 = await opened(v6, { host: "::1", port: taken, ipv6Only: true }).then(
    () => true,
    () => false,
  );
  return hasV6 ? [v4, v6] : [v4];
}

function serverOf(answer: Listener): Server {
  const server = createServer({ maxHeaderSize: HEADER_BYTES_MAX }, answer);
  server.on("clientError", answerUnreadable);
  server.headersTimeout = HEADERS_MS;
  // The body of an import may take long; how long nothing may come is the socket's timeout.
  server.requestTimeout = 0;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.timeout = IDLE_MS;
  server.maxConnections = CONNECTIONS_MAX;
  server.maxHeadersCount = 100;
  // Whoever connects has as long for a first line as for all headers, and then its place is another one's.
  server.on("connection", (socket) => socket.setTimeout(HEADERS_MS));
  return server;
}

function opened(
  server: Server,
  where:
    | { readonly path: string }
    | { readonly host: string; readonly port: number; readonly ipv6Only?: boolean },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const at = "path" in where ? where.path : `port ${where.port}`;
      reject(new TwinError("ERR_USAGE", `cannot listen at ${at}: ${error.message}`));
    });
    server.listen(where, resolve);
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
