// `follow`: a trace that another program still writes.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  appendFileSync,
  createWriteStream,
  existsSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { EXIT } from "../../src/index.js";
import { rowsOf, valueOf } from "../support/content.js";
import { importedText } from "../support/imported.js";
import { ended, irqtwin, MAIN } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines } from "../support/shipped.js";

const scratch = new Scratch();
const children: ChildProcess[] = [];
const all = shippedLines("6.17-x-uaf-crash").map((line) => `${line}\n`);
const lines = all.slice(0, 3000);

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

interface Following {
  readonly child: ChildProcess;
  readonly said: { stdout: string; stderr: string };
}

function start(command: string, db: string, ...args: readonly string[]): Following {
  const child = spawn(process.execPath, [MAIN, command, ...args, "--db", db]);
  children.push(child);
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
  return { child, said };
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let looks = 0; looks < 1200; looks++) {
    if (holds()) return;
    await sleep(50);
  }
  throw new Error(`waited in vain until ${what}`);
}

/** Waits until so many lines of the newest recording are stored. */
function untilStored(db: string, count: number): Promise<void> {
  return until(() => {
    try {
      const sql =
        "SELECT max(line) FROM event WHERE recording_id = (SELECT max(id) FROM recording)";
      return Number(valueOf(db, sql) ?? 0) > count - 100;
    } catch {
      // The file is not made yet.
      return false;
    }
  }, `${count} lines are stored`);
}

/** Waits until a process follows: before that a signal ends it as it ends any process. */
function untilTaken(db: string, { pid = 0 }: ChildProcess): Promise<void> {
  return until(
    () => String(valueOf(db, "SELECT max(importer) FROM recording")).includes(`:${pid}:`),
    "the import is taken up",
  );
}

async function endedBy(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  expect(await ended(child)).toBe(EXIT.ok);
}

/** The events of lines that are imported at once, as those of recording `id` are. */
async function expectWhole(db: string, id: number, text: string): Promise<void> {
  const whole = await importedText(scratch.path(".db"), text);
  const eventsOf = (file: string, recording: number): unknown[] =>
    rowsOf(
      file,
      `SELECT line, time_ns, kind, cause, irte, vcpu_id FROM v_event WHERE recording_id = ${recording} ORDER BY seq`,
    );
  expect(eventsOf(db, id)).toEqual(eventsOf(whole, 1));
  expect(irqtwin(["verify", "--db", db]).status).toBe(EXIT.ok);
}

/** The findings in JSON Lines. */
function fingerprintsIn(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line.includes('"fingerprint"'))
    .map((line) => (JSON.parse(line) as { fingerprint: string }).fingerprint);
}

/** The findings of one check of the whole. */
function fingerprintsOf(db: string): string[] {
  const report = JSON.parse(irqtwin(["check", "--db", db, "--json"]).stdout) as {
    findings: { fingerprint: string }[];
  };
  return report.findings.map(({ fingerprint }) => fingerprint);
}

function append(file: string, part: readonly string[]): void {
  appendFileSync(file, part.join(""), "latin1");
}

