// `--metrics`: the numbers of a following as Prometheus reads them, on loopback alone.

import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { type AddressInfo } from "node:net";
import { TwinError } from "../base/errors.js";
import { type FollowNumbers } from "./follow-meter.js";

/** A metric: its name behind `irqtwin_`, its type, what it says, and where it comes from. */
type Metric = readonly [
  name: string,
  type: "gauge" | "counter",
  help: string,
  of: keyof FollowNumbers,
];

const METRICS: readonly Metric[] = [
  ["events_total", "counter", "Events stored since the command began.", "events"],
  ["read_bytes_total", "counter", "Bytes read since the command began.", "bytes"],
  [
    "events_per_second",
    "gauge",
    "Events stored a second since the last answer that is a second old.",
    "events_per_second",
  ],
  ["lag_seconds", "gauge", "Age of the oldest bytes that are read and not stored.", "lag_seconds"],
  ["irtes", "gauge", "IRTEs that were seen.", "irtes"],
  ["irtes_posted", "gauge", "IRTEs that post to a vCPU.", "posted"],
  ["recording", "gauge", "Number of the recording that grows.", "recording_id"],
];

const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The text of Prometheus' exposition format, version 0.0.4. A number that is not known has no line. */
export function metricsText(numbers: FollowNumbers, findings: number | null): string {
  const known: [Metric, number][] = METRICS.flatMap((metric) => {
    const value = numbers[metric[3]];
    return value === null ? [] : [[metric, value] as [Metric, number]];
  });
  const lines = known.flatMap(([[name, type, help], value]) => linesOf(name, type, help, value));
  const found =
    findings === null ? [] : linesOf("findings", "gauge", "Findings of the last check.", findings);
  return [...lines, ...found, ""].join("\n");
}

function linesOf(name: string, type: string, help: string, value: number): readonly string[] {
  const full = `irqtwin_${name}`;
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, `${full} ${value}`];
}

const PORT_MAX = 65_535;

/**
 * Serves the text at /metrics on loopback; `port` 0 = any that is free. Throws ERR_USAGE where there is no such port,
 * ERR_OUTPUT where it cannot be served.
 */
export async function serveMetrics(port: number, text: () => string): Promise<Server> {
  if (port > PORT_MAX)
    throw new TwinError("ERR_USAGE", `--metrics ${port} is no port: the last one is ${PORT_MAX}`);
  const server = createServer((request, response) => {
    const path = request.url?.split("?")[0];
    const isAsked = path === "/metrics" && ["GET", "HEAD"].includes(request.method ?? "");
    // A page of another site that reaches loopback under its own name is refused.
    if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? ""))
      response.writeHead(403).end("this is for loopback\n");
    else if (!isAsked) response.writeHead(404).end("see /metrics\n");
    else response.writeHead(200, { "content-type": CONTENT_TYPE }).end(text());
  });
  server.unref();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TwinError("ERR_OUTPUT", `--metrics ${port} cannot be served: ${reason}`);
  }
  return server;
}

/** The port that a server listens on. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
