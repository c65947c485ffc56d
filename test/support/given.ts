// Tests that name a rule: given a history, when a function of the kernel runs, then these writes. The writes
// that the rules demand are taken as made, so that a history needs no lines of them; a function that prints a
// write makes that one instead.

import { expect } from "vitest";
import { InvariantRunner } from "../../src/check/invariant-runner.js";
import { AMD } from "../../src/domain/amd/platform.js";
import {
  IRTE_FIELDS,
  LEFT_ZERO,
  isGuestMode,
  type IrteFieldName,
} from "../../src/domain/amd/irte/irte-fields.js";
import { type RulesId } from "../../src/domain/amd/releases/releases.js";
import { type AmdKernel } from "../../src/domain/amd/rules/amd-kernel.js";
import { bitsOf, irteKeyOf, type TwinEvent } from "../../src/domain/events/event.js";
import { KIND } from "../../src/domain/events/kinds.js";
import { type Call, type Step } from "../../src/domain/model/calls.js";
import { type IrteModel } from "../../src/domain/model/model.js";
import { hasField, inverted, maskOfAll } from "../../src/domain/values/bit-fields.js";
import { WORDS, isComplete, type IrteBits, type Predicted } from "../../src/domain/values/bits.js";
import { APIC_OF_CPU, ENTRIES, VCPUS, type Entry, type Printed, type Vcpu } from "./small-host.js";
import { event } from "./twin-event.js";

/** A write as a test says it: the rule, the entry, and its fields; what is left out is 0, null = not known. */
export interface Write extends Partial<Readonly<Record<IrteFieldName, number | null>>> {
  readonly rule: string;
  readonly irte: Entry;
  readonly mode: "posted" | "remapped";
}

/** A write that the rules demand. */
interface Demanded {
  readonly rule: string;
  readonly irte: IrteModel;
  readonly entry: Predicted | "unknown";
}

/** The host's task, where an event names none. */
const HOST_TASK = 1;

/** The small host under the rules of a profile: functions run on it one after another, each to its end. */
export class SmallHost {
  readonly kernel: AmdKernel;
  readonly invariants: InvariantRunner;
  private seq = 0;

  constructor(profile: RulesId) {
    const host = { apicOfCpu: APIC_OF_CPU, logical: null };
    this.kernel = AMD.newKernel(profile, host, (row) => VCPUS.find((each) => each.row === row));
    this.invariants = new InvariantRunner(AMD, profile, this.kernel, () => true);
  }

  /** Runs a function of the kernel; the writes that the rules demand of it, in order. */
  run(printed: Printed): readonly Demanded[] {
    const demanded: Demanded[] = [];
    const root = this.seq + 1;
    let hasWritten = false;
    for (const one of printed) {
      const made = this.placed(one, root);
      if (made.kind === KIND.irte_written) {
        hasWritten = true;
        this.written(made);
      } else {
        this.invariants.observe(made);
        this.kernel.advance(made);
      }
    }
    const task = printed[0]?.task ?? HOST_TASK;
    const call = this.kernel.calls.get(task);
    for (const step of call === undefined ? [] : [...call.steps, ...call.presumed]) {
      for (const write of demandedBy(step, this.kernel)) {
        demanded.push(write);
        if (!hasWritten) this.make(write, printed[0]);
      }
    }
    if (call !== undefined) this.end(call, task);
    this.invariants.settle([...this.kernel.model.irtes.keys()], this.seq);
    return demanded;
  }

  /** The event at its place in the log; `root`: the first event of its function. */
  private placed(one: TwinEvent, root: number): TwinEvent {
    const seq = ++this.seq;
    const cause_seq = seq === root ? null : root;
    return { ...one, seq, line: seq, rest: seq, task: one.task ?? HOST_TASK, cause_seq };
  }

  private make({ irte, entry }: Demanded, first: TwinEvent | undefined): void {
    if (entry === "unknown" || !isComplete(entry)) {
      irte.shadow = null;
      return;
    }
    const of = ENTRIES.find(({ key }) => key === irte.key);
    if (of === undefined) throw new Error(`no entry has the key ${irte.key}`);
    const { cause = null, task = null } = first ?? {};
    this.written(this.placed(written(of, entry.bits, { cause, task }), 0));
  }

  private written(made: TwinEvent): void {
    const irte = this.kernel.irteOf(made);
    if (irte === null) return;
    const before = irte.shadow;
    irte.shadow = bitsOf(made);
    this.kernel.learnFrom(irte.shadow);
    this.invariants.written({ event: made, before }, irteKeyOf(made) ?? 0);
    irte.lastWrite = made.seq;
    irte.lastCause = made.cause;
  }

  private end(call: Call, task: number): void {
    for (const atEnd of call.atEnd) atEnd();
    this.kernel.open.delete(call);
    this.kernel.calls.delete(task);
  }
}