describe("a file that grows", () => {
  test("is stored as it comes, and is a complete recording after Ctrl-C; run again, it goes on", async () => {
    const db = scratch.path(".db");
    const file = scratch.file(".txt", "");
    const first = start("follow", db, file);
    append(file, lines.slice(0, 1000));
    await untilStored(db, 1000);
    append(file, lines.slice(1000, 2000));
    // Half a line stands in the file when the signal comes: it belongs to the next run.
    append(file, [(lines[2000] ?? "").slice(0, 20)]);
    await untilStored(db, 2000);
    await endedBy(first.child, "SIGINT");
    expect(first.said.stdout).toContain("2000 lines: ");
    await expectWhole(db, 1, lines.slice(0, 2000).join(""));

    append(file, [(lines[2000] ?? "").slice(20), ...lines.slice(2001)]);
    const second = start("follow", db, file);
    await untilTaken(db, second.child);
    await untilStored(db, 3000);
    await endedBy(second.child, "SIGTERM");
    expect(second.said.stdout).toContain("recording 2, supersedes 1");
    await expectWhole(db, 2, lines.join(""));

    const third = start("follow", db, file);
    await untilTaken(db, third.child);
    await endedBy(third.child, "SIGINT");
    expect(third.said.stderr).toContain("nothing new came");
    expect(rowsOf(db, "SELECT id, state FROM recording")).toEqual([
      [1n, "complete"],
      [2n, "complete"],
    ]);
  });

  test("that is rotated or truncated is a recording for each beginning", async () => {
    const db = scratch.path(".db");
    const file = scratch.file(".txt", lines.slice(0, 1000).join(""));
    const { child, said } = start("follow", db, file);
    await untilStored(db, 1000);
    renameSync(file, `${file}.1`);
    // The writer goes on with the old file until it is told.
    append(`${file}.1`, lines.slice(1000, 1500));
    writeFileSync(file, lines.slice(0, 500).join(""), "latin1");
    await until(() => said.stderr.includes("another file has its name now"), "it is rotated");
    await until(() => valueOf(db, "SELECT max(id) FROM recording") === 2n, "recording 2 begins");
    await untilStored(db, 500);
    // Longer than what was read, with other lines at the end of that.
    const anew = [...lines.slice(0, 12), ...lines.slice(300, 1000)];
    writeFileSync(file, anew.join(""), "latin1");
    await until(() => said.stderr.includes("it begins anew"), "it is truncated");
    await untilStored(db, 712);
    await endedBy(child, "SIGINT");
    await expectWhole(db, 1, lines.slice(0, 1500).join(""));
    await expectWhole(db, 2, lines.slice(0, 500).join(""));
    await expectWhole(db, 3, anew.join(""));
  });

  test("that was killed goes on, and stores nothing twice", async () => {
    const db = scratch.path(".db");
    const file = scratch.file(".txt", "");
    for (let at = 0; at < 3000; at += 750) {
      const { child } = start("follow", db, file);
      append(file, lines.slice(at, at + 750));
      await untilStored(db, at + 750);
      child.kill("SIGKILL");
      await ended(child);
    }
    const { child } = start("follow", db, file);
    await untilTaken(db, child);
    await untilStored(db, 3000);
    await endedBy(child, "SIGINT");
    expect(rowsOf(db, "SELECT count(*) FROM recording")).toEqual([[1n]]);
    await expectWhole(db, Number(valueOf(db, "SELECT id FROM recording")), lines.join(""));
  });
});

/** A FIFO and who follows it. */
function startFifo(db: string): Following & { readonly fifo: string } {
  const fifo = scratch.path(".fifo");
  spawnSync("mkfifo", [fifo]);
  return { ...start("follow", db, fifo), fifo };
}

test("a FIFO is followed until its writer ends", async () => {
  const db = scratch.path(".db");
  const { child, said, fifo } = startFifo(db);
  const writer = createWriteStream(fifo);
  writer.end(lines.join(""), "latin1");
  expect(await ended(child)).toBe(EXIT.ok);
  expect(said.stdout).toContain("recording 1");
  await expectWhole(db, 1, lines.join(""));
});

test.each(["follow", "import"])(
  "Ctrl-C ends the %s of a FIFO that nobody writes",
  async (command) => {
    const fifo = scratch.path(".fifo");
    spawnSync("mkfifo", [fifo]);
    const { child, said } = start(
      command,
      scratch.path(".db"),
      fifo,
      ...(command === "follow" ? ["--metrics", "0"] : []),
    );
    // The one says when it listens to signals, the other one has nothing to say: it is given a while.
    if (command === "follow") await until(() => said.stderr.includes("metrics:"), "it follows");
    else await sleep(1500);
    child.kill("SIGINT");
    const isOver = ended(child).then(() => true);
    expect(await Promise.race([isOver, sleep(30_000, false)])).toBe(true);
  },
  60_000,
);

