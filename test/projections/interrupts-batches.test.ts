// The interrupts of a recording are the same however its events are cut into batches: a trace that is followed comes in
// small ones, and is folded anew in large ones.

import { expect, test } from "vitest";
import { openTimeline, type Batch, type TwinEvent } from "../../src/index.js";
import { emptyState } from "../../src/domain/fold/state.js";
import { platformOf } from "../../src/platforms/registry.js";
import { type InterruptFacts } from "../../src/domain/platform/interrupt.js";
import { type ShownInterrupt } from "../../src/projections/interrupt-cases.js";
import { ProjectionRecorder } from "../../src/timeline/store/projection-recorder.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines } from "../support/shipped.js";

const scratch = new Scratch();

interface Vcpu {
  readonly id: number;
  readonly vcpu_id: number;
}

async function eventsOf(
  lines: readonly string[],
): Promise<{ readonly events: readonly TwinEvent[]; readonly vcpus: readonly Vcpu[] }> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  try {
    const batches: Batch[] = [];
    timeline.batches.subscribe((batch) => batches.push(batch));
    await timeline.import(scratch.file(".txt", `${lines.join("\n")}\n`), { rules: "6.17" });
    const vcpus = await timeline.query<Vcpu>("SELECT id, vcpu_id FROM vcpu");
    return { events: batches.flat(), vcpus };
  } finally {
    timeline.close();
  }
}

/** What is shown where the events come in batches of so many. */
function shownBy(
  { events, vcpus }: Awaited<ReturnType<typeof eventsOf>>,
  size: number,
): { readonly shown: readonly ShownInterrupt[]; readonly cases: readonly InterruptFacts[] } {
  const { fold, fates } = platformOf({ platform: "amd" });
  const recorder = new ProjectionRecorder(events[0]?.seq ?? 1, fates);
  recorder.name(vcpus);
  const folding = fold.folding(emptyState("6.17"), recorder.listeners);
  for (let from = 0; from < events.length; from += size) {
    const batch = events.slice(from, from + size);
    folding.take(batch);
    recorder.take(batch, []);
  }
  recorder.end();
  return { shown: recorder.drainInterrupts(), cases: recorder.interruptCases };
}

test.each(["6.16-m2-mono-standard", "6.17-x-uaf-crash"])("%s", async (name) => {
  const read = await eventsOf(shippedLines(name));
  expect(shownBy(read, 1)).toEqual(shownBy(read, 4096));
});

test("a task loads its first vCPU below the line in which it gives an interrupt to another", async () => {
  const load = (task: string, vcpu: string): string =>
    `${task}: svm_vcpu_load: (svm_vcpu_load+0x4/0x100 [kvm_amd]) vcpu=${vcpu} cpu=0`;
  const kvm = "kvm=0xff11000104556000";
  const read = await eventsOf([
    load("            vcpu-210     [000] ...1.  43245000000", `0xff11000104581cb0 ${kvm} id=0`),
    "            piwl-218     [001] .....  43259100000: kvm_apic_accept_irq: apicid 0 vec 65 (Fixed|edge)",
    load("            piwl-218     [001] ...1.  43260744230", `0xff11000104591cb0 ${kvm} id=1`),
  ]);
  expect(read.events.length).toBe(3);
  expect(shownBy(read, 1)).toEqual(shownBy(read, 4096));
});
