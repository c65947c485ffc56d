// For whom an interrupt is that is printed in the middle of another VM's thread.

import { expect, test } from "vitest";
import { AMD_FATES } from "../../src/domain/amd/fate/fate.js";
import { type EventKindName } from "../../src/domain/events/kinds.js";
import { type TwinEvent } from "../../src/domain/events/event.js";
import { unseenVcpu } from "../../src/domain/fold/state.js";
import { FateCases } from "../../src/projections/fate-cases.js";
import { FateRoutes } from "../../src/projections/fate-routes.js";
import { type ShownInterrupt } from "../../src/projections/interrupt-cases.js";
import { InterruptRecorder } from "../../src/projections/interrupts.js";
import { event, type EventFields } from "../support/twin-event.js";

const VM = 1;
const VCPU = 1;
const THREAD = 7;
const WORKER = 8;
const IRQ = 30;

let seq = 0;

function next(kind: EventKindName, fields: EventFields): TwinEvent {
  seq++;
  return event(kind, { cpu: 0, task: THREAD, ...fields, seq });
}

/** What is told of `events`, after a thread has loaded a vCPU that runs; of no host IRQ a connection is known. */
function toldOf(events: () => readonly TwinEvent[]): readonly ShownInterrupt[] {
  seq = 0;
  const changes = { seqs: [], cases: [] };
  const known = { routes: new FateRoutes(), cases: new FateCases(), changes };
  const recorder = new InterruptRecorder(AMD_FATES, known);
  recorder.name([{ id: VCPU, vcpu_id: 0 }]);
  const load = next("vcpu_loaded", { vm: VM, vcpu: VCPU });
  recorder.moved({ ...unseenVcpu(VM, VCPU), run_state: "running", since: load }, load);
  recorder.serves({
    ...{ segment: 0, devid: 0x40, index: 0, bits: null, shadow: null, host_irq: IRQ },
    ...{ born: false, since: load, cause: null, cause_seq: null },
  });
  for (const each of [load, ...events()]) recorder.follow(each);
  recorder.endBatch();
  return recorder.drain();
}

const handled = (): TwinEvent => next("host_irq_handled", { host_irq: IRQ });
const sent = (task = THREAD): TwinEvent =>
  next("msi_sent", { task, payload: { dest: 0, vector: 65, mode: 0 } });
const accepted = (task = THREAD): TwinEvent =>
  next("irq_accepted", { task, payload: { vcpu_id: 0, vector: 65, apicv: 0 } });

test("what a thread itself sends is for its VM", () => {
  expect(toldOf(() => [accepted()]).map(({ got }) => got)).toEqual([VCPU]);
});

test("what is handled in an interrupt is not for the VM of the thread that it interrupts", () => {
  expect(toldOf(() => [handled(), sent(), accepted()]).map(({ got }) => got)).toEqual([null]);
});

test("what an MSI shows alone is not for the VM of the thread that it interrupts", () => {
  expect(toldOf(() => [sent(), accepted()]).map(({ got }) => got)).toEqual([null]);
});

test("what a worker sends is for no VM that a thread of another one tells", () => {
  const told = toldOf(() => [handled(), sent(WORKER), accepted(WORKER)]);
  expect(told.map(({ got }) => got)).toEqual([null]);
});
