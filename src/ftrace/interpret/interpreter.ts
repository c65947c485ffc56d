// Reads one line's payload in the light of what came before on its task, and makes the event. What
// each name's payload says stands in readers/; what all of them use stands here, in subjects.ts (whom a line
// is about) and in causes.ts (which function brought it about).

import { setPayload } from "../../domain/events/payload.js";
import { type EventDraft, newDraft } from "../../domain/events/stored-event.js";
import { KIND } from "../../domain/events/kinds.js";
import { type CallReturn, type MarkerText, type TwinEvent } from "../../domain/events/event.js";
import { agreedBy, profilesIn } from "../../domain/amd/releases/allowed.js";
import { RULES, isRulesId, type Rules } from "../../domain/amd/releases/releases.js";
import { FIELD, Fields } from "../text/fields.js";
import { type ProbeName } from "../../domain/amd/probes/probes.js";
import { parseBdfName } from "../../domain/values/names.js";
import { type Stamp } from "../../domain/values/ids.js";
import { numberOf, type HeaderLine } from "../../source/header/header-line.js";
import { BYTE } from "../text/bytes.js";
import { type LossMarker } from "../text/layout.js";
import { Line } from "../text/line.js";
import { kernelWords } from "../text/raw-words.js";
import { type FirstIds } from "../../source/rows.js";
import { type Task } from "./task.js";
import { LearnedNames } from "./learned-names.js";
import { type DumpedEntry } from "../../source/header/irqtbl.js";
import { type HostFact } from "../../source/header/host-fact.js";
import { AnchoredHost } from "./anchored.js";
import { Snapshot } from "./snapshot.js";
import { World } from "./world.js";

/** What a line turned out to be; a rejected one says why. */
export type Outcome =
  | "event"
  | "unused"
  | {
      /** Why the line is rejected, in words. */
      readonly rejected: string;
    };

/** Reads the line that the interpreter stands at. */
export type Reader = (at: Interpreter) => Outcome;

/** Readers by the name of the probe or tracepoint. */
export type Readers = Readonly<Partial<Record<ProbeName, Reader>>>;

/** Stands at one line after the other, and makes at most one event of each. */
export class Interpreter {
  /** The line that it stands at. */
  readonly line: Line;
  /** Who is who, as far as the lines tell. */
  readonly world: World;
  /** Who the VMs and vCPUs are that were there before. */
  readonly names: LearnedNames;
  /** The VMs that ran already, as the header tells of them. */
  readonly snapshot = new Snapshot();
  /** The task that printed the line; set before a reader is called. */
  task!: Task;
  /** null = no profile is known for the recording, or those that it allows do not read alike. */
  readonly rules: Rules | null;
  /** Whose functions call whom; where nothing tells as before the series. */
  readonly series: "before" | "after";
  /** The line's number in the file, from 1. */
  lineNumber = 0;
  /** Texts of markers since the list was last emptied. */
  texts: MarkerText[] = [];
  /** Calls that ended since the list was last emptied. */
  returns: CallReturn[] = [];
  /** What names the line's VM is of different VMs: `kvm=`, `vm_id=`, and the function under way. */
  isMisnamed = false;
  private made: EventDraft | null = null;
  private readonly lazyFields = new Fields();
  private isRead = false;
  private seq: number;

  /**
   * `rules`: the profile by which lines are read, null = none; `first`: the numbers of its first rows; `line`: takes its
   * lines apart.
   */
  constructor(
    rules: string | null,
    first: FirstIds & {
      /** The seq of the next event. */
      readonly seq: number;
    },
    line = new Line(),
  ) {
    this.line = line;
    this.world = new World(first);
    this.rules = rules !== null && isRulesId(rules) ? RULES[rules] : null;
    this.names = new LearnedNames(this.world.vms, this.rules);
    this.series = agreedBy(profilesIn(rules), ({ series }) => series) ?? "before";
    this.seq = first.seq;
  }

  /** The event that the last reader made, if it made one. */
  get lastMade(): TwinEvent | null {
    return this.made;
  }

  /** The seq that the next event gets. */
  get nextSeq(): number {
    return this.seq;
  }

  /** Notes which event the returns of the last line follow: the lines come in another order than the file's. */
  placeReturns(): void {
    const { returns } = this;
    for (let i = returns.length - 1; returns[i]?.after === undefined && i >= 0; i--) {
      const { seq = 0, line = 0 } = returns[i] ?? {};
      returns[i] = { seq, line, after: this.seq - 1 };
    }
  }

  /** Calls a reader for the line that `line` holds. */
  interpret(reader: Reader, lineNumber: number): Outcome {
    const { line } = this;
    this.lineNumber = lineNumber;
    this.made = null;
    this.isMisnamed = false;
    this.task = this.world.tasks.of(line);
    this.isRead = false;
    // A probe's payload begins with its symbol: damage in it is found before anything acts on it.
    if (line.buffer[line.body] === BYTE.openParen && this.fields.malformed) return this.malformed();
    const outcome = reader(this);
    if (this.hasMalformedField()) {
      this.made = null;
      return this.malformed();
    }
    if (typeof outcome === "object") this.task.stack.forget();
    if (this.lastMade !== null) this.task.lastSeq = this.seq++;
    return outcome;
  }

