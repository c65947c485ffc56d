// bpftrace reads the buffer of one CPU after another: its lines are put in the order of time.

import { expect, test } from "vitest";
import { openTimeline } from "../../src/index.js";
import { bpftraceJson } from "../support/bpftrace-json.js";
import { rowsOf } from "../support/content.js";
import { Scratch } from "../support/scratch.js";
import { shippedText } from "../support/shipped.js";

const scratch = new Scratch();
/** So many lines wait in the buffers of the CPUs when bpftrace reads them. */
const WAITING = 8;

const EVENTS =
  "SELECT seq, time_ns, cpu, comm, pid, kind, vm_id, vcpu_id, irte_index, cause_seq FROM v_event";

function cpuOf(line: string): number {
  return Number(/ \[(\d+)\] /.exec(line)?.[1] ?? -1);
}

/** The same lines on eight CPUs in turn, and no two at the same time. */
function onEightCpus(text: string): string {
  let number = 0;
  return text.replaceAll(/\[\d{3}\]( \S+ +\d+\.)(\d{6}): /g, (_, front: string, time: string) => {
    number++;
    const cpu = String(number % 8).padStart(3, "0");
    return `[${cpu}]${front}${time}${String(number % 1000).padStart(3, "0")}: `;
  });
}

function asRead(text: string): string {
  const lines = text.trimEnd().split("\n");
  const reads: string[] = [];
  for (let at = 0; at < lines.length; at += WAITING) {
    const waiting = lines.slice(at, at + WAITING);
    reads.push(...waiting.toSorted((a, b) => cpuOf(b) - cpuOf(a)));
  }
  return `${reads.join("\n")}\n`;
}

async function imported(text: string): Promise<string> {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(scratch.file(".json", text));
  timeline.close();
  return db;
}

/** How often a line is earlier than the one above it. */
function stepsBack(text: string): number {
  const times = Array.from(text.matchAll(/ (\d+\.\d{9}): /g), ([, time]) => Number(time));
  return times.filter((time, i) => time < (times[i - 1] ?? 0)).length;
}

test("more steps back than a host has CPUs have the events of the order of time", async () => {
  const text = bpftraceJson(onEightCpus(shippedText("6.16-m2-mono-standard")), "6.16.12");
  const shuffled = asRead(text);
  expect(stepsBack(text)).toBe(0);
  expect(stepsBack(shuffled)).toBeGreaterThan(2048);
  const [whole, other] = [await imported(text), await imported(shuffled)];
  expect(rowsOf(other, EVENTS)).toEqual(rowsOf(whole, EVENTS));
  expect(rowsOf(other, "SELECT sorted, time_anomalies FROM v_recording")).toEqual([[1n, 0n]]);
});
