// What a row of the probe table holds.

import { type Level, type FactName } from "../../platform/facts.js";
import { type Cause } from "../../events/causes.js";
import { type EventKindName } from "../../events/kinds.js";
import { type Difference, type Rules } from "../releases/releases.js";
import { type Definition, type Place, type Prototype } from "./definition.js";
import { type FrameRow } from "./frame-row.js";
import { type KnownKernel } from "./kernels.js";
import { type WriteShape } from "./write-shapes.js";

/**
 * Where a line comes from: the entry or the return of a kernel function (kprobe, kretprobe), a place inside
 * of one, or a tracepoint of the kernel.
 */
export type ProbeType = "entry" | "return" | "inside" | "tracepoint";

/** A transition rule as findings name it. Two rules have a case that needs more probes than the rest. */
export type RuleName = `T${number}` | "T1 second" | "T3 presumed";

/** What can be called violated: a rule by a write, or an invariant by a state. */
export type Judged = RuleName | `I${number}`;

/** From this kernel on the function has this symbol; null = it has none there. */
export type SymbolSince = readonly [since: KnownKernel, symbol: string | null];

/** A format that only some releases print. */
export interface FormatEvidence {
  /** A regular expression of what follows `NAME: ` in the line. */
  readonly format: string;
  /** Can a release print it? */
  readonly holds: (rules: Rules) => boolean;
}

/** A row as it is written down. What is left out is none of it. */
export interface ProbeRow {
  /** The event's name in the trace: the probe's, or the tracepoint's. */
  readonly name: string;
  /** What it is: a kprobe, a kretprobe or a tracepoint. */
  readonly type: ProbeType;
  /** The kernel function that is probed, or that prints the tracepoint, by its newest name; null = several. */
  readonly function: string | null;
  /** The file of Linux that has the function, or that declares the tracepoint. */
  readonly file: string;
  /** The function that prints a tracepoint before the series of 62 patches, where it has another one since. */
  readonly functionBefore?: string;
  /** The group of a tracepoint, such as `kvm`. */
  readonly system?: string;
  /** Where the symbol is not the function's name, by the kernels of which the symbols are known. A tracepoint has none. */
  readonly symbols?: readonly SymbolSince[];
  /** How it is defined: the first form that fits the kernel. A tracepoint is not defined, it is there. */
  readonly definitions?: readonly Definition[];
  /** The function's parameters, for builds whose BTF has not got them. */
  readonly prototype?: Prototype;
  /** Where inside of the function it is. */
  readonly place?: Place;
  /** Of its `key=value` pairs those that are read; some only some kernels print. */
  readonly fields?: readonly string[];
  /** How the kernel prints what is read as text. */
  readonly text?: string;
  /** The kinds of event that its lines become. */
  readonly events?: readonly EventKindName[];
  /** Its lines become no event, but tell what the next lines of the task mean. */
  readonly isContext?: boolean;
  /** Why an IRTE is written, where the function does not act through a call frame. */
  readonly cause?: Cause;
  /** The call frames that it opens; of several, what the line says picks one. */
  readonly frames?: readonly FrameRow[];
  /** The frame that ends with it, if it is still open. */
  readonly ends?: string;
  /** What its line shows, in one sentence. */
  readonly shows?: string;
  /** The smallest set of probes that has it; null = a tracepoint, which is in no set. */
  readonly level: Level | null;
  /** The rules and invariants that may be called violated only if the recording has a line of it. */
  readonly neededBy?: readonly Judged[];
  /** They need it only in the releases that have this difference; absent = in all. */
  readonly neededWhere?: Difference;
  /** What a write looks like that its function made unseen; any of them. */
  readonly unseen?: readonly WriteShape[];
  /** What cannot be decided without it. */
  readonly undecided?: string;
  /** What it helps to show. */
  readonly facts?: readonly FactName[];
  /** What its format tells of the release. */
  readonly tells?: readonly FormatEvidence[];
}
