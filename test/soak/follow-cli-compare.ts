// What `follow` stored, beside a whole import of what each file held.

import { createHash } from "node:crypto";
import { openTimeline } from "../../src/index.js";
import { rowsOf } from "../support/content.js";
import { type FollowedPart } from "./follow-cli.js";

const EVENTS = `SELECT e.seq - r.first_seq, e.line, e.time_ns, e.cpu, t.comm, t.pid, e.kind, e.segment, e.devid,
  e.irte_index, e.gsi, e.host_irq, e.cause, e.cause_seq - r.first_seq, e.lo, e.hi
  FROM event AS e JOIN recording AS r ON r.id = e.recording_id LEFT JOIN task AS t ON t.id = e.task
  WHERE e.recording_id = ? ORDER BY e.seq`;

/** What differs between the current recordings of a timeline and the parts, in words. None = nothing. */
export async function differencesOf(
  db: string,
  parts: readonly FollowedPart[],
  scratch: () => string,
): Promise<readonly string[]> {
  const timeline = await openTimeline(db, { readonly: true });
  const { verdict } = timeline.verify();
  const current = timeline.recordings().filter(({ superseded_by }) => superseded_by === null);
  timeline.close();
  const wrong = verdict === "intact" ? [] : [`verify: ${verdict}`];
  if (current.length !== parts.length)
    wrong.push(`${current.length} recordings of ${parts.length} files`);
  for (const [nth, { text, end }] of parts.entries()) {
    const bytes = Buffer.from(text, "latin1");
    const recording = current[nth];
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    if (recording?.sha256 !== sha256) wrong.push(`part ${nth} (${end}): other bytes`);
    const whole = await openTimeline(scratch(), { create: true });
    await whole.import(bytes, { sort: false });
    const wanted = String(rowsOf(whole.file, EVENTS, 1));
    if (String(rowsOf(db, EVENTS, recording?.id ?? 0)) !== wanted)
      wrong.push(`part ${nth} (${end}): other events`);
    whole.close();
  }
  return wrong;
}
