// The address of a view: everything that the page shows follows from what stands behind the `#`.

import { isTimeZone } from "./time-zone.js";

/** The tabs, in their order. */
export const TABS = ["events", "findings", "audit", "compare", "sql"] as const;

/** The name of a tab. */
export type Tab = (typeof TABS)[number];

/** The orders of lanes: as the recording numbers subjects, by name, and by the last change before T. */
export const ORDERS = ["number", "name", "change"] as const;

/** The name of an order. */
export type Order = (typeof ORDERS)[number];

/** What the audit counts writes by. */
export const AUDIT_GROUPS = ["cause", "task", "device", "irte", "vcpu", "interval"] as const;

/** One of them. */
export type AuditGroup = (typeof AUDIT_GROUPS)[number];

/** How times are shown: by the trace's clock, relative to A, or by the wall clock. */
export type Zone = "trace" | "a" | "wall";

const ZONES: readonly string[] = ["trace", "a", "wall"] satisfies Zone[];

/** A span of time in clock units: where it starts and how long it is. */
export interface Span {
  /** First moment, in clock units. */
  readonly start: bigint;
  /** Length in clock units, more than 0. */
  readonly length: bigint;
}

/** A moment: after an event, at a time in clock units, or at the end of a recording that grows. */
export type At = AtEvent | AtTime | "live";

/** The moment after an event. */
export interface AtEvent {
  /** The event. */
  readonly seq: number;
}

/** A moment of the clock. */
export interface AtTime {
  /** Its time in clock units. */
  readonly time: bigint;
}

/** What is selected: a kind such as `irte`, and the contract's name of the subject. */
export interface Subject {
  /** irte, vcpu, vm, cpu, irqfd or finding. */
  readonly kind: string;
  /** The name, such as `0000:00:08.0/0` or `F1`. */
  readonly name: string;
}

/** The state of the page. null = not chosen. */
export interface UrlState {
  /** The recording's id. */
  readonly recording: number | null;
  /** The first 12 digits of the SHA-256 of the recording's file. */
  readonly hash: string | null;
  /** The moment whose state is shown. */
  readonly t: At | null;
  /** The span that the lanes show. */
  readonly view: Span | null;
  /** Marker A. */
  readonly a: At | null;
  /** Marker B. */
  readonly b: At | null;
  /** The subject that is selected. */
  readonly subject: Subject | null;
  /** The finding whose chain is shown: its number, such as `F1`, or of a recording that grows its place, such as `@812`. */
  readonly finding: string | null;
  /** Only groups and lanes whose names contain one of these texts. */
  readonly lanes: readonly string[];
  /** In which order lanes stand. */
  readonly order: Order;
  /** Ids of lanes at the top. */
  readonly pinned: readonly string[];
  /** Ids of groups and lanes that are folded away; with `-` in front, opened although they would fold. */
  readonly folded: readonly string[];
  /** The open tab. */
  readonly tab: Tab;
  /** The tab's filter or its SQL. */
  readonly query: string;
  /** The text that lines of the events must have in the trace. */
  readonly grep: string;
  /** The lists have what is in view, or all rows. */
  readonly rows: "all" | "view";
  /** What the audit counts by. */
  readonly auditBy: AuditGroup;
  /** How the result of the SQL is shown; null = there is none, the query was not run or failed. */
  readonly result: "table" | "plot" | null;
  /** Which fields Compare lists: those that differ, or all of what differs. */
  readonly compareFields: "different" | "all";
  /** The lists below the lanes; null = open where the window is high enough. */
  readonly lists: "open" | "folded" | null;
  /** The rules that the chosen finding is judged by as well; null = by none. */
  readonly judgeBy: string | null;
  /** How times are shown. */
  readonly zone: Zone;
  /** The zone in which the wall clock is told: an IANA name such as `Europe/Berlin`; null = UTC. */
  readonly timeZone: string | null;
  /** Keys that this page does not know, kept as they are. */
  readonly others: readonly (readonly [string, string])[];
}

/** A page about which nothing is said. */
export const NOTHING_SAID: UrlState = {
  recording: null,
  hash: null,
  t: null,
  view: null,
  a: null,
  b: null,
  subject: null,
  finding: null,
  lanes: [],
  order: "number",
  pinned: [],
  folded: [],
  tab: "findings",
  query: "",
  grep: "",
  rows: "all",
  auditBy: "cause",
  result: null,
  compareFields: "different",
  lists: null,
  judgeBy: null,
  zone: "trace",
  timeZone: null,
  others: [],
};

/** A parsed address, and the keys whose values mean nothing. */
export interface Parsed {
  /** What is meant. */
  readonly state: UrlState;
  /** Keys that were ignored. */
  readonly ignored: readonly string[];
}

