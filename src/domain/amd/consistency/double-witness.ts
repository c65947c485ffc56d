// Lines that stand in a recording twice: the same function, with the same arguments, at the same time.

import { type TwinEvent } from "../../events/event.js";
import { PAYLOAD_FIELDS, payload } from "../../events/payload.js";
import { type Witness, type WitnessContext } from "./witness.js";

const FIELDS = [
  ...["billions", "rest", "cpu", "task", "kind", "vm", "vcpu", "segment", "devid", "irte_index"],
  ...["gsi", "host_irq", "words", "loH", "loL", "hiH", "hiL"],
] as const satisfies readonly string[];

/** Watches for lines that are doubled (C18). */
export class DoubleWitness implements Witness {
  private readonly at: WitnessContext;
  private last: TwinEvent | undefined;
  /** Two events of a CPU had the same time: the clock does not tell lines apart. */
  private isCoarse = false;

  /** `at`: what all witnesses of the recording use. */
  constructor(at: WitnessContext) {
    this.at = at;
  }

  observe(event: TwinEvent): void {
    const { last } = this;
    this.last = event;
    if (last === undefined || this.isCoarse) return;
    if (last.rest !== event.rest || last.billions !== event.billions || last.cpu !== event.cpu)
      return;
    if (!isSame(last, event)) this.isCoarse = true;
    else if (event.line === last.line + 1)
      this.at.report("C18", event, [last.seq], { root: event.cause_seq ?? event.seq });
  }

  forget(): void {
    this.last = undefined;
  }
}

function isSame(one: TwinEvent, two: TwinEvent): boolean {
  const fields = FIELDS as readonly (keyof TwinEvent)[];
  if (!fields.every((field) => one[field] === two[field])) return false;
  return PAYLOAD_FIELDS.every((field) => payload[field](one) === payload[field](two));
}
