// What the server answers, where it is not a document of the library.

import {
  type AtDocument,
  type CheckReport,
  type ExplainedFinding,
  type FieldBlame,
  type Finding,
  type ImportProgress,
  type ImportResult,
  type LaneKindsTable,
  type LogEntry,
  type RecordingFacts,
} from "../../../index.js";

/** What `/api/timeline` answers. */
export interface TimelineAnswer {
  /** irqtwin's version. */
  readonly version: string;
  /** The instance of the server, which names its cookie. */
  readonly instance: string;
  /** The timeline's file. */
  readonly file: string;
  /** The recordings of the timeline. */
  readonly recordings: readonly RecordingFacts[];
  /** The name of the file that the server imports for a page now; null = none. */
  readonly importing: string | null;
  /** With what to open where the address says nothing; absent or null = with the newest recording. */
  readonly start?: Start | null;
  /** The rules profiles that findings can be judged by. */
  readonly rules?: readonly string[];
  /** Recordings whose findings are not known, newest first; none where there is a start. */
  readonly unchecked?: readonly number[];
}

/** What `/api/live` tells, as far as the page needs it. */
export interface LiveMessage {
  /** The recording that changed. */
  readonly recording_id: number;
}

/** Why the server did not do what it was asked for. */
export interface Refusal {
  /** Its code and its sentence. */
  readonly error: {
    /** Such as ERR_FORMAT_UNKNOWN. */
    readonly code: string;
    /** What is wrong, and the way out. */
    readonly message: string;
  };
}

/** What `POST /api/import` tells while it runs, and how it ends. */
export type ImportMessage =
  Told<"progress", ImportProgress> | Told<"done", ImportResult> | Told<"error", Refusal>;

/** A message of a kind. */
interface Told<Kind extends string, Data> {
  /** Its kind. */
  readonly event: Kind;
  /** What it tells. */
  readonly data: Data;
}

/** The recording and the finding that a first visit opens with. */
export interface Start {
  /** The recording's id. */
  readonly recording: number;
  /** The finding's id; null = it has none. */
  readonly finding: string | null;
}

/** How a state of a lane looks: `paint` is a name of the page's table of paints. */
export interface StateStyle {
  /** The state in words for people. */
  readonly text?: string;
  /** The name of its paint. */
  readonly paint?: string;
  /** Which state a merged column shows: that of the highest rank. */
  readonly rank?: number;
  /** It is a state that should not be. */
  readonly wrong?: boolean;
}

/** A lane: one subject over time. */
export interface Lane {
  /** Such as `irte:0000:00:08.0/0`. */
  readonly id: string;
  /** The subject's contract name. */
  readonly name: string;
  /** The short name in its group. */
  readonly label: string;
  /** What else is known of it in a few words; null = nothing. */
  readonly note: string | null;
  /** Its row of the table, such as `irte`. */
  readonly kind: string;
  /** Its changes in the whole recording; null = not counted yet. */
  readonly changes: number | null;
}

/** Lanes that stand together. */
export interface LaneGroup {
  /** The group's id. */
  readonly id: string;
  /** Its name, such as `0000:00:08.0`. */
  readonly name: string;
  /** Its kind in the table, such as `device`. */
  readonly kind: string;
  /** A note at the right of its head; null = none. */
  readonly note: string | null;
  /** Its lanes in order. */
  readonly lanes: readonly Lane[];
}

/** The last change of a lane up to a moment: an element of what `/api/r/R/last-changes` answers. */
export interface LastChange {
  /** The lane's id. */
  readonly lane: string;
  /** The event; null = the lane had not changed yet. */
  readonly seq: number | null;
}

/** A span in which events were lost. */
export interface Gap {
  /** Its begin in clock units; null = before the recording. */
  readonly from_ns: string | null;
  /** Its end. */
  readonly to_ns: string;
  /** How many events were lost; null = not known. */
  readonly lost: number | null;
  /** The CPU that lost them; null = not told. */
  readonly cpu: number | null;
}

/** What `/api/r/R/lanes` answers. */
export interface LanesAnswer {
  /** The recording that was asked of; the page adds it. */
  readonly recording: number;
  /** Groups of lanes in order. */
  readonly groups: readonly LaneGroup[];
  /** First moment of the recording. */
  readonly start_ns: string | null;
  /** Last moment. */
  readonly end_ns: string | null;
  /** First event. */
  readonly first_seq: number;
  /** Last event; null = none. */
  readonly last_seq: number | null;
  /** How states look, by their ids. */
  readonly states: Readonly<Record<string, StateStyle>>;
  /** What lanes and groups there are on the recording's platform. */
  readonly table: LaneKindsTable;
  /** Where events were lost. */
  readonly gaps?: readonly Gap[];
}

/** Findings of a column. */
export interface OverviewFinding {
  /** How many. */
  readonly n: number | string;
  /** The column. */
  readonly column: number;
}

/** A gap in columns. */
export interface OverviewGap {
  /** Its first column. */
  readonly from_column: number;
  /** Its last column. */
  readonly to_column: number;
}

