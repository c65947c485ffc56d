// irqtwin demo: the story of one bug, told by the shipped recordings of two kernels. Every line it
// shows is the real output of the command above it.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EXIT } from "../base/errors.js";
import { openTimeline, type LogEntry } from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { Output } from "./output.js";

const BEFORE = "6.16-x-stale-route-removed.txt.gz";
const CRASH = "6.17-x-uaf-crash.txt.gz";
const AFTER = "6.18-x-stale-route-removed.txt.gz";
const DATA = fileURLToPath(new URL("../../data/", import.meta.url));
const MAIN = fileURLToPath(new URL("./main.js", import.meta.url));

export const demo: Command = {
  name: "demo",
  operands: "",
  summary: "build a timeline from shipped traces and show the story",
  details:
    "A VM's GSI loses its route while the IOMMU posts its interrupts: 6.16 goes on posting, 6.18 stops.\n" +
    "6.17 frees an irqfd that is still on a vCPU's ir_list (CVE-2026-23198), and ends in a BUG.",
  options: {
    db: {
      type: "string",
      value: "FILE",
      help: "keep the timeline there (default: a temporary one, removed at the end)",
    },
  },
  examples: ["irqtwin demo", "irqtwin demo --db story.db && irqtwin info --db story.db"],
  run,
};

async function run(args: Arguments): Promise<number> {
  const keep = args.text("db");
  const folder = keep === undefined ? mkdtempSync(join(tmpdir(), "irqtwin-demo-")) : null;
  const db = keep ?? join(folder ?? "", "demo.db");
  try {
    return await tell(db);
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true });
  }
}

async function tell(db: string): Promise<number> {
  const output = new Output();
  const paragraph = (...lines: readonly string[]): void => {
    for (const line of ["", ...lines]) output.line(line);
    output.flush();
  };
  const show = (...argv: readonly string[]): void => {
    paragraph(`$ irqtwin ${argv.map(quoted).join(" ")}`);
    spawnSync(process.execPath, [MAIN, ...argv, "--db", db], { stdio: "inherit" });
  };
  paragraph(
    "Two kernels, one stimulus: user space removes the route of a GSI whose interrupts the IOMMU posts",
    "straight into a vCPU. Recordings of real kernels; each line below is a command's real output.",
  );
  show("import", join(DATA, BEFORE), join(DATA, AFTER));
  const [before, after] = await routeRemovals(db);
  paragraph(
    "Linux 6.16: the GSI has no route any more, and the IRTE is still posted to vm1/vcpu0:",
  );
  show("at", `@${before.seq}`, "--recording", String(before.recording_id));
  paragraph("Linux 6.18, the same moment: the IRTE is remapped, off the vCPU's ir_list:");
  show("at", `@${after.seq}`, "--recording", String(after.recording_id));
  paragraph(
    "Who wrote that IRTE from then on? On 6.16 KVM rewrites it with every load and put, and goes on",
    "after the entry was freed: it writes through a pointer to freed memory.",
  );
  show(
    "log",
    "--recording",
    String(before.recording_id),
    "--irte",
    "00:08.0/0",
    "--since",
    `@${before.seq}`,
    "--reverse",
  );
  paragraph("How long was an interrupt posted without a route, in ticks of the trace's clock?");
  show("query", POSTED_WITHOUT_ROUTE);
  paragraph(
    "The kernel's own rules find that by themselves: each write is explained bit for bit, up to the one",
    "that is undefined; what the invariants say is wrong is a known bug of 6.16, named.",
  );
  show("check", "--recording", String(before.recording_id));
  paragraph(
    "Linux 6.17, another bug: an irqfd deassigned while on a vCPU's list stays there and is freed. The",
    "recording ends in the kernel's BUG; this is the moment that made it inevitable:",
  );
  show("import", join(DATA, CRASH));
  show("explain", "F1");
  return EXIT.ok;
}

const POSTED_WITHOUT_ROUTE = `SELECT r.kernel, i.irte, count(*) AS intervals,
       sum(min(coalesce(i.to_ns, r.last_ns), coalesce(x.to_ns, r.last_ns)) - max(i.from_ns, x.from_ns)) AS ticks
FROM v_irte AS i
JOIN v_route AS x ON x.recording_id = i.recording_id AND x.type = 'none'
  AND i.from_ns < coalesce(x.to_ns, 1e18) AND x.from_ns < coalesce(i.to_ns, 1e18)
JOIN v_recording AS r ON r.recording_id = i.recording_id
WHERE i.mode = 'posted' AND i.valid = 1 AND i.from_seq > x.from_seq
GROUP BY r.kernel, i.irte`;

/** In each recording: the last event of the routing change that took the route away. */
async function routeRemovals(db: string): Promise<readonly [LogEntry, LogEntry]> {
  const timeline = await openTimeline(db, { readonly: true });
  try {
    const [first, second] = timeline.recordings().map(({ id }) => {
      const history = [...timeline.log({ recording: id, reverse: true })];
      const removal = history.find(
        ({ kind, payload }) => kind === "irqfd_routed" && payload["type"] === 0,
      );
      return history.findLast(
        ({ cause_seq }) => cause_seq !== null && cause_seq === removal?.cause_seq,
      );
    });
    if (first === undefined || second === undefined)
      throw new Error("the shipped recordings are not what they were");
    return [first, second];
  } finally {
    timeline.close();
  }
}

function quoted(word: string): string {
  return /^[\w@./:=-]+$/.test(word) ? word.replace(DATA, "data/") : `"${word}"`;
}