/** Reads what stands behind the `#` of an address. */
export function parseHash(hash: string): Parsed {
  const ignored: string[] = [];
  let state = NOTHING_SAID;
  for (const part of hash.replace(/^#/, "").split("&").filter(Boolean)) {
    const [key = "", ...rest] = part.split("=");
    const value = decoded(rest.join("="));
    const read = READERS[key];
    if (read === undefined) {
      state = { ...state, others: [...state.others, [key, rest.join("=")]] };
      continue;
    }
    const found = value === null ? null : read(value);
    if (found === null) ignored.push(key);
    else state = { ...state, ...found };
  }
  return { state, ignored };
}

/** Writes an address: what stands behind the `#`. */
export function hashOf(state: UrlState): string {
  const parts: [string, string | null][] = [
    ["r", state.recording === null ? null : String(state.recording)],
    ["h", state.hash],
    ["t", atText(state.t)],
    ["v", state.view && `${state.view.start}+${state.view.length}`],
    ["a", atText(state.a)],
    ["b", atText(state.b)],
    ["s", state.subject && `${state.subject.kind}:${state.subject.name}`],
    ["f", state.finding],
    ["l", listText(state.lanes)],
    ["o", unlessDefault(state, "order")],
    ["pin", listText(state.pinned)],
    ["fold", listText(state.folded)],
    ["tab", unlessDefault(state, "tab")],
    ["q", unlessDefault(state, "query")],
    ["grep", unlessDefault(state, "grep")],
    ["rows", unlessDefault(state, "rows")],
    ["by", unlessDefault(state, "auditBy")],
    ["as", state.result],
    ["fields", unlessDefault(state, "compareFields")],
    ["lists", state.lists],
    ["rules", state.judgeBy],
    ["z", state.zone === "wall" ? (state.timeZone ?? "wall") : unlessDefault(state, "zone")],
  ];
  return [
    ...parts.flatMap(([key, value]) => (value === null ? [] : [`${key}=${encoded(value)}`])),
    ...state.others.map(([key, value]) => (value === "" ? key : `${key}=${value}`)),
  ].join("&");
}

type Worded =
  ("order" | "tab" | "query" | "grep" | "zone") | ("rows" | "auditBy" | "compareFields");

/** A value that is not the one of a page about which nothing is said; null = it is. */
function unlessDefault(state: UrlState, key: Worded): string | null {
  return state[key] === NOTHING_SAID[key] ? null : state[key];
}

/** A moment as the address has it. */
export function atText(at: At | null): string | null {
  if (at === null) return null;
  if (at === "live") return "live";
  return "seq" in at ? `@${at.seq}` : String(at.time);
}

/** Reads a moment of an address; null = it is none. */
export function readAt(text: string): At | null {
  if (text === "live") return "live";
  const seq = /^@(\d{1,15})$/.exec(text)?.[1];
  if (seq !== undefined) return { seq: Number(seq) };
  return /^\d{1,19}$/.test(text) ? { time: BigInt(text) } : null;
}

type Reader = (value: string) => Partial<UrlState> | null;

function moment(key: "t" | "a" | "b"): Reader {
  return (value) => {
    const at = readAt(value);
    return at && { [key]: at };
  };
}

function list(key: "lanes" | "pinned" | "folded"): Reader {
  return (value) => ({ [key]: value.split(",").filter(Boolean) });
}

/** A value that is one of these words. */
function word<Key extends Worded | "lists" | "result">(
  key: Key,
  words: readonly UrlState[Key][],
): Reader {
  return (value) => {
    const found = words.find((each) => each === value);
    return found === undefined ? null : { [key]: found };
  };
}

const READERS: Readonly<Record<string, Reader | undefined>> = {
  r: (value) => (/^\d{1,9}$/.test(value) ? { recording: Number(value) } : null),
  h: (value) => (/^[0-9a-f]{12}$/.test(value) ? { hash: value } : null),
  t: moment("t"),
  a: moment("a"),
  b: moment("b"),
  v: (value) => {
    const [, start, length] = /^(\d{1,19})\+([1-9]\d{0,18})$/.exec(value) ?? [];
    if (start === undefined || length === undefined) return null;
    return { view: { start: BigInt(start), length: BigInt(length) } };
  },
  s: (value) => {
    const [, kind, name] = /^([a-z]+):(.+)$/.exec(value) ?? [];
    return kind === undefined || name === undefined ? null : { subject: { kind, name } };
  },
  f: (value) => (/^(?:F\d+|@\d{1,15}(?:\.\d{1,6})?)$/.test(value) ? { finding: value } : null),
  l: list("lanes"),
  o: word("order", ORDERS),
  pin: list("pinned"),
  fold: list("folded"),
  tab: word("tab", TABS),
  q: (value) => ({ query: value }),
  grep: (value) => ({ grep: value }),
  rows: word("rows", ["all", "view"]),
  by: word("auditBy", AUDIT_GROUPS),
  as: word("result", ["table", "plot"]),
  fields: word("compareFields", ["different", "all"]),
  lists: word("lists", ["open", "folded"]),
  rules: (value) => (/^[\w.-]{1,40}$/.test(value) ? { judgeBy: value } : null),
  z: (value) => {
    const timeZone = value === "UTC" ? null : value;
    if (value !== "wall" && isTimeZone(value)) return { zone: "wall", timeZone };
    return ZONES.includes(value) ? { zone: value as Zone, timeZone: null } : null;
  },
};

function listText(texts: readonly string[]): string | null {
  return texts.length === 0 ? null : texts.join(",");
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Percent-encodes what an address cannot hold, and leaves what people read in it: `@ : / , +`. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/%(?:40|3A|2F|2C|2B)/g, decodeURIComponent);
}
