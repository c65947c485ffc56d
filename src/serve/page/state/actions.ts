// What a reader does. Each act is one step of the browser's history.

import { ask, errorLine, pathOf } from "../data/client.js";
import { type ListedFinding, type Place } from "../pure/answers.js";
import { lanesOfSubject } from "../pure/kinds.js";
import { framing, panned, within, zoomed } from "../pure/pixels.js";
import { type At, type Span, type Subject } from "../pure/url-state.js";
import {
  clock,
  facts,
  finding,
  kinds,
  laneById,
  lanes,
  limits,
  listed,
  nameOfFinding,
  state,
  view,
} from "./data.js";
import { foldedFor } from "./lanes.js";
import { complain } from "./message.js";
import { a, b, remember, resolve, t } from "./moments.js";
import { go, url, type GoOptions } from "./url.js";

/** The share of the view before and after what is framed. */
const AROUND = 0.18;

/** Sets T. */
export function setT(at: At, options?: GoOptions): void {
  go({ t: at }, options);
}

/** Sets T to an event, and brings it into view. */
export function jump(seq: number, time: bigint | string): void {
  const id = url.peek().recording;
  if (id !== null) remember(id, seq, time);
  go({ t: { seq }, ...shown(BigInt(time)) });
}

/** The view moved so that a moment is in it; nothing if it is already. */
function shown(time: bigint): { view?: Span } {
  const [span, all] = [view.peek(), limits.peek()];
  if (span === null || all === null) return {};
  if (time >= span.start && time <= span.start + span.length) return {};
  return { view: within({ start: time - span.length / 2n, length: span.length }, all) };
}

/** Selects a subject; the chosen finding stays if it is about it. */
export function select(subject: Subject | null, options?: GoOptions): void {
  const chosen = finding.peek();
  const isSame = subject !== null && chosen?.irte === subject.name;
  go({ subject, ...(isSame ? {} : { finding: null }) }, options);
}

/** Opens a finding: T at it, its span framed between A and B, its entry selected. */
export function openFinding(chosen: ListedFinding, options: OpenOptions = {}): void {
  const { id: recording } = facts.peek() ?? {};
  if (recording === undefined) return;
  const { seq, time_ns, span, irte, vcpu } = chosen;
  remember(recording, seq, time_ns);
  if (span != null) {
    remember(recording, span.from_seq, span.from_ns);
    if (span.to_seq !== null && span.to_ns !== null) remember(recording, span.to_seq, span.to_ns);
  }
  const subject = subjectOfNames(irte, vcpu);
  go(
    {
      ...{ t: { seq }, finding: nameOfFinding(chosen), subject },
      ...(options.keepsTab === true ? {} : { tab: "findings", query: "", grep: "" }),
      a: span == null ? null : { seq: span.from_seq },
      b: span == null ? null : endOf(span.to_seq),
      ...framed(chosen),
      folded: foldedAfter(chosen, options.foldOthers === true),
    },
    options,
  );
}

/** How a finding is opened. */
export interface OpenOptions extends GoOptions {
  /** Closes groups of VMs and devices that it is not about and for which there is no room. Absent = false: it only opens its own. */
  readonly foldOthers?: boolean;
  /** The open tab stays open. Absent = false: that of the findings opens. */
  readonly keepsTab?: boolean;
}

/** The groups that are closed when a finding is opened: never those that it is about. */
function foldedAfter({ irte, vcpu }: ListedFinding, foldOthers: boolean): readonly string[] {
  const names = [irte, vcpu].filter((name) => name !== null);
  const groups = lanes.state.peek().value?.groups ?? [];
  const own = groups.filter((group) => group.lanes.some(({ name }) => names.includes(name)));
  const before = url.peek().folded.filter((id) => !own.some((group) => group.id === id));
  if (!foldOthers || own.length === 0) return before;
  return foldedFor(names, before);
}

function endOf(seq: number | null): At | null {
  return seq === null ? null : { seq };
}

function subjectOfNames(irte: string | null, vcpu: string | null): Subject | null {
  if (irte !== null) return { kind: "irte", name: irte };
  return vcpu === null ? null : { kind: "vcpu", name: vcpu };
}

