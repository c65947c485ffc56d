// What is wrong with the selected subject at T, in a sentence.

import { computed } from "@preact/signals";
import { type AtIrte, type AtVcpu, type AtVm } from "../../../index.js";
import { findingBars, sentenceOf, signOf } from "../pure/bars.js";
import { duration } from "../pure/clock.js";
import { idOf } from "../pure/kinds.js";
import { FLAG, rowAt } from "../pure/wire.js";
import { type FindingSpan, type ListedFinding } from "../pure/answers.js";
import { clock, finding, kinds, lanes, limits, listed, state } from "./data.js";
import { intervals } from "./lanes.js";
import { t } from "./moments.js";
import { url } from "./url.js";

/** The selected entry as the state at T has it; null = none. */
export const irte = computed<AtIrte | null>(() => {
  const { subject } = url.value;
  if (subject?.kind !== "irte") return null;
  return state.state.value.value?.irtes.find((each) => each.irte === subject.name) ?? null;
});

/** The selected vCPU, or the one to which the selected entry posts; null = none. */
export const vcpu = computed<AtVcpu | null>(() => {
  const { subject } = url.value;
  const name = subject?.kind === "vcpu" ? subject.name : irte.value?.vcpu;
  return state.state.value.value?.vcpus.find((each) => each.vcpu === name) ?? null;
});

/** The selected VM, or the one of the vCPU; null = none. */
export const vm = computed<AtVm | null>(() => {
  const { subject } = url.value;
  const id = vcpu.value?.vm_id;
  const vms = state.state.value.value?.vms ?? [];
  if (subject?.kind === "vm") return vms.find((each) => each.vm === subject.name) ?? null;
  return vms.find(({ vm_id }) => id != null && vm_id === id) ?? null;
});

/** Is a state of a lane one that should not be? */
export function isWrongState(name: string): boolean {
  return lanes.state.value.value?.states[name]?.wrong === true;
}

/** Is this fate wrong? */
export function isWrongFate(fate: string): boolean {
  return isWrongState(`fate.${fate}`) || isWrongState(fate);
}

/** The fate of the selected entry at T is wrong. */
export const isWrongAtT = computed(() => {
  const entry = irte.value;
  if (entry === null || !isWrongFate(entry.fate)) return false;
  // A function that is at work may put it right: then only a finding says that it is wrong.
  return entry.in_flight !== true || findingAtT() !== null;
});

/** The interval of the fate in force at T: since when and until when it is wrong; null = not known. */
export const wrongSpan = computed<{ readonly from: bigint; readonly to: bigint | null } | null>(
  () => {
    const [moment, subject] = [t.value, url.value.subject];
    const known = subject === null ? undefined : intervals.value.get(fateLaneOf(subject.name));
    if (known === undefined || moment === null) return null;
    const { rows, of } = known;
    const isWrong = (row: number): boolean => ((rows.flags[row] ?? 0) & FLAG.wrong) !== 0;
    let first = rowAt(rows, Number(moment.time - of.from));
    if (first < 0 || !isWrong(first)) return null;
    let last = first;
    while (first > 0 && isWrong(first - 1)) first--;
    while (last + 1 < rows.rows && isWrong(last + 1)) last++;
    const end = rows.to[last] ?? NaN;
    const from = of.from + BigInt(rows.from[first] ?? 0);
    return { from, to: Number.isNaN(end) ? null : of.from + BigInt(end) };
  },
);

/** The id of the lane of an entry's fates; "" = the platform has none. */
function fateLaneOf(name: string): string {
  const of = Object.values(kinds.value).find((each) => each?.form === "fate");
  return of === undefined ? "" : idOf(of, name);
}

/** What is said of the selection before anything else. */
export interface Said {
  /** The headline, such as `Misdirected for 257 ms`. */
  readonly head: string;
  /** One or two sentences. */
  readonly text: string;
  /** Something is wrong. */
  readonly warm: boolean;
  /** The fate that is wrong; null = a finding speaks. */
  readonly fate: string | null;
  /** The sign of how bad the finding is; "" = there is none. */
  readonly sign: string;
}

/** The verdict on the selection at T; null = nothing to say. */
export const verdict = computed<Said | null>(() => {
  const entry = irte.value;
  const chosen = finding.value;
  const about = chosen !== null && isAtT(chosen) ? chosen : findingAtT();
  if (entry !== null && isWrongAtT.value) {
    const span = about?.span == null ? wrongSpan.value : spanOf(about.span);
    const end = span?.to ?? limits.value?.end ?? null;
    const length =
      span === null || end === null ? "" : ` for ${duration(end - span.from, clock.value)}`;
    const head = `${capital(entry.fate)}${length}`;
    return {
      head,
      text: about === null ? reasonOf(entry) : sentences(about),
      warm: true,
      ...{ fate: entry.fate, sign: "" },
    };
  }
  if (about === null) return chosen === null ? null : elsewhere(chosen);
  const warm = about.kind !== "contradiction";
  const said = { head: capital(sentenceOf(about)), text: knownBug(about), sign: signOf(about) };
  return { ...said, warm, fate: null };
});

/** Is T within what the finding is about? */
function isAtT({ seq, span }: ListedFinding): boolean {
  const moment = t.value;
  if (moment === null || state.state.value.value?.seq === seq) return true;
  if (span == null) return false;
  const { from, to } = spanOf(span);
  return from <= moment.time && (to === null || moment.time <= to);
}

/** The chosen finding is about another moment than T. */
function elsewhere(chosen: ListedFinding): Said {
  const head = `${chosen.id} is not at T, but at @${chosen.seq}`;
  return { head, text: `${capital(sentenceOf(chosen))}.`, warm: false, fate: null, sign: "" };
}

function spanOf({ from_ns, to_ns }: FindingSpan): {
  readonly from: bigint;
  readonly to: bigint | null;
} {
  return { from: BigInt(from_ns), to: to_ns === null ? null : BigInt(to_ns) };
}

/** A finding of the selected subject whose span T is in. */
function findingAtT(): ListedFinding | null {
  const [moment, subject] = [t.value, url.value.subject];
  if (moment === null || subject === null) return null;
  const bar = findingBars(listed.value).find(({ first, from, to }) => {
    const isAbout = first.irte === subject.name || first.vcpu === subject.name;
    return isAbout && from <= moment.time && (to === null || moment.time <= to);
  });
  return bar?.first ?? null;
}

function sentences(about: ListedFinding): string {
  return `${capital(sentenceOf(about))}. ${knownBug(about)}`.trim();
}

function knownBug(about: ListedFinding): string {
  if (about.bug === null) return `Seen ${about.times === 1 ? "once" : `${about.times} times`}.`;
  const fixed = about.fixed_in == null ? "" : `, fixed in ${about.fixed_in}`;
  return `Kernel bug ${about.bug}${fixed}.`;
}

function reasonOf({ vcpu: target }: AtIrte): string {
  const span = target === null ? "" : ` The entry posts to ${target}.`;
  return `An interrupt that arrives now does not reach its target.${span}`;
}

/** A text with a capital in front. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
