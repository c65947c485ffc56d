// Contradictions: two lines of a recording that cannot both be true, so that one of them is missing or wrong. They are
// about the recording and not about the kernel, and what rests on such lines is not judged.

import { type TwinEvent } from "../events/event.js";
import { type IrteBits } from "../values/bits.js";
import { type Call } from "../model/calls.js";
import { type IrteKey, type Seq, type VcpuRow } from "../values/ids.js";

/** Two lines that cannot both be true. */
export interface Contradiction {
  /** Which row of the platform's list. */
  readonly id: string;
  /** The event that shows it. */
  readonly seq: Seq;
  /** The IRTE (irteKey()); null = it is about none. */
  readonly key: IrteKey | null;
  /** The row number of the vCPU; null = it is about none. */
  readonly vcpu: VcpuRow | null;
  /** The entries that are doubted with the vCPU: those on its list. */
  readonly keys: readonly IrteKey[];
  /** The function whose events are doubted altogether; null = none in particular. */
  readonly root: Seq | null;
  /** The events that cannot all be true, in order. What is missing is between the first and the last. */
  readonly evidence: readonly Seq[];
}

/** A row of a platform's list. */
export interface ContradictionRow {
  /** Its name, such as `C12`. */
  readonly id: string;
  /** What lines that are all true would show. */
  readonly says: string;
  /** It is about a dump: the lines of the trace may be true all the same. */
  readonly isOfDump?: boolean;
}

/** What became of what dumps show: entries of the table, and routes and inhibits where they are of a whole host. */
export interface DumpCounts {
  /** How many entries, routes and inhibits the dumps show. */
  readonly entries: number;
  /** Of how many the trace shows the same. Some can be compared with nothing. */
  readonly agreed: number;
  /** Of how many the trace shows something else. */
  readonly contradicted: number;
}

/** Looks for contradictions along the events of a recording. */
export interface Consistency {
  /** The contradictions so far, in the order in which they were found. */
  readonly found: readonly Contradiction[];
  /** Absent on a platform whose tables nothing dumps. */
  readonly dumps?: DumpCounts;
  /** The next event, before the rules act on it. false = they must not: it is not what its line says. */
  observe(event: TwinEvent): boolean;
  /**
   * The event is a write. `exchange`: the exchange that carries it out; null = its line is missing; undefined = not
   * known. `isNext`: no other exchange of the entry comes before it. false = the two do not say the same.
   */
  write(write: TwinEvent, exchange: TwinEvent | null | undefined, isNext: boolean): boolean;
  /** The event is an exchange. true = the line of its write is missing, so that it stands for the write. */
  exchange(exchange: TwinEvent): boolean;
  /**
   * A write whose bits are not those that the rules demand. true = a line is wrong that tells what they demand, and the
   * bits are right by all other lines.
   */
  explainsMismatch(write: TwinEvent, seen: IrteBits): boolean;
  /** The function is over and owes a write. true = the line is missing in it by which another one is called. */
  explainsMissing(call: Call): boolean;
  /**
   * A write that no step of its function demands. `isAfter`: that function is over, or has returned. true = lines are
   * missing that would tell why it is made.
   */
  explainsStray(write: TwinEvent, seen: IrteBits, isAfter: boolean): boolean;
  /** Events were lost: what could have changed unseen is not known any more. */
  forget(): void;
}