/** The view that shows what a finding is about: its span, and its event. */
function framed({ span, time_ns }: ListedFinding): { view?: Span } {
  const all = limits.peek();
  if (all === null) return {};
  const time = BigInt(time_ns);
  const from = span == null ? time : BigInt(span.from_ns);
  const to = span == null ? time : BigInt(span.to_ns ?? all.end);
  const [first, last] = [from < time ? from : time, to > time ? to : time];
  if (last > first) return { view: framing(first, last, AROUND, all) };
  const length = (all.end - all.start) / 20n;
  return { view: within({ start: time - length / 3n, length }, all) };
}

/** Opens the finding before or after T, or after the chosen one. */
export function stepFinding(direction: 1 | -1): void {
  const all = listed.peek();
  const chosen = finding.peek();
  const place = all.findIndex(({ id }) => id === chosen?.id);
  const time = t.peek()?.time ?? 0n;
  const next =
    chosen !== null
      ? all[place + direction]
      : direction === 1
        ? all.find(({ time_ns }) => BigInt(time_ns) >= time)
        : all.findLast(({ time_ns }) => BigInt(time_ns) < time);
  if (next === undefined)
    complain(direction === 1 ? "There is no later finding" : "There is no earlier finding");
  else openFinding(next);
}

/** Goes to the next change, finding or event of the selected subject. */
export async function stepTo(
  kind: "change" | "event",
  direction: "next" | "previous",
): Promise<void> {
  const id = url.peek().recording;
  const from = state.state.peek().value?.seq;
  if (id === null || from === undefined) return;
  const { subject } = url.peek();
  if (subject === null) {
    complain("Select a lane first");
    return;
  }
  const query = {
    ...{ kind, direction, from },
    subject: laneOf(subject),
  };
  await said(async () => {
    const place = await ask<Place | null>(pathOf(id, "next", query));
    if (place === null)
      complain(`There is no ${direction === "next" ? "later" : "earlier"} ${kind}`);
    else jump(place.seq, place.time_ns);
  });
}

/** The id of the lane that stands for a subject. */
export function laneOf({ kind, name }: Subject): string {
  const ids = lanesOfSubject(kinds.peek(), kind, name);
  return ids.find((id) => laneById.peek().has(id)) ?? ids[0] ?? `${kind}:${name}`;
}

/** Does something that asks the server; a refusal is said in one line. */
export async function said(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    complain(errorLine(error));
  }
}

/** Zooms around a place of the view, 0 to 1; absent = T if it is in view, else the middle. */
export function zoom(
  factor: number,
  place = placeOfT(),
  options: GoOptions = { series: "zoom" },
): void {
  const [span, all] = [view.peek(), limits.peek()];
  if (span !== null && all !== null) go({ view: zoomed(span, factor, place, all) }, options);
}

function placeOfT(): number {
  const [span, moment] = [view.peek(), t.peek()];
  if (span === null || moment === null) return 0.5;
  const place = Number(moment.time - span.start) / Number(span.length);
  return place >= 0 && place <= 1 ? place : 0.5;
}

/** Moves the view by a part of its length. */
export function pan(part: number, options: GoOptions = { series: "pan" }): void {
  const [span, all] = [view.peek(), limits.peek()];
  if (span !== null && all !== null) go({ view: panned(span, part, all) }, options);
}

/** Shows a span. */
export function show(span: Span, options?: GoOptions): void {
  const all = limits.peek();
  if (all !== null) go({ view: within(span, all) }, options);
}

/** Shows the whole recording. */
export function showAll(): void {
  go({ view: null });
}

/** Frames a span with a little before and after. */
export function frame(from: bigint, to: bigint): void {
  const all = limits.peek();
  const span = view.peek();
  if (all === null || span === null) return;
  if (to > from) go({ view: framing(from, to, AROUND, all) });
  else go({ view: within({ start: from - span.length / 10n, length: span.length / 5n }, all) });
}

/** Frames what is chosen: the finding, else A to B, else the moment T. */
export function frameSelection(): void {
  const chosen = finding.peek();
  const [first, last, moment] = [a.peek(), b.peek(), t.peek()];
  if (chosen !== null) go(framed(chosen));
  else if (first !== null && last !== null) frame(first.time, last.time);
  else if (moment !== null) frame(moment.time, moment.time);
}

