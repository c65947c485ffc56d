// A server for tests: it listens at a free port of the loopback address, or answers without a network.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { openTimeline, type Timeline } from "../../src/index.js";
import { startServer, type RunningServer } from "../../src/serve/server.js";
import { shippedPath } from "../support/shipped.js";
import { type Scratch } from "../support/scratch.js";

export const PAGE_TEXT = "<!doctype html><title>irqtwin</title><script src=page.js></script>";

const SAMPLES = fileURLToPath(new URL("../../data/", import.meta.url));

export interface Served extends RunningServer {
  readonly timeline: Timeline;
  /** The path of the timeline. */
  readonly db: string;
  /** Asks with the bearer token. */
  readonly ask: (path: string, options?: RequestInit) => Promise<Response>;
  /** The JSON document of a path. */
  readonly json: (path: string, options?: RequestInit) => Promise<unknown>;
}

/** Serves these recordings. It ends when the tests of the file have run. */
export async function served(scratch: Scratch, ...recordings: readonly string[]): Promise<Served> {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  for (const name of recordings) await timeline.import(shippedPath(name));
  const page = scratch.path(".page");
  mkdirSync(page);
  writeFileSync(join(page, "index.html"), PAGE_TEXT);
  writeFileSync(join(page, "page.js"), "document.title = 'irqtwin';");
  writeFileSync(join(page, "secret.db"), "not for anybody");
  const server = await startServer({ timeline, version: "1.2.3", page, samples: SAMPLES });
  afterAll(async () => {
    await server.close();
    timeline.close();
  });
  const ask: Served["ask"] = (path, options = {}) => {
    const headers = new Headers(options.headers);
    headers.set("Authorization", `Bearer ${server.session.bearer}`);
    return fetch(`${server.url}${path}`, { ...options, headers });
  };
  const json: Served["json"] = async (path, options) => (await ask(path, options)).json();
  return { ...server, timeline, db, ask, json };
}