/** What `/api/r/R/overview` answers. */
export interface OverviewAnswer {
  /** First moment of the first column. */
  readonly from_ns: string;
  /** End of the last column. */
  readonly to_ns: string;
  /** Events in each column. */
  readonly density: readonly number[];
  /** Where findings are. */
  readonly findings: readonly OverviewFinding[];
  /** Where events were lost. */
  readonly gaps: readonly OverviewGap[];
}

/** A span in which a finding is bad; ends of null = it goes on to the end. */
export interface FindingSpan {
  /** The event with which it begins. */
  readonly from_seq: number;
  /** Its begin in clock units. */
  readonly from_ns: string;
  /** The event with which it ends. */
  readonly to_seq: number | null;
  /** Its end. */
  readonly to_ns: string | null;
}

/** A finding as the list has it. */
export type ListedFinding = Pick<
  Finding,
  | ("id" | "seq" | "time_ns" | "times" | "severity" | "kind" | "rule" | "invariant" | "bug")
  | ("irte" | "vcpu" | "title")
> & {
  /** Where it is bad; absent or null = not told. */
  readonly span?: FindingSpan | null;
  /** The rules whose kernels do not have its bug any more; absent or null = it is no known bug. */
  readonly fixed_in?: string | null;
  /** What names it by its event, such as `@812` or `@812.2`; absent or null = not told. */
  readonly place?: string | null;
};

/** What `/api/r/R/findings` answers. */
export type FindingsAnswer = Omit<CheckReport, "findings"> & {
  /** The findings in the order of their events. */
  readonly findings: readonly ListedFinding[];
  /** false: the recording grows, and the verdict and the findings are those so far. Absent = true. */
  readonly is_final?: boolean;
  /** The last event that counts, of a recording that grows; null = none does. */
  readonly judged_to?: number | null;
};

/** What `/api/r/R/at` answers: the whole state, or a part of it. */
export type StateAnswer = AtDocument & {
  /** How many the whole has of each list. Absent = these are all. */
  readonly total?: Readonly<Record<"irtes" | "vcpus" | "irqfds" | "vms", number>>;
};

/** What `/api/r/R/findings/Fn` answers: the explanation, and the mail as lines or as one text. */
export interface ExplainedAnswer {
  /** The document of `explain --json`. */
  readonly explanation: ExplainedFinding["explanation"];
  /** The whole mail. */
  readonly mail: string | readonly string[];
  /** The lines that `explain` prints. */
  readonly text?: string | readonly string[];
}

/** A field of an entry's bit diagram. */
export interface BitField {
  /** Its name; `reserved` and what begins so is a box without a name. */
  readonly field: string;
  /** Its highest bit, 0 to 127. */
  readonly high: number;
  /** Its lowest bit. */
  readonly low: number;
  /** The unit of its value; null = none. */
  readonly unit: string | null;
  /** What it means. */
  readonly meaning: string;
  /** The value of the whole field as text, also where it has two pieces; null = not known. */
  readonly value: string | null;
  /** The bits, 0 to 127, that the last write flipped. */
  readonly flipped: readonly number[];
}

/** What `/api/r/R/blame` answers. */
export interface BlameAnswer {
  /** For each field the write that set it. */
  readonly fields: readonly FieldBlame[];
  /** The layout of the entry in its present format. */
  readonly bits: readonly BitField[];
}

/** Rows of the filtered list of events. */
export interface EventsAnswer {
  /** The rows from `offset`. */
  readonly events: readonly LogEntry[];
  /** Rows of the whole filtered list. */
  readonly total: number;
  /** The place of the first row. */
  readonly offset: number;
  /** Lines of the trace that have the text that was looked for; absent = none was. */
  readonly lines?: number;
}

/** A place that next and previous lead to. */
export interface Place {
  /** The event. */
  readonly seq: number;
  /** Its time in clock units. */
  readonly time_ns: string;
}

/** A column of a result. */
export interface SqlColumn {
  /** Its name. */
  readonly name: string;
  /** Its type, where a view has a column of that name; null = not known. */
  readonly type: string | null;
}

/** What `/api/sql` answers. */
export interface SqlAnswer {
  /** The columns of the result. */
  readonly columns: readonly SqlColumn[];
  /** Its rows. */
  readonly rows: readonly (readonly unknown[] | Readonly<Record<string, unknown>>)[];
  /** There are more rows than these. */
  readonly truncated: boolean;
  /** Milliseconds that the query took. */
  readonly elapsed_ms: number;
}

/** A part of a counter. */
export interface CounterPart {
  /** Such as a cause. */
  readonly name: string;
  /** Its value in each column; null = none. */
  readonly values: readonly (number | null)[];
}

/** A counter's columns. */
export interface CounterSeries {
  /** The lane's id, such as `counter:writes`. */
  readonly id: string;
  /** The unit of the values, such as `per s` or `%`. */
  readonly unit: string;
  /** The parts that stand on each other, such as one for each cause. */
  readonly parts: readonly CounterPart[];
}

/** What `/api/r/R/counters` answers. */
export interface CountersAnswer {
  /** Begin of the first column. */
  readonly from: string;
  /** End of the last. */
  readonly to: string;
  /** Columns. */
  readonly columns: number;
  /** Units in a column. */
  readonly bucket: number;
  /** The counters. */
  readonly series: readonly CounterSeries[];
}
