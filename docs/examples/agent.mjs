// Follows a trace file that grows, and serves the present state: `curl localhost:PORT` gives the document of `at`. It
// may be killed at any time. The file has all there is, so a new agent reads it from the beginning and loses nothing.
// Each agent that is stopped by a signal, and not killed, leaves one recording more: start with a new timeline when it
// has become too large.
//
//   node agent.mjs TRACE TIMELINE PORT

import { open } from "node:fs/promises";
import { createServer } from "node:http";
import { basename } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openTimeline, TwinError } from "irqtwin";

const [trace = "", file = "irqtwin.db", port = "0"] = process.argv.slice(2);
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());

/** The bytes of a file, and those that are appended until the agent is to stop. */
async function* growing(path) {
  const handle = await open(path);
  try {
    for (;;) {
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(1 << 18) });
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      else if (stop.signal.aborted) return;
      else await pause(200, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  } finally {
    await handle.close();
  }
}

const timeline = await openTimeline(file, { create: true });

// An agent that was stopped by a signal has left a complete recording of a shorter file: this one takes its place. What
// an agent that was killed has left is incomplete, and the import removes it.
const before = timeline
  .recordings()
  .findLast((each) => each.state === "complete" && each.file === basename(trace));

// Until the file is read as far as before, what the older recording says is served.
const hasCaughtUp = ({ last_ns }) => BigInt(last_ns ?? 0) >= BigInt(before?.last_ns ?? 0);
let present = before?.id ?? null;
timeline.live().subscribe((update) => {
  if (update.kind === "rolled_back") present = before?.id ?? null;
  else if (update.seq !== null && hasCaughtUp(update.recording)) present = update.recording_id;
});

const server = createServer((_request, response) => {
  response.setHeader("content-type", "application/json");
  if (present === null) return response.writeHead(503).end('{"error":"nothing is read yet"}\n');
  response.end(`${JSON.stringify(timeline.recording(present).at())}\n`);
});
server.listen(Number(port), "127.0.0.1", () => console.log(server.address().port));

try {
  await timeline.import(growing(trace), { name: basename(trace), supersedes: before?.id });
} catch (error) {
  // The file is what it was: the recording that is there already stays the newest.
  if (!(error instanceof TwinError) || error.code !== "ERR_SUPERSEDES") throw error;
} finally {
  server.close();
  timeline.close();
}