test("a FIFO is followed over writers that come one after the other, as those of a shell's loop", async () => {
  const db = scratch.path(".db");
  const { child, fifo } = startFifo(db);
  const text = lines.slice(0, 1000).join("");
  const trace = scratch.file(".txt", text);
  const loop = 'while IFS= read -r line; do echo "$line" > "$0"; done < "$1"';
  // A writer of a FIFO that nobody reads any more waits for ever.
  expect(spawnSync("bash", ["-c", loop, fifo, trace], { timeout: 60_000 }).status).toBe(0);
  expect(await ended(child)).toBe(EXIT.ok);
  await expectWhole(db, 1, text);
});

test("a line that should parse and does not is kept, and makes the exit status that of an import", () => {
  const db = scratch.path(".db");
  const text = lines.slice(0, 1000).join("").replace("devid=", "devid=?");
  const { status, stderr } = irqtwin(["follow", "-", "--db", db], {
    input: Buffer.from(text, "latin1"),
  });
  expect(status).toBe(EXIT.damaged);
  expect(stderr).toContain("warning: 1 lines of - should parse and do not");
  expect(rowsOf(db, "SELECT count(*) FROM rejected_line")).toEqual([[1n]]);
});

test("findings are told once as they arise, and a command runs for each", async () => {
  const db = scratch.path(".db");
  const file = scratch.file(".txt", lines.slice(0, 1500).join(""));
  const seen = scratch.path(".jsonl");
  const following = start("follow", db, file, "--findings", "--json", "--exec", `cat >> ${seen}`);
  await untilStored(db, 1500);
  const checking = start("check", db, "--follow", "--json");
  append(file, all.slice(1500));
  await until(() => checking.said.stdout.split("\n").length > 4, "check tells four findings");
  await until(() => following.said.stdout.split("\n").length > 4, "follow tells them");
  await endedBy(following.child, "SIGINT");
  expect(await ended(checking.child)).toBe(EXIT.found);
  const expected = fingerprintsOf(db);
  expect(expected.length).toBe(4);
  expect(fingerprintsIn(checking.said.stdout)).toEqual(expected);
  expect(fingerprintsIn(following.said.stdout)).toEqual(expected);
  expect(fingerprintsIn(readFileSync(seen, "utf8"))).toEqual(expected);
});

test("findings of a recording that a killed process began are told by the next one", async () => {
  const db = scratch.path(".db");
  const file = scratch.file(".txt", lines.slice(0, 1500).join(""));
  const first = start("follow", db, file, "--findings", "--json");
  await untilStored(db, 1500);
  first.child.kill("SIGKILL");
  await ended(first.child);
  append(file, all.slice(1500));
  const second = start("follow", db, file, "--findings", "--json");
  await until(() => second.said.stdout.split("\n").length > 4, "four findings are told");
  await endedBy(second.child, "SIGINT");
  expect(fingerprintsIn(second.said.stdout)).toEqual(fingerprintsOf(db));
  expect(second.said.stderr).toBe("");
});

test("what a run has told, the next one does not tell again, unless it is asked to", async () => {
  const db = scratch.path(".db");
  const file = scratch.file(".txt", lines.slice(0, 1500).join(""));
  append(file, all.slice(1500));
  const seen = scratch.path(".jsonl");
  const args = ["--findings", "--json", "--exec", `cat >> ${seen}`];
  const lineCount = (): number => readFileSync(seen, "utf8").split("\n").length - 1;
  const printed = async (count: number, ...more: readonly string[]): Promise<string[]> => {
    const { child, said } = start("follow", db, file, ...args, ...more);
    if (count > 0) await until(() => said.stdout.split("\n").length > count, "they are printed");
    await untilTaken(db, child);
    await endedBy(child, "SIGINT");
    return fingerprintsIn(said.stdout);
  };
  expect((await printed(4)).length).toBe(4);
  await until(() => lineCount() === 4, "the command ran for each");
  expect(await printed(0)).toEqual([]);
  append(file, lines.slice(0, 1));
  expect(await printed(0)).toEqual([]);
  expect(lineCount()).toBe(4);
  expect((await printed(4, "--tell-all")).length).toBe(4);
  expect(lineCount()).toBe(8);
  const told = (): number => readFileSync(`${db}.told`, "utf8").split("\n").filter(Boolean).length;
  expect(told()).toBe(8);
  for (const [id] of rowsOf(db, "SELECT id FROM recording"))
    expect(irqtwin(["drop", String(id), "--db", db]).status).toBe(EXIT.ok);
  writeFileSync(file, "");
  // It speaks of nothing that is there: it does not grow for ever.
  const { child, said } = start("follow", db, file, ...args, "--metrics", "0");
  await until(() => said.stderr.includes("metrics:"), "it follows");
  expect(told()).toBe(0);
  await endedBy(child, "SIGINT");
});

