// Which row of the table of rules makes two profiles see a write differently.

import { type WriteFinding } from "../../../src/check/ledger.js";
import { kindName } from "../../../src/domain/events/kinds.js";
import { type TwinEvent } from "../../../src/domain/events/event.js";
import { type Difference } from "../../../src/domain/amd/releases/releases.js";

const LOG = 1 << 2;
const RUN_AND_DEST = 0xffff_ff40 | 0;

/** The rows that explain a finding; an empty list = none does. */
export function rowsOf(
  { kind, rule, seq, cause_seq, expected, observed }: WriteFinding,
  events: readonly TwinEvent[],
): Difference[] {
  if (kind !== "mismatch" || expected === null || observed === null)
    return [rowOfCall(events[(cause_seq ?? seq) - 1])];
  const { bits } = expected;
  const low = bits.loL ^ observed.loL;
  const rows: Difference[] = [];
  if (bits.hiH !== observed.hiH || bits.hiL !== observed.hiL || (low & 0x80) !== 0) {
    // The first of two writes of an inhibit, where one is expected; or the reverse.
    return rule === "T8" ? ["togglesInOneWrite"] : [];
  }
  if ((low & LOG) !== 0) rows.push("logsOnlyBlocking");
  if ((low & RUN_AND_DEST) !== 0)
    rows.push(rule === "T1" ? "postsInOneWrite" : "togglesInOneWrite");
  if (bits.loH !== observed.loH) rows.push("tagsVcpuIdx", "tagsIn12Bits");
  return (low & ~(LOG | RUN_AND_DEST)) === 0 ? rows : [];
}

/** One write too many or too few of a function: of a load or put, because the lists differ. */
function rowOfCall(cause: TwinEvent | undefined): Difference {
  const name = cause === undefined ? null : kindName(cause.kind);
  if (name === "producer_removed") return "skipsDeassigned";
  if (name === "gsi_routing_set" || name === "producer_added") return "postsInOneWrite";
  return name === "avic_refreshed" ? "togglesInOneWrite" : "updatesLostRoute";
}
