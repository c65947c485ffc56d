// Whose host printed a recording: the first line that only hosts of one platform print, else its release's name.

import { type Platform } from "../domain/platform/platform.js";
import { BYTE, latin1 } from "./text/bytes.js";
import { FTRACE_LAYOUT } from "./layout.js";

/** This much of a line is looked at, from the event's name on. */
const LOOKED_AT = 200;

/** The platform that an event proves; undefined = it proves none. */
export type Proof = (text: string) => Platform | undefined;

/** Asks events for the platform that they prove: each as `NAME: PAYLOAD`. */
export function proofOf(platforms: readonly Platform[]): Proof {
  const proofs = platforms.flatMap((platform) =>
    platform.proof === undefined ? [] : [[platform, platform.proof] as const],
  );
  return (text) => proofs.find(([, proof]) => proof.test(text))?.[0];
}

/** The platform that the lines prove; undefined = none of them proves one. */
export function platformShownBy(
  head: Buffer,
  platforms: readonly Platform[],
  layout = FTRACE_LAYOUT,
): Platform | undefined {
  const line = layout.newLine();
  const proof = proofOf(platforms);
  for (let start = 0, end = 0; start < head.length; start = end + 1) {
    const newline = head.indexOf(BYTE.newline, start);
    end = newline < 0 ? head.length : newline;
    if (head[start] === BYTE.hash || !line.scan(head, start, end)) continue;
    const text = latin1(head, line.nameStart, Math.min(end, line.nameStart + LOOKED_AT));
    const shown = proof(text);
    if (shown !== undefined) return shown;
  }
  return undefined;
}
