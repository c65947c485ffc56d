// The kernel functions that the events and causes of a recording stand for, as its platform's tables name them.

import type Database from "better-sqlite3";
import { platformOf } from "../../platforms/registry.js";
import { seenNames } from "../../timeline/read/directory.js";
import { type Recording } from "../../timeline/read/recordings.js";

/** What is asked of an event: its kind, and its cause with the kind of the event that brought it about. */
export interface Caused {
  /** The name of the event's kind (EVENT_KINDS). */
  readonly kind: string;
  /** The name of its cause (CAUSES); null = none. */
  readonly cause: string | null;
  /** Kind of the event `cause_seq`; null = there is none. */
  readonly cause_kind: string | null;
}

/** The functions of an event. Several that cannot be told apart stand with ` or ` between them; null = none is known. */
export interface EventFunctions {
  /** The function that it stands for. */
  readonly function: string | null;
  /**
   * The function that brought it about: that of the event `cause_seq`, or the one that its cause stands for. Which function
   * it was can be known where its cause is not, because another one may be around it.
   */
  readonly cause_function: string | null;
}

/** Names the functions of one recording. */
export type FunctionsOf = (event: Caused) => EventFunctions;

const ofRecording = new WeakMap<Database.Database, Map<number, FunctionsOf>>();

/** Names the functions of a recording's events. What a complete recording shows is looked up once. */
export function kernelFunctions(sqlite: Database.Database, recording: Recording): FunctionsOf {
  const known = ofRecording.get(sqlite) ?? new Map<number, FunctionsOf>();
  ofRecording.set(sqlite, known);
  const found = known.get(recording.id);
  if (found !== undefined) return found;
  const made = newFunctions(sqlite, recording);
  if (recording.state === "complete") known.set(recording.id, made);
  return made;
}

function newFunctions(sqlite: Database.Database, recording: Recording): FunctionsOf {
  const platform = platformOf(recording);
  const names = seenNames(sqlite, recording);
  const sees = (name: string): boolean => names.has(name);
  const { kernel } = recording;
  const kindOf = memo((kind) => platform.functionsOfKind?.(kind, sees, kernel) ?? []);
  const causeOf = memo((cause) => platform.functionsOfCause?.(cause, sees, kernel) ?? []);
  const functionsOf = ({ kind, cause, cause_kind }: Caused): EventFunctions => {
    const own = kindOf(kind);
    const causes = cause_kind !== null ? kindOf(cause_kind) : cause !== null ? causeOf(cause) : [];
    const isOwn = cause_kind === null && own.some((name) => causes.includes(name));
    return { function: joined(own), cause_function: joined(isOwn ? own : causes) };
  };
  // There are few different ones, and many events.
  const known = new Map<string, EventFunctions>();
  return (event) => {
    const key = `${event.kind},${event.cause ?? ""},${event.cause_kind ?? ""}`;
    const found = known.get(key) ?? functionsOf(event);
    known.set(key, found);
    return found;
  };
}

function joined(names: readonly string[]): string | null {
  return names.length === 0 ? null : names.join(" or ");
}

function memo(look: (name: string) => readonly string[]): (name: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (name) => {
    const found = known.get(name) ?? look(name);
    known.set(name, found);
    return found;
  };
}