  /** A line could not be ascribed to a task: what tasks are in the middle of is not known any more. */
  strayed(): void {
    this.world.tasks.strayed();
  }

  private hasMalformedField(): boolean {
    return this.isRead && this.lazyFields.malformed;
  }

  private malformed(): Outcome {
    this.task.stack.forget();
    return { rejected: `${this.line.name()}: a value is neither a number nor (fault)` };
  }

  /** The payload's fields, read when a reader first asks: many lines are told by their name alone. */
  get fields(): Fields {
    if (!this.isRead) {
      this.isRead = true;
      this.line.readFields(this.lazyFields);
    }
    return this.lazyFields;
  }

  /** The value of a field (fields.ts: FIELD); null where the line has none that is readable and exact. */
  number(field: number): number | null {
    return this.fields.number(field);
  }

  /** What of the payload fits a pattern of the kernel's words; null = it is in nobody's words. */
  words(pattern: RegExp): RegExpExecArray | null {
    const text = this.line.text();
    return pattern.exec(text) ?? pattern.exec(kernelWords(this.line.name(), text));
  }

  /** Has the line a readable value of each of these fields? */
  require(...fields: readonly number[]): boolean {
    const read = this.fields;
    for (const field of fields) if (!read.has(field)) return false;
    return true;
  }

  /** The outcome for a line that lacks something without which it says nothing. */
  lacking(what: string): Outcome {
    if (this.isMisnamed) return this.misnamed();
    return { rejected: `${this.line.name()}: ${what} must be there and readable` };
  }

  private misnamed(): Outcome {
    const { fields } = this;
    const vm_id = fields.number(FIELD.vm_id);
    const line = this.world.vms.creationOf(fields.high(FIELD.kvm), fields.low(FIELD.kvm), vm_id);
    const by = line === undefined ? "" : `, one of them by line ${line}`;
    return { rejected: `${this.line.name()}: what names the VM is of different VMs${by}` };
  }

  /** A new event at this line; a reader makes at most one. */
  event(kind: number): EventDraft {
    const { line } = this;
    this.made = newDraft(kind, {
      seq: this.seq,
      line: this.lineNumber,
      billions: line.billions,
      rest: line.rest,
      cpu: line.cpu,
      task: this.task.row.id,
    });
    const { task } = this;
    if (kind !== KIND.avic_inhibit_set && kind !== KIND.avic_inhibit_cleared) task.inhibitVm = null;
    if (kind !== KIND.irte_exchanged && line.inInterrupt === task.writesInInterrupt)
      task.written = null;
    return this.made;
  }

  /** The event of a user's text: nothing of what its task does depends on it. */
  marker(text: string): void {
    const { line, lineNumber, task, seq } = this;
    const { billions, rest, cpu } = line;
    this.made = newDraft(KIND.marker, {
      seq,
      line: lineNumber,
      billions,
      rest,
      cpu,
      task: task.row.id,
    });
    this.texts.push({ seq, text });
  }

  /** Takes what a line of the capture script's header says of the host. */
  learnFrom(header: HeaderLine): void {
    for (const vm of this.snapshot.read(header)) this.world.vms.changedVms.add(vm);
    if (header.problem !== null) return;
    const device = header.key === "pci" ? parseBdfName(header.value) : null;
    if (device !== null) this.world.tellDevice(device);
    if (header.key !== "cpu") return;
    const cpu = numberOf(header, "cpu");
    const apic = numberOf(header, "apic");
    if (cpu !== null && apic !== null) this.world.tellApic(cpu, apic);
  }

  /** The event of an entry that a dump shows: it has no task, and the time of the line that follows. */
  anchored(entry: DumpedEntry, { billions, rest }: Stamp): TwinEvent {
    const { segment, devid, index, bits, line, host_irq = null } = entry;
    this.world.noteDumped(entry);
    const at = { seq: this.seq++, line, billions, rest, cpu: 0, task: null };
    const event = newDraft(KIND.irte_anchored, at);
    event.segment = segment === 0 ? null : segment;
    event.devid = devid;
    event.irte_index = index;
    event.host_irq = host_irq;
    Object.assign(event, bits);
    event.words = 2;
    return event;
  }

  /** The events of what a dump shows besides entries, as anchored() makes that of an entry. */
  anchoredHost(facts: readonly HostFact[], at: Stamp): IterableIterator<TwinEvent> {
    return new AnchoredHost(this.world, () => this.seq++, at).eventsOf(facts);
  }

  /** The event of a marker: it has no task, and the time of the line that follows. */
  lost(marker: LossMarker, { billions, rest }: Stamp): TwinEvent {
    const { cpu, count, line } = marker;
    this.world.forget();
    this.names.forget();
    const event = newDraft(KIND.events_lost, {
      seq: this.seq++,
      line,
      billions,
      rest,
      cpu,
      task: null,
    });
    setPayload.count(event, count);
    return event;
  }
}
