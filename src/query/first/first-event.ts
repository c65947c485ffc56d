// `first`: the first event after which tests hold, with what that event is.

import { type EventKindName } from "../../domain/events/kinds.js";
import { atOnce } from "../../base/steps.js";
import { type TimeText } from "../../domain/values/ids.js";
import type Database from "better-sqlite3";
import { type Recording } from "../../timeline/read/recordings.js";
import { vcpuName, vmName } from "../../domain/values/names.js";
import { log, type LogEntry } from "../log/log.js";
import { at } from "../state/at.js";
import { type AtDocument } from "../document/document.js";
import { fullNames } from "../subject/named.js";
import { rangeOf, type SpanOptions } from "../subject/span.js";
import { readTests, type EntityKind } from "./fields.js";
import { firstByBisect, firstInIntervals, type FirstResult, type FirstSubject } from "./first.js";
import { type Test } from "./predicate.js";

/** What `first` found, with the event. The event's fields are null if there is none. */
export interface FirstAnswer extends FirstResult {
  /** In the recording's clock unit, as text. */
  readonly time_ns: TimeText | null;
  /** The line of the trace. */
  readonly line: number | null;
  /** The name of its kind (EVENT_KINDS). */
  readonly kind: EventKindName | null;
  /** The VM or vCPU that the event is about; null = about none. */
  readonly subject: string | null;
  /** The own name of the VM that the event is about; null = about none, or it has none. */
  readonly vm_name: string | null;
  /** The title of a finding; null = a test was asked for, or nothing was found. */
  readonly title: string | null;
}

/**
 * The first event of a span after which all tests of one entity hold. Throws ERR_NAME if the recording has
 * no such entity, the entity no such field, or the field no such value, ERR_WHEN if the span is malformed.
 */
export function firstEventThat(
  sqlite: Database.Database,
  recording: Recording,
  tests: readonly Test[],
  subject: FirstSubject,
  options: SpanOptions,
): FirstAnswer {
  const read = readTests(kindOf(subject), tests);
  const range = rangeOf(sqlite, recording, options);
  const stateAt = (seq: number): AtDocument => atOnce(at(sqlite, recording, `@${seq}`, subject));
  // Refuses a name that nothing in the recording has.
  stateAt(range.to);
  const found =
    firstInIntervals(sqlite, recording, read, fullNames(subject), range) ??
    firstByBisect(read, subject, range, stateAt);
  return withEvent(sqlite, recording, found, null);
}

function kindOf({ irte, vcpu }: FirstSubject): EntityKind {
  if (irte !== undefined) return "irte";
  return vcpu === undefined ? "vm" : "vcpu";
}

/** Adds to a result what its event is. */
export function withEvent(
  sqlite: Database.Database,
  recording: Recording,
  found: FirstResult,
  title: string | null,
): FirstAnswer {
  const { seq } = found;
  const [event] = seq === null ? [] : [...log(sqlite, recording, { from: seq, to: seq })];
  const { time_ns = null, line = null, kind = null, vm_name = null } = event ?? {};
  return { ...found, time_ns, line, kind, subject: subjectOf(event), vm_name, title };
}

function subjectOf(event: LogEntry | undefined): string | null {
  const { vm_id = null, vcpu_id = null } = event ?? {};
  if (vm_id === null) return null;
  return vcpu_id === null ? vmName(vm_id) : vcpuName(vm_id, vcpu_id);
}
