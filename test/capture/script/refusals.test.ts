// Where the script cannot record it says why, touches nothing and leaves no file.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, openSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CapturePlan } from "../../../src/capture/plan.js";
import { Scratch } from "../../support/scratch.js";
import { folderIn, lay, PLAN, runScript, scriptBelow, type Ran } from "./given.js";

const scratch = new Scratch();

const TRACEFS = {
  "sys/kernel/tracing/instances/README": "",
  "sys/kernel/tracing/trace_clock": "[local] mono\n",
  "proc/mounts": "",
};

/** Runs the script on a host with these files. Nothing may be in its folder afterwards but these and the script. */
function refusal(
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  plan: CapturePlan = { ...PLAN, release: release() },
): Ran {
  const root = folderIn(scratch);
  lay(root, files);
  const before = names(root);
  const ran = runScript(scriptBelow(root, plan), args, root);
  expect(names(root).filter((name) => name !== "script.sh")).toEqual(before);
  return ran;
}

function names(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
}

describe("the script refuses", () => {
  it("a host without tracefs, and says how to mount it", () => {
    const { status, stderr } = refusal({ "sys/kernel/tracing/.keep": "" });
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining("mount -t tracefs nodev /sys/kernel/tracing"),
    ]);
  });

  it("a tracefs that is mounted read-only", () => {
    const root = folderIn(scratch);
    lay(root, { ...TRACEFS, "proc/mounts": "trace /sys/kernel/tracing tracefs ro,nosuid 0 0\n" });
    const { status, stderr } = runScript(scriptBelow(root), [], root);
    expect([status, stderr]).toEqual([1, expect.stringContaining("mount -o remount,rw")]);
  });

  it("another kernel than that of the plan", () => {
    const { status, stderr } = refusal(TRACEFS, [], PLAN);
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining(
        `this script is for kernel 6.12.0-test, and this kernel is ${release()}`,
      ),
    ]);
  });

  it("to replace a recording", () => {
    const { status, stderr } = refusal({ ...TRACEFS, "mine.trace.gz": "x" }, ["--output", "mine"]);
    expect([status, stderr]).toEqual([1, expect.stringContaining("mine.trace.gz exists already")]);
  });

  it("a folder that is not there", () => {
    const { status, stderr } = refusal(TRACEFS, ["--output", "no/such/folder"]);
    expect([status, stderr]).toEqual([1, expect.stringContaining("no/such/ cannot be written")]);
  });

  it("a tracefs that its user may not enter", ({ skip }) => {
    if (process.getuid?.() === 0) skip("root may enter every folder");
    const root = folderIn(scratch);
    lay(root, TRACEFS);
    chmodSync(join(root, "sys/kernel/tracing"), 0);
    const { status, stderr } = runScript(scriptBelow(root), [], root);
    chmodSync(join(root, "sys/kernel/tracing"), 0o755);
    expect([status, stderr]).toEqual([1, expect.stringContaining("run the script as root")]);
  });

  it.each([
    [["--what"], "--what is not an option"],
    [["--seconds"], "--seconds needs a value"],
    [["--seconds", "3x"], "--seconds takes a number, not 3x"],
    [["--level", "most"], "--level is minimal, standard or full"],
    [["--when", "true"], "--when goes with --flight"],
  ])("%j", (args, message) => {
    const { status, stderr } = refusal({}, args);
    expect([status, stderr]).toEqual([2, `irqtwin: ${message}; --help tells more\n`]);
  });

  it("a level above that of the plan", () => {
    const { status, stderr } = refusal({}, ["--level", "full"], {
      ...PLAN,
      release: release(),
      level: "standard",
    });
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining("has the probes of level standard"),
    ]);
  });

  it("to tell recorders that do not run", () => {
    const { status, stderr } = refusal(TRACEFS, ["--snapshot"]);
    expect([status, stderr]).toEqual([1, "irqtwin: no recorder of that kind runs on this host\n"]);
  });
});

it("the script removes what dead recorders left, and nothing else", () => {
  const root = folderIn(scratch);
  const instances = "sys/kernel/tracing/instances";
  lay(root, TRACEFS);
  const others = ["irqtwin", "irqtwin-mine", "other", `irqtwin-record-${process.pid}-${started()}`];
  for (const name of [...others, "irqtwin-record-4194304-7", `irqtwin-flight-${process.pid}-1`])
    mkdirSync(join(root, instances, name));
  const { status, stderr } = runScript(scriptBelow(root), ["--clean"], root);
  expect([status, stderr.match(/removed what a killed recorder left/g)?.length]).toEqual([0, 2]);
  expect(readdirSync(join(root, instances)).sort()).toEqual(["README", ...others].sort());
});

it("the script ends what reads for a dead recorder, and names who else has a file of it open", async () => {
  const root = folderIn(scratch);
  lay(root, TRACEFS);
  const instance = join(root, "sys/kernel/tracing/instances/irqtwin-record-4194304-7");
  mkdirSync(instance);
  const pipe = join(instance, "trace_pipe_raw");
  execFileSync("mkfifo", [pipe]);
  // Both ends are open, so that the reader waits.
  const other = spawn("sleep", ["60"], { stdio: [openSync(pipe, "r+"), "ignore", "ignore"] });
  const reader = spawn("dd", [`if=${pipe}`, "of=/dev/null"], { stdio: "ignore" });
  const end = once(reader, "exit");
  await expect.poll(() => readlinkSync(`/proc/${reader.pid}/fd/0`)).toBe(pipe);
  const { stderr } = runScript(scriptBelow(root), ["--clean"], root);
  expect(await end).toEqual([null, "SIGKILL"]);
  expect(stderr).toMatch(new RegExp(`is in use by: .*\\b${other.pid}\\b`));
  other.kill();
});

/** When this process began, in ticks since the boot. */
function started(): string {
  const stat = readFileSync("/proc/self/stat", "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

it("the script tells its options", () => {
  const { status, stdout } = refusal({}, ["--help"]);
  expect([status, stdout]).toEqual([0, expect.stringContaining("--seconds N")]);
});