/** Sets marker A or B at T. */
export function mark(which: "a" | "b"): void {
  const at = url.peek().t;
  if (at === null || at === "live") complain("Set T first: click on the lanes");
  else go({ [which]: at });
}

/** Goes to what a reader typed: a time, `@SEQ`, `line:N`, or a name. */
export async function goTo(text: string, timeOf: (text: string) => bigint | null): Promise<void> {
  const id = url.peek().recording;
  const wanted = text.trim();
  if (id === null || wanted === "") return;
  const subject = named(wanted);
  if (subject !== null) {
    select(subject);
    return;
  }
  const chosen = listed.peek().find(({ id: name }) => name === wanted.toUpperCase());
  if (chosen !== undefined) {
    openFinding(chosen);
    return;
  }
  const isWhen = /^@\d+$|^line:\d+$|^start$|^end$/.test(wanted);
  const time = isWhen ? null : timeOf(wanted);
  if (!isWhen && time === null) {
    complain(`${wanted} is no time, no @SEQ, no line:N and no name of this recording`);
    return;
  }
  if (time !== null && refuseNegative(time, wanted)) return;
  await said(async () => {
    const found = await resolve(id, time === null ? wanted : `${time}ns`);
    if (time === null && found.seq !== null) jump(found.seq, found.time);
    else go({ t: { time: time ?? found.time }, ...shown(time ?? found.time) });
  });
}

/** Says that a time is none of the trace clock, which does not count below 0; false = it is one. */
export function refuseNegative(time: bigint, typed: string): boolean {
  if (time >= 0n) return false;
  complain(`${typed} is a time before 0, and the trace clock has none`);
  return true;
}

function named(text: string): Subject | null {
  const document = state.state.peek().value;
  const irte = document?.irtes.find(({ irte: name }) => name === text || name === `0000:${text}`);
  if (irte !== undefined) return { kind: "irte", name: irte.irte };
  const vcpu = document?.vcpus.find(({ vcpu: name }) => name === text);
  if (vcpu !== undefined) return { kind: "vcpu", name: vcpu.vcpu };
  const vm = document?.vms.find(({ vm: name, name: own }) => name === text || own === text);
  if (vm !== undefined) return { kind: "vm", name: vm.vm };
  // A VM's own name stands at its group.
  const group = (lanes.state.peek().value?.groups ?? []).find(
    ({ kind, note }) => kind === "vm" && note === text,
  );
  return group === undefined ? namedLane(text) : { kind: "vm", name: group.name };
}

/** The subject of a lane, which the state at T need not have. */
function namedLane(text: string): Subject | null {
  const all = laneById.peek();
  const cpu = /^cpu ?(\d+)$/i.exec(text)?.[1];
  const subjects: readonly Subject[] = [
    ...["irte", "vcpu", "vm"].map((kind) => ({ kind, name: text })),
    { kind: "irte", name: `0000:${text}` },
    ...(cpu === undefined ? [] : [{ kind: "cpu", name: cpu }]),
  ];
  return subjects.find((subject) => all.has(laneOf(subject))) ?? null;
}

/** Opens another recording, or none (null): nothing of the one before is kept but the tab, the theme and the zone. */
export function openRecording(id: number | null, options?: GoOptions): void {
  const { tab, zone, timeZone } = url.peek();
  go(
    {
      ...{ recording: id, t: null, view: null, a: null, b: null, subject: null, finding: null },
      ...{ lanes: [], pinned: [], folded: [], hash: null, query: "", grep: "" },
      ...{ tab, zone, timeZone },
      ...{ judgeBy: null, result: null },
    },
    options,
  );
}

/** Turns a name of a list of the address on or off. */
export function toggle(list: "folded" | "pinned", name: string): void {
  const before = url.peek()[list];
  const has = before.includes(name);
  go({ [list]: has ? before.filter((each) => each !== name) : [...before, name] });
}

/** The unit of the recording's clock. */
export function unit(): "ns" | "ticks" {
  return clock.peek().unit;
}