/** A write of an entry as a probe prints it. */
export function written(
  { key, irte_index, host_irq }: Entry,
  bits: IrteBits,
  fields: Partial<TwinEvent> = {},
): TwinEvent {
  const devid = Math.floor(key / 0x1_0000);
  return event("irte_written", { devid, irte_index, host_irq, words: 2, ...bits, ...fields });
}

/** What a step owes: of an entry or a list whose memory was freed, nothing. */
function* demandedBy(step: Step, { model }: AmdKernel): IterableIterator<Demanded> {
  if (step.type === "single" && !step.owed()) return;
  if (step.type === "walk" && step.vcpu.corrupt) return;
  const irtes =
    step.type === "single"
      ? [step.irte]
      : step.atEntry.filter((key) => step.due.has(key)).map((key) => model.irte(key));
  for (const irte of irtes) {
    const entry = step.op(irte, irte.shadow);
    if (entry !== null && !irte.freed && !irte.dangling) yield { rule: step.rule, irte, entry };
  }
}

// --- given, when, then ------------------------------------------------------------------------------

/** Given that these functions have run, by the rules of a profile. */
export function given(profile: RulesId, history: readonly Printed[]): Given {
  const host = new SmallHost(profile);
  for (const printed of history) host.run(printed);
  return new Given(profile, host);
}

class Given {
  private readonly profile: RulesId;
  private readonly host: SmallHost;

  constructor(profile: RulesId, host: SmallHost) {
    this.profile = profile;
    this.host = host;
  }

  /** When this function runs. */
  when(printed: Printed): When {
    return new When(this.profile, this.host, this.host.run(printed));
  }
}

class When {
  private readonly profile: RulesId;
  private readonly host: SmallHost;
  private readonly demanded: readonly Demanded[];

  constructor(profile: RulesId, host: SmallHost, demanded: readonly Demanded[]) {
    this.profile = profile;
    this.host = host;
    this.demanded = demanded;
  }

  /** Then the rules demand these writes, bit by bit, in this order, and no other. */
  then(writes: readonly Write[]): this {
    expect(
      this.demanded.map(textOfDemanded),
      `the writes that the rules of ${this.profile} demand`,
    ).toEqual(writes.map(textOfWrite));
    return this;
  }

  /** And the vCPU's list holds these entries, the newest first; null = its memory was freed. */
  andListOf({ name, row }: Vcpu, entries: readonly Entry[] | null): this {
    const { list, corrupt } = this.host.kernel.model.vcpu(row);
    const names = list.map((key) => ENTRIES.find((each) => each.key === key)?.name);
    expect(corrupt ? null : names, `the ir_list of ${name} by ${this.profile}`).toEqual(
      entries === null ? null : entries.map((each) => each.name),
    );
    return this;
  }
}

// --- as text ------------------------------------------------------------------------------------

const UNNAMED = inverted(maskOfAll(IRTE_FIELDS));

function textOf(
  { rule, name, mode }: { rule: string; name: string; mode: string },
  valueOf: (name: IrteFieldName) => number | null,
): string {
  const fields = IRTE_FIELDS.filter(
    ({ name: field, of }) => field !== "guest_mode" && (of === "both" || of === mode),
  ).map(({ name: field, format }) => ({ field, value: valueOf(field), format }));
  const shown = fields.filter(({ field, value }) => !LEFT_ZERO.has(field) || value !== 0);
  const words = shown.map(({ field, value, format }) => {
    const number = format === "flag" ? String(value) : `0x${(value ?? 0).toString(16)}`;
    return `${field}=${value === null ? "?" : number}`;
  });
  return [rule, name, mode, ...words].join(" ");
}

function textOfWrite({ rule, irte, mode, ...values }: Write): string {
  const wrong = IRTE_FIELDS.find(
    ({ name, of }) => values[name] !== undefined && of !== "both" && of !== mode,
  );
  if (wrong !== undefined) throw new Error(`a ${mode} entry has no ${wrong.name}`);
  return textOf({ rule, name: irte.name, mode }, (field) =>
    values[field] === undefined ? 0 : values[field],
  );
}

function textOfDemanded({ rule, irte, entry }: Demanded): string {
  const name = ENTRIES.find(({ key }) => key === irte.key)?.name ?? String(irte.key);
  if (entry === "unknown") return `${rule} ${name} unknown`;
  const { bits, known } = entry;
  const mode = isGuestMode(bits) ? "posted" : "remapped";
  const reserved = WORDS.some((word) => (bits[word] & UNNAMED[word]) !== 0) ? " and others" : "";
  const values = new Map(
    IRTE_FIELDS.map((field) => [field.name, hasField(known, field) ? field.read(bits) : null]),
  );
  return textOf({ rule, name, mode }, (field) => values.get(field) ?? null) + reserved;
}
