// What kvm_msi_set_irq prints, and the MSIs that KVM sends: arch/x86/kvm/irq.c, kvm_msi_to_lapic_irq() (before the series
// kvm_set_msi_irq()); virt/kvm/eventfd.c, irqfd_wakeup() and irqfd_inject().

import { PROBE } from "../../domain/amd/probes/probes.js";
import { KIND } from "../../domain/events/kinds.js";
import { setPayload } from "../../domain/events/payload.js";
import { DELIVERY_MODES } from "../../domain/values/msi.js";
import { type Interpreter, type Outcome } from "../interpret/interpreter.js";
import { vmOf } from "../interpret/subjects.js";
import { type Injecting } from "../interpret/task.js";
import { FIELD } from "../text/fields.js";

/** An MSI as kvm_msi_set_irq prints it. */
export interface Msi {
  /** The destination's APIC ID, or the logical destination. */
  readonly dest: number;
  /** The guest's vector. */
  readonly vector: number;
  /** Place in DELIVERY_MODES; null = it is none of them. */
  readonly mode: number | null;
}

/** The line is not what the kernel prints. */
export const NO_MSI: Outcome = {
  rejected: `${PROBE.kvm_msi_set_irq}: text is not \`dst X vec N (mode|...\``,
};

/** The MSI of the line; null = its text is another one. */
export function msiOf(at: Interpreter): Msi | null {
  const match = at.words(/^dst ([0-9a-f]{1,8}) vec (\d{1,10}) \((\w+)\|(logical|physical)/);
  if (match === null) return null;
  const [, dest = "", vector = "", mode = ""] = match;
  const code = DELIVERY_MODES.indexOf(mode);
  return { dest: parseInt(dest, 16), vector: Number(vector), mode: code < 0 ? null : code };
}

/** irqfd_wakeup: an irqfd is signalled. What is sent at once is printed next. */
export function signalled(at: Interpreter): Outcome {
  const vm = vmOf(at);
  const { lastSeq } = at.task;
  at.task.injecting = vm === null ? null : { vm: vm.id, gsi: at.number(FIELD.gsi), lastSeq };
  return "unused";
}

/** irqfd_inject: a worker sends what could not be sent at once. */
export function injectedByWorker(at: Interpreter): Outcome {
  const vm = vmOf(at);
  if (vm === null || !at.require(FIELD.gsi)) return at.lacking("kvm and gsi");
  const event = at.event(KIND.irqfd_injected);
  event.vm = vm.id;
  event.gsi = at.number(FIELD.gsi);
  at.task.injecting = { vm: vm.id, gsi: event.gsi, lastSeq: event.seq };
  return "event";
}

/**
 * An MSI that is sent for an interrupt: an irqfd is signalled, or an interrupt prints it. Who else asks what MSI a route
 * holds (the scan of the I/O APIC's routes does) sends none; such a line is unused.
 */
export function msiSent(at: Interpreter): Outcome {
  const of = injectingNow(at);
  if (of === null && !at.line.inInterrupt) return "unused";
  const msi = msiOf(at);
  if (msi === null) return NO_MSI;
  const event = at.event(KIND.msi_sent);
  event.vm = of?.vm ?? null;
  event.gsi = of?.gsi ?? null;
  setPayload.dest(event, msi.dest);
  setPayload.vector(event, msi.vector);
  setPayload.mode(event, msi.mode);
  return "event";
}

/** Whose interrupt the task sends: nothing else of it has become an event since that began. */
function injectingNow({ task }: Interpreter): Injecting | null {
  const { injecting } = task;
  return injecting?.lastSeq === task.lastSeq ? injecting : null;
}
