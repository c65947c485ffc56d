// The table of a platform's lanes: one row for each kind of lane says all that is to be known of it. Whatever lists
// lanes, reads their rows, finds them by their ids or draws them follows the table, and knows no kind by its name.

import { type LaneState } from "./lane-states.js";

/** What one lane can be about. */
export const LANE_SUBJECTS = {
  recording: "the recording: there is one such lane",
  cpu: "a host CPU that vCPUs ran on",
  vm: "a VM",
  vcpu: "a vCPU",
  irte: "an entry of the remapping table",
  counter: "a number that is counted",
} as const satisfies Readonly<Record<string, string>>;

/** What one lane is about. */
export type LaneSubject = keyof typeof LANE_SUBJECTS;

/** What the rows of a lane can come from. */
export const LANE_ROWS = {
  findings: "the findings of a check, each from when to when what it says was so",
  markers: "lines of trace_marker",
  runs: "rows of v_vcpu by the CPU that the vCPU runs on",
  inhibits: "changes of a VM's inhibits, as the fold follows them",
  routes: "rows of v_route",
  "run states": "rows of v_vcpu",
  entries: "rows of v_irte",
  links:
    "rows of v_link, cut where the irqfd is deassigned and where its return should have taken it off",
  fates: "rows of v_fate",
  "moments of a vCPU": "events of v_event that name the vCPU and no entry",
  "moments of an entry": "events of v_event that name the entry",
  counts: "counters()",
} as const satisfies Readonly<Record<string, string>>;

/** What the rows of a lane come from. */
export type LaneRowsFrom = keyof typeof LANE_ROWS;

/** Where a lane can be shown. */
export const LANE_PLACES = {
  top: "above all groups, where it stays while others scroll",
  row: "in a row of its own",
  selected: "in a row of its own while its subject is selected",
  ticks: "as ticks on the upper edge of the lane that it belongs to",
} as const satisfies Readonly<Record<string, string>>;

/** How a lane can be drawn. */
export const LANE_FORMS = {
  findings: "bars with a sentence, below each other where they overlap",
  texts: "moments with their texts",
  track: "a thin track without words",
  flag: "a line for what is as it should be, a box for what is not",
  activity: "high bars for what acts, a line for what does not",
  entry: "high bars with words, dots for what is not in use",
  stay: "lower bars with words",
  fate: "a strip that is full and warm where something is wrong",
  moments: "small signs, or a band where they are dense",
  counter: "a line or bars over the time",
} as const satisfies Readonly<Record<string, string>>;

/** The kinds of groups, in the order in which they stand. */
export const LANE_GROUPS = {
  findings: "what is found",
  markers: "what users wrote",
  cpus: "the host's CPUs",
  vm: "a VM: a group for each",
  device: "a device: a group for each",
  counters: "what is counted",
} as const satisfies Readonly<Record<string, string>>;

/** The name of a kind of group. */
export type LaneGroupKind = keyof typeof LANE_GROUPS;

/** One kind of lane. In templates, `{name}` is the subject's name, and `{short}` its name within its group. */
export interface LaneFacts {
  /** What one row of it is, in a few words. */
  readonly says: string;
  /** The template of its id, such as `irte:{name}`. What stands before the colon is unique among a subject's lanes. */
  readonly id: string;
  /** What one lane is about. */
  readonly subject: LaneSubject;
  /** The kind of group that it stands in. Within a subject, lanes stand in the order of the table. */
  readonly group: LaneGroupKind;
  /** The kind of lane of the same subject that it stands below and hides with; null = it stands by itself. */
  readonly under: string | null;
  /** The template of its name in full. */
  readonly name: string;
  /** The template of the name that it has within its group. */
  readonly label: string;
  /** What its rows come from. */
  readonly rows_from: keyof typeof LANE_ROWS;
  /** Is it listed though it has no row? */
  readonly listed: "always" | "with rows";
  /** Where it is shown. */
  readonly place: keyof typeof LANE_PLACES;
  /** How it is drawn. */
  readonly form: keyof typeof LANE_FORMS;
  /** The word for its subject, one and many, such as `vCPU` and `vCPUs`. */
  readonly words: readonly [one: string, many: string];
}

/** The same with its states. */
export interface LaneDescription extends LaneFacts {
  /** Its states in words. */
  readonly states: Readonly<Partial<Record<LaneState, string>>>;
}

/** One kind of group. */
export interface LaneGroupDescription {
  /** The template of its head; `{name}` is the group's name. */
  readonly head: string;
  /** Kind of lane whose number stands at its head; null = none. */
  readonly counts: string | null;
  /** What stands at its head instead; "" = nothing. */
  readonly note: string;
}

/** All lanes of a platform. */
export interface LaneKindsTable {
  /** The kinds of lanes by their names, in their order. */
  readonly kinds: Readonly<Record<string, LaneFacts>>;
  /** The kinds of groups. */
  readonly groups: Readonly<Record<LaneGroupKind, LaneGroupDescription>>;
  /** What the colours of bars mean, by the names of paints, in the order in which they are told. */
  readonly legend: Readonly<Record<string, string>>;
}

/** The same with the states of lanes: a platform's table. */
export interface LaneTable extends LaneKindsTable {
  /** The kinds of lanes by their names, in their order. */
  readonly kinds: Readonly<Record<string, LaneDescription>>;
}

/** A name put into a template. */
export function named(template: string, name: string, short = name): string {
  return template.replace("{name}", () => name).replace("{short}", () => short);
}
