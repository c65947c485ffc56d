// Why a recording cannot be judged at all.

import { type JudgedRecording } from "./judge-recording.js";

/** What is left out is known at the end of an import. */
const NOT_COMPLETE =
  "the recording is not imported to its end: wait for the import, or run it again if it was interrupted";

/**
 * In one sentence, why these profiles can judge nothing of the recording; null = they can. `unfinished`: one that is not
 * imported to its end is judged as far as it goes.
 */
export function whyUnjudged(
  judged: JudgedRecording,
  profiles: readonly string[],
  unfinished = false,
): string | null {
  const { recording, platform, who } = judged;
  if (platform.isNameOnly === true)
    return `the recording is of platform ${platform.id}, whose tables irqtwin recognises and does not read yet`;
  if (profiles.length === 0) return whyNoRules(judged);
  if (recording.state === "importing" && !unfinished) return NOT_COMPLETE;
  if (recording.lastSeq === null) return "the recording has no event";
  const { names } = who;
  if (platform.shows((name) => names.has(name), "IRTE writes")) return null;
  const probes = platform.probesShowing("IRTE writes").join(" or ");
  return `the recording has no line of ${probes}; invariants are not judged either`;
}

function whyNoRules({ recording, platform }: JudgedRecording): string {
  const { kernel, rules, rulesFrom } = recording;
  if (rulesFrom === "nearest release" && rules !== null)
    return `kernel ${kernel ?? "?"} has no rules; the nearest are those of ${rules}: judge by them with \`rules: ${rules}\``;
  return `nothing tells the rules of the recording: name them with \`rules\` (${platform.profiles.join(", ")})`;
}
