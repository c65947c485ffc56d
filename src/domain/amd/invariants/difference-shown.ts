// A recording of an AMD host judged by the rules of another release: which difference of the two a finding
// shows.

import { type FindingFacts } from "../../platform/platform.js";
import { RULES, type Difference, type RulesId } from "../releases/releases.js";

interface Sign {
  readonly difference: Difference;
  /** Does the finding look like it? */
  readonly shows: (finding: FindingFacts) => boolean;
}

const UPDATES = ["T4", "T5", "T6", "T7"];
const TOGGLES = ["T8", "T9"];

/** Where the rules do not name the row themselves. In order: the first that fits. */
const SIGNS: readonly Sign[] = [
  { difference: "tagsIn12Bits", shows: ({ fields }) => isOtherTag(fields) },
  { difference: "tagsVcpuIdx", shows: ({ fields }) => isOtherTag(fields) },
  {
    difference: "postsInOneWrite",
    shows: ({ rule, fields, ownRule: own }) =>
      rule === "T1 second" || own === "T1 second" || (rule === "T1" && fields.includes("is_run")),
  },
  {
    difference: "togglesInOneWrite",
    shows: ({ rule, fields, ownRule: own }) =>
      [rule, own].some((id) => TOGGLES.includes(id ?? "")) && !isLogOnly(fields),
  },
  { difference: "logsOnlyBlocking", shows: ({ fields }) => isLogOnly(fields) },
  { difference: "logsOnlyBlocking", shows: breaks("I6", "I6b", "I7") },
  { difference: "tagsVcpuIdx", shows: breaks("I2") },
  { difference: "tagsIn12Bits", shows: breaks("I2") },
  { difference: "postsInOneWrite", shows: breaks("I5") },
  { difference: "linksInhibited", shows: breaks("I9", "I11") },
  { difference: "unlinksFirst", shows: breaks("I1", "I3", "I10", "I12", "I13", "I14") },
  { difference: "skipsDeassigned", shows: breaks("I1", "I10", "I13", "I14") },
  {
    difference: "linksInhibited",
    shows: ({ kind, ownRule: own }) => kind === "unexpected" && UPDATES.includes(own ?? ""),
  },
];

function breaks(...ids: readonly string[]): Sign["shows"] {
  return ({ invariant }) => ids.includes(invariant ?? "");
}

/** Where guest_mode differs too, one entry is posted and the other is not: it is not about the tag. */
function isOtherTag(fields: readonly string[]): boolean {
  return fields.includes("ga_tag") && !fields.includes("guest_mode");
}

function isLogOnly(fields: readonly string[]): boolean {
  return fields.length === 1 && fields[0] === "ga_log_intr";
}

/**
 * The difference between the profile that judged and the recording's own that makes a write or an invariant a
 * finding; null = none of them.
 */
export function differenceShown(
  finding: FindingFacts,
  judged: RulesId,
  own: RulesId,
): Difference | null {
  const differs = (difference: Difference): boolean =>
    RULES[judged][difference] !== RULES[own][difference];
  const row = finding.row as Difference | null;
  if (row !== null && differs(row)) return row;
  const sign = SIGNS.find(({ difference, shows }) => differs(difference) && shows(finding));
  return sign?.difference ?? null;
}
