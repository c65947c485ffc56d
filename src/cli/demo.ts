// irqtwin demo: the story of one bug, told by the shipped recordings of two kernels. Every line it
// shows is the real output of the command above it.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EXIT, TwinError } from "../base/errors.js";
import { openTimeline, type LogEntry } from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { Output } from "./output.js";

const BEFORE = "6.16-x-stale-route-removed.txt.gz";
const CRASH = "6.17-x-uaf-crash.txt.gz";
const AFTER = "6.18-x-stale-route-removed.txt.gz";
const DATA = fileURLToPath(new URL("../../data/", import.meta.url));
const MAIN = fileURLToPath(new URL("./main.js", import.meta.url));

/** The command `demo`. */
export const demo: Command = {
  name: "demo",
  json: "a step",
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
  isUnpaged: true,
  run,
};

async function run(args: Arguments): Promise<number> {
  const keep = args.text("db");
  if (keep !== undefined && existsSync(keep))
    throw new TwinError(
      "ERR_EXISTS",
      `${keep} exists: the demo makes a timeline of its own, name another file`,
    );
  const folder = keep === undefined ? mkdtempSync(join(tmpdir(), "irqtwin-demo-")) : null;
  const db = keep ?? join(folder ?? "", "demo.db");
  try {
    return await tell(new Story(db, args.flag("json")), db);
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true });
  }
}

async function tell(story: Story, db: string): Promise<number> {
  story.paragraph(
    "Two kernels, one stimulus: user space removes the route of a GSI whose interrupts the IOMMU posts",
    "straight into a vCPU. Recordings of real kernels; each line below is a command's real output.",
  );
  story.show("import", join(DATA, BEFORE), join(DATA, AFTER));
  const [before, after] = await routeRemovals(db);
  tellRemovals(story, before, after);
  tellWritesAfter(story, before);
  tellFindings(story, before);
  tellCrash(story);
  return EXIT.ok;
}

/**
 * Prints paragraphs, and the real output of commands on the story's timeline; as JSON one object a line, a command
 * with the documents that it prints.
 */
class Story {
  private readonly db: string;
  private readonly isJson: boolean;
  private readonly output = new Output();

  constructor(db: string, isJson: boolean) {
    this.db = db;
    this.isJson = isJson;
  }

  paragraph(...lines: readonly string[]): void {
    if (this.isJson) this.output.json({ text: lines.join(" ") });
    else this.output.lines(["", ...lines]);
    this.output.flush();
  }

  show(...argv: readonly string[]): void {
    const command = `irqtwin ${argv.map(quoted).join(" ")}`;
    if (this.isJson) this.output.json({ command, ...this.documentsOf(argv) });
    else this.paragraph(`$ ${command}`);
    this.output.flush();
    if (!this.isJson)
      spawnSync(process.execPath, [MAIN, ...argv, "--db", this.db], {
        stdio: "inherit",
        // The story is one text: its steps do not wait for a reader each.
        env: { ...process.env, IRQTWIN_PAGER: "" },
      });
  }

  private documentsOf(argv: readonly string[]): { status: number | null; output: unknown[] } {
    const all = [MAIN, ...argv, "--json", "--db", this.db];
    const options = { encoding: "utf8", maxBuffer: OUTPUT_BYTES_MAX } as const;
    const { status, stdout } = spawnSync(process.execPath, all, options);
    const lines = stdout.split("\n").filter((line) => line !== "");
    return { status, output: lines.map((line) => JSON.parse(line) as unknown) };
  }
}

/** More than any command of the story prints. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** The state of both kernels right after the route was removed. */
function tellRemovals(story: Story, before: LogEntry, after: LogEntry): void {
  story.paragraph(
    "Linux 6.16: the GSI has no route any more, and the IRTE is still posted to vm1/vcpu0:",
  );
  story.show("at", `@${before.seq}`, "--recording", String(before.recording_id));
  story.paragraph("Linux 6.18, the same moment: the IRTE is remapped, off the vCPU's ir_list:");
  story.show("at", `@${after.seq}`, "--recording", String(after.recording_id));
}

/** What 6.16 goes on writing, and for how long. */
function tellWritesAfter(story: Story, { recording_id, seq }: LogEntry): void {
  story.paragraph(
    "Who wrote that IRTE from then on? On 6.16 KVM rewrites it with every load and put, and goes on",
    "after the entry was freed: it writes through a pointer to freed memory.",
  );
  const subject = ["--recording", String(recording_id), "--irte", "00:08.0/0"];
  story.show("log", ...subject, "--since", `@${seq}`, "--reverse");
  story.paragraph(
    "How long was an interrupt posted without a route, in ticks of the trace's clock?",
  );
  story.show("query", POSTED_WITHOUT_ROUTE);
}

/** What `check` finds in the recording of 6.16 by itself. */
function tellFindings(story: Story, { recording_id }: LogEntry): void {
  story.paragraph(
    "The kernel's own rules find that by themselves: each write is explained bit for bit, up to the one",
    "that is undefined; what the invariants say is wrong is a known bug of 6.16, named.",
  );
  story.show("check", "--recording", String(recording_id));
}

/** The crash of 6.17. */
function tellCrash(story: Story): void {
  story.paragraph(
    "Linux 6.17, another bug: an irqfd deassigned while on a vCPU's list stays there and is freed. The",
    "recording ends in the kernel's BUG; this is the moment that made it inevitable:",
  );
  story.show("import", join(DATA, CRASH));
  story.show("explain", "F1");
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
      const history = [...timeline.recording(id).log({ reverse: true })];
      const removal = history.find(
        ({ kind, payload }) => kind === "irqfd_routed" && payload.type === 0,
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
