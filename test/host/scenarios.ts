// The scenarios of scenarios.sh, each with what must have come of it.

import { existsSync } from "node:fs";
import { type Expectations } from "./expectations.js";
import { recordingAt, valuesOf, type Recording } from "./recording.js";

/** Looks at all that the guest did. */
export function lookAt(it: Expectations, kernel: string, hasVms: boolean): void {
  levels(it, hasVms);
  if (hasVms) oneVm(it);
  costs(it, hasVms);
  ends(it);
  kills(it);
  disks(it, kernel);
  flights(it);
  refusals(it);
  it.say(
    "the listing of tracefs is as it was",
    it.text("listing").trim() === "same",
    it.text("listing"),
  );
}

function levels(it: Expectations, hasVms: boolean): void {
  for (const level of ["minimal", "standard", "full"]) {
    it.ended(`level-${level}`, 0);
    const recording = it.moves(`level-${level}`);
    if (recording === null) continue;
    it.say(`level-${level}: says its level`, valuesOf(recording, "level")[0] === level, "");
    it.say(`level-${level}: has every CPU`, valuesOf(recording, "cpu").length === 2, "");
    const start = Number(/trace=([\d.]+)/.exec(valuesOf(recording, "start")[0] ?? "")?.[1]);
    const end = Number(/trace=([\d.]+)/.exec(valuesOf(recording, "end")[0] ?? "")?.[1]);
    const times = recording.events.map((line) => Number(/ ([\d.]+): /.exec(line)?.[1]));
    it.say(
      `level-${level}: every event is between start and end`,
      times.every((time) => start <= time && time <= end),
      `${start} ${Math.min(...times)} ${Math.max(...times)} ${end}`,
    );
    if (hasVms) runningVms(it, level, recording);
  }
}

function runningVms(it: Expectations, level: string, recording: Recording): void {
  const names = valuesOf(recording, "vm").map((value) => /name=(".*?")/.exec(value)?.[1]);
  it.say(`level-${level}: names the VMs`, names.join() === '"web,1","other"', names.join());
  const vcpus = valuesOf(recording, "vcpu").filter((value) => value.includes(" tid="));
  it.say(`level-${level}: names the vCPU threads`, vcpus.length === 4, vcpus.join("\n"));
}

function oneVm(it: Expectations): void {
  it.ended("one-vm", 0);
  const recording = it.recording("one-vm");
  if (recording !== null) {
    const [only = ""] = valuesOf(recording, "only");
    const pid = /pid=(\d+)/.exec(only)?.[1] ?? "";
    const vcpus = valuesOf(recording, "vcpu").map((value) => ({
      isOwn: value.startsWith(`pid=${pid} `),
      tid: / tid=(\d+)/.exec(value)?.[1] ?? "",
    }));
    // What happens while the CPU goes over from another VM's thread to a task that is recorded, is recorded.
    const has = (tid: string): boolean =>
      recording.events.some((line) => line.includes(`KVM-${tid} `) && line.includes("vcpu_load: "));
    it.say(
      "one-vm: has the VM's vCPUs",
      vcpus.every(({ isOwn, tid }) => !isOwn || has(tid)),
      only,
    );
    it.say(
      "one-vm: has no other's",
      vcpus.every(({ isOwn, tid }) => isOwn || !has(tid)),
      only,
    );
  }
  it.ended("no-vm", 1, "process 1 runs no VM. These do: ");
  it.nothing("no-vm");
}

function costs(it: Expectations, hasVms: boolean): void {
  it.ended("cost", 0);
  const rows = it
    .text("cost.log")
    .split("\n")
    .map((line) => line.trim().split(/ +/));
  for (const level of ["minimal", "standard", "full"]) {
    const row = rows.find(([first]) => first === level) ?? [];
    const isTimed = row.slice(4).every((cell) => /^\d+\.\d\d$/.test(cell));
    it.say(`cost: has a row of ${level}`, row.length === 8 && (isTimed || !hasVms), row.join(" "));
  }
}

function ends(it: Expectations): void {
  for (const name of ["stopped-INT", "stopped-TERM"]) {
    it.ended(name, 0);
    const recording = it.moves(name);
    if (recording !== null)
      it.say(
        `${name}: says why it ended`,
        valuesOf(recording, "ended_by")[0] === `"${name.slice(8)}"`,
        "",
      );
  }
  it.ended("stopped-early", 1);
  it.nothing("stopped-early");
  it.ended("twice", 0, "are in use, so those of this recording are pi_");
  it.moves("twice-1");
  it.moves("twice-2");
  it.ended("offline", 0);
  it.moves("offline");
}

function kills(it: Expectations): void {
  it.ended("killed", 137);
  it.moves("killed");
  it.ended("killed-all", 0, "removed what a killed recorder left");
  it.say(
    "killed-all: left its instance",
    it.text("killed-all.left").includes("irqtwin-record-"),
    it.text("killed-all.left"),
  );
}

/** A full disk leaves a whole recording or none. */
function disks(it: Expectations, kernel: string): void {
  it.ended("full-512k", 1, "KiB free: choose another --output");
  const log = it.text("full-4m.log");
  const status = it.text("full-4m.status").trim();
  it.say("full-4m leaves tracefs as it was", it.text("full-4m.state").trim() === "same", log);
  const isThere = existsSync(it.file("rec"));
  it.say("full-4m: ends well with a recording or badly without", isThere === (status === "0"), log);
  it.say("full-4m: leaves no part", !log.includes("rec.trace.gz.p"), log);
  if (!isThere) return;
  const recording = recordingAt(it.file("rec"), kernel);
  it.say(
    "full-4m: says why it ended",
    recording?.header.includes('ended_by: "full disk"') === true,
    log,
  );
}

function flights(it: Expectations): void {
  it.ended("flight", 0);
  it.moves("flight-1");
  it.recording("flight-2");
  it.moves("flight-3");
  it.recording("flight-4");
}

function refusals(it: Expectations): void {
  it.ended("foreign", 0, "the events pi/* are in use", "p:pi/irte_write schedule");
  it.recording("foreign");
  it.ended("as-nobody", 1, "as root");
  it.ended("without-kprobes", 0, "kprobes are switched off here");
  it.ended("read-only", 1, "is mounted read-only");
  it.ended("not-mounted", 1, "mount -t tracefs nodev /sys/kernel/tracing");
  it.ended("other-kernel", 1, "this script is for kernel 6.99.0");
  const locked = it.text("locked-down.log");
  it.say("locked-down: says so", locked.includes("locked down (confidentiality)"), locked);
  for (const name of ["read-only", "not-mounted", "other-kernel", "locked-down"]) it.nothing(name);
}
