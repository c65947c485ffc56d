// The exchange inside of __modify_irte_ga(): the second witness of a write. Its line names the entry by the address
// at which it stands, so the write before it on its task tells which entry that is, once for each address. Where the
// recording begins between the two, a dump of the table may tell it by what the exchange finds.

import { KIND } from "../../domain/events/kinds.js";
import { setPayload } from "../../domain/events/payload.js";
import { bitsBefore, setBitsBefore, type EventDraft } from "../../domain/events/stored-event.js";
import { setCause } from "../interpret/causes.js";
import { type Interpreter, type Outcome } from "../interpret/interpreter.js";
import { learnFromBits, setWords } from "../interpret/subjects.js";
import { FIELD } from "../text/fields.js";

/** Bits of an address above its lower 32 that a number holds exactly. */
const ADDRESS_HIGH_MASK = 0x1f_ffff;
const TWO_32 = 0x1_0000_0000;

/** Reads a line of irte_cmpxchg. */
export function exchanged(at: Interpreter): Outcome {
  if (!at.require(FIELD.new_lo, FIELD.new_hi)) return at.lacking("new_lo and new_hi");
  const event = at.event(KIND.irte_exchanged);
  setWords(at, event, FIELD.new_lo, FIELD.new_hi);
  const { fields } = at;
  if (at.require(FIELD.old_lo, FIELD.old_hi))
    setBitsBefore(event, {
      loH: fields.high(FIELD.old_lo),
      loL: fields.low(FIELD.old_lo),
      hiH: fields.high(FIELD.old_hi),
      hiL: fields.low(FIELD.old_hi),
    });
  setEntry(at, event);
  setCause(at, event);
  learnFromBits(at, event);
  return "event";
}

/** The entry at the line's address, and the write that the exchange carries out. */
function setEntry(at: Interpreter, event: EventDraft): void {
  const { task, world, line } = at;
  const { written } = task;
  const isOurs = written !== null && task.writesInInterrupt === line.inInterrupt;
  if (isOurs) {
    setPayload.written_seq(event, written.seq);
    event.segment = written.segment;
    event.devid = written.devid;
    event.irte_index = written.irte_index;
    task.written = null;
  }
  const address = addressOf(at);
  if (address === null) return;
  const before = event.devid === null ? bitsBefore(event) : null;
  const known = world.entryAt(address) ?? (before === null ? undefined : world.entryWith(before));
  if (known !== undefined) {
    event.segment = known.segment === 0 ? null : known.segment;
    event.devid = known.devid;
    event.irte_index = known.index;
    if (before !== null) world.bindEntry(address, known);
  } else if (event.devid !== null && event.irte_index !== null) {
    const { devid, irte_index: index } = event;
    world.bindEntry(address, { segment: event.segment ?? 0, devid, index });
  }
}

/** The address in the line, as far as a number holds it; null = it has none. */
export function addressOf({ fields }: Interpreter): number | null {
  if (!fields.has(FIELD.addr)) return null;
  return (fields.high(FIELD.addr) & ADDRESS_HIGH_MASK) * TWO_32 + (fields.low(FIELD.addr) >>> 0);
}
