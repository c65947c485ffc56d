// Return probes: what matters is whether the function failed.

import { KIND } from "../../domain/events/kinds.js";
import { setPayload } from "../../domain/events/payload.js";
import { setCause } from "../interpret/causes.js";
import { type Interpreter, type Outcome } from "../interpret/interpreter.js";
import { setIrq } from "../interpret/subjects.js";
import { FIELD } from "../text/fields.js";

/** Reads the line of a return probe: it becomes an event only if the function failed. */
export function returned(at: Interpreter, of: number): Outcome {
  const ret = at.number(FIELD.ret);
  if (ret === null || ret === 0) return "unused";
  const { task } = at;
  const isIrqfd = of === KIND.irqfd_assigned;
  if (isIrqfd && task.irqfdVm === null) return "unused";
  const event = at.event(KIND.call_failed);
  event.vm = isIrqfd ? task.irqfdVm : task.updateVm;
  event.gsi = isIrqfd ? task.irqfdGsi : task.updateGsi;
  if (!isIrqfd) setIrq(at, event, at.task.updateIrq);
  setPayload.ret(event, ret);
  setPayload.of_kind(event, of);
  setCause(at, event);
  return "event";
}