test("a finding whose command failed is told by the next run, also behind a kill -9", async () => {
  const db = scratch.path(".db");
  const file = scratch.file(".txt", all.join(""));
  const seen = scratch.file(".jsonl", "");
  const fails = start("follow", db, file, "--exec", "exit 1");
  await until(() => fails.said.stderr.includes("--exec ended with status 1"), "it failed");
  fails.child.kill("SIGKILL");
  await ended(fails.child);
  const works = start("follow", db, file, "--exec", `cat >> ${seen}`);
  await until(() => readFileSync(seen, "utf8").split("\n").length > 4, "the command runs for all");
  await endedBy(works.child, "SIGINT");
  expect(fingerprintsIn(readFileSync(seen, "utf8"))).toEqual(fingerprintsOf(db));
});

test("a command that hangs keeps nobody from the end", async () => {
  const db = scratch.path(".db");
  const file = scratch.file(".txt", all.join(""));
  const pids = scratch.path(".pids");
  const { child, said } = start("follow", db, file, "--exec", `echo $$ >> ${pids}; sleep 3600`);
  await until(() => existsSync(pids), "the command runs");
  await untilStored(db, all.length);
  await endedBy(child, "SIGTERM");
  expect(said.stderr).toContain("--exec was ended while it ran, and did not run for 3 more");
  const [pid = "", ...others] = readFileSync(pids, "utf8").trim().split("\n");
  expect(others).toEqual([]);
  await until(() => !existsSync(`/proc/${pid}`), "the command is gone");
});

test("metrics are served on loopback, in Prometheus' form", async () => {
  const db = scratch.path(".db");
  const file = scratch.file(".txt", lines.join(""));
  const { child, said } = start("follow", db, file, "--metrics", "0");
  await until(() => said.stderr.includes("/metrics"), "the port is told");
  await untilStored(db, 3000);
  const [url = ""] = /http:\S+/.exec(said.stderr) ?? [];
  const text = await (await fetch(url)).text();
  const events = Number(valueOf(db, "SELECT count(*) FROM event"));
  expect(text).toContain(`# TYPE irqtwin_events_total counter\nirqtwin_events_total ${events}\n`);
  expect(text).toMatch(/^irqtwin_lag_seconds 0$/m);
  expect(text).toMatch(/^irqtwin_irtes_posted \d+$/m);
  expect((await fetch(`${url}?format=text`)).status).toBe(200);
  expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
  expect((await fetch(url.replace("/metrics", "/"))).status).toBe(404);
  await endedBy(child, "SIGINT");
});

test.each([
  [["follow"], "follow needs one FILE"],
  [["follow", "a", "b"], "b is more than follow takes"],
  [["check", "--exec", "true"], "--exec is for check --follow"],
])("%j is refused", (args, says) => {
  const ran = irqtwin([...args, "--db", scratch.path(".db")]);
  expect(ran.status).toBe(EXIT.misuse);
  expect(ran.stderr).toContain(says);
});

test("a file that is not there is said, and no timeline is made", () => {
  const db = scratch.path(".db");
  const ran = irqtwin(["follow", scratch.path(".txt"), "--db", db]);
  expect(ran.stderr).toContain("ERR_NO_SUCH_FILE");
});
