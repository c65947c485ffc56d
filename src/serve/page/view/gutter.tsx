// The names of lanes, as the table that stands for the canvas: what each lane says at T, since when, and how often it
// changes.

import { type JSX } from "preact";
import { duration } from "../pure/clock.js";
import { type Lane, type LaneGroup } from "../pure/answers.js";
import { described, formOf } from "../pure/kinds.js";
import { groupFold, HIDDEN, stuckHeight, subjectOf, type Row } from "../pure/layout.js";
import { go, url } from "../state/url.js";
import { select, toggle } from "../state/actions.js";
import { clock, facts, findings, kinds, laneTable, listed, state, view } from "../state/data.js";
import { bars, intervals, mounted, rows } from "../state/lanes.js";
import { t } from "../state/moments.js";
import { laneAt } from "../state/tip.js";
import { isWrongAtT } from "../state/verdict.js";
import { laneKeys, openTwin } from "./lane-keys.js";
import { subjectOfRow } from "./lane-pointer.js";

/** The names left of the lanes. */
export function Gutter(): JSX.Element {
  return (
    <div
      class="gutter"
      role="treegrid"
      aria-label="Lanes"
      aria-rowcount={rows.value.length + 1}
      onKeyDown={laneKeys}
    >
      <div role="row" class="hidden" aria-rowindex={1}>
        {["Lane", "State at T", "Since", "Changes in view"].map((name) => (
          <span role="columnheader" key={name}>
            {name}
          </span>
        ))}
      </div>
      <div role="rowgroup" class="gutter-stuck" style={{ height: `${stuckHeight(rows.value)}px` }}>
        {mounted.value.map(([row, place]) =>
          row.stuck ? <GutterRow key={row.id} row={row} place={place} /> : null,
        )}
      </div>
      <div role="rowgroup">
        {mounted.value.map(([row, place]) =>
          row.stuck ? null : <GutterRow key={`${row.type}.${row.id}`} row={row} place={place} />,
        )}
      </div>
    </div>
  );
}

interface RowProps {
  readonly row: Row;
  /** Its place among all rows. */
  readonly place: number;
}

function GutterRow({ row, place }: RowProps): JSX.Element {
  if (row.type === "group") return <GroupRow row={row} place={place} />;
  if (row.type === "fold") return <FoldRow row={row} place={place} />;
  return row.lane === null ? <></> : <LaneRow row={row} lane={row.lane} place={place} />;
}

function GroupRow({ row, place }: RowProps): JSX.Element {
  return (
    <div
      role="row"
      class="gutter-row group"
      style={{ top: `${row.top}px`, height: `${row.height}px` }}
      tabIndex={place === 0 ? 0 : -1}
      aria-rowindex={place + 2}
      aria-level={1}
      aria-expanded={row.open}
      onClick={() => toggle("folded", groupFold(row.id, url.peek().lanes))}
    >
      <span role="rowheader" class="name">
        <svg
          class={row.open ? "turn" : ""}
          width="12"
          height="12"
          viewBox="0 0 12 12"
          aria-hidden="true"
        >
          <path d="M4 2.5l4 3.5-4 3.5z" fill="currentColor" />
        </svg>
        {row.group === null ? "" : groupName(row.group)}
      </span>
      <span role="gridcell" class="note">
        {row.group === null ? "" : groupNote(row.group)}
      </span>
    </div>
  );
}

function groupName({ kind, name }: LaneGroup): string {
  return laneTable.value.groups[kind]?.head.replace("{name}", () => name) ?? name;
}

/** What a group has, in a few words. */
function groupNote({ note, kind, lanes }: LaneGroup): string {
  if (note !== null && note !== "") return note;
  const of = laneTable.value.groups[kind];
  const counted = kinds.value[of?.counts ?? ""];
  if (counted === undefined) return of?.note ?? "";
  const number = lanes.filter((lane) => lane.kind === of?.counts).length;
  return `${number} ${counted.words[number === 1 ? 0 : 1]}`;
}

function FoldRow({ row, place }: RowProps): JSX.Element {
  const isHidden = row.id.startsWith(HIDDEN);
  const flip = (): void => (isHidden ? showHidden(row) : toggle("folded", `-${row.id}`));
  return (
    <div
      role="row"
      class="gutter-row fold"
      style={{ top: `${row.top}px`, height: `${row.height}px` }}
      tabIndex={-1}
      aria-rowindex={place + 2}
      aria-level={2}
      aria-expanded={row.open}
      onClick={flip}
    >
      <span role="rowheader" class="name">
        {row.open ? "▾" : "▸"} {isHidden ? hiddenText(row.hides) : foldText(row.hides)}
      </span>
    </div>
  );
}

function showHidden({ hides }: Row): void {
  const ids = hides.map(({ id }) => id);
  go({ folded: url.peek().folded.filter((each) => !ids.includes(each)) });
}

function hiddenText({ length }: readonly Lane[]): string {
  return `${length} hidden ${length === 1 ? "lane" : "lanes"}`;
}

/** How many subjects are hidden, by the word of the first lane of each. */
function foldText(hides: readonly Lane[]): string {
  const first = new Map<string, readonly [one: string, many: string]>();
  for (const lane of hides) {
    const words = described(kinds.value, lane)?.words;
    if (words !== undefined && !first.has(subjectOf(lane))) first.set(subjectOf(lane), words);
  }
  const [[one, many] = ["lane", "lanes"], ...others] = first.values();
  const word = others.some((words) => words[1] !== many) ? "lanes" : many;
  return `${first.size} ${first.size === 1 ? one : word}, no change`;
}

function LaneRow({ row, lane, place }: RowProps & { readonly lane: Lane }): JSX.Element {
  const subject = subjectOfRow(row);
  const isChosen = subject !== null && subject.name === url.value.subject?.name;
  const wrong = isChosen && isWrongAtT.value;
  const choose = (): void => {
    if (subject !== null) select(subject);
  };
  const { name } = lane;
  return (
    <div
      role="row"
      class={`gutter-row lane ${lane.kind} ${formClasses(lane)} ${isChosen ? "chosen" : ""} ${wrong ? "wrong" : ""} ${isRelated(lane) ? "related" : ""}`}
      style={{ top: `${row.top}px`, height: `${row.height}px` }}
      tabIndex={place === 0 ? 0 : -1}
      aria-rowindex={place + 2}
      aria-level={row.group === null ? 1 : 2}
      aria-selected={isChosen}
      aria-label={name}
      data-lane={lane.id}
      onClick={choose}
    >
      <span role="rowheader" class="name" title={name}>
        <span aria-hidden="true">{laneLabel(lane)}</span>
        <span class="hidden">{name}</span>
      </span>
      <span class="note" aria-hidden="true">
        {laneNote(lane)}
      </span>
      <LaneState lane={lane} />
      <Tools lane={lane} name={name} />
    </div>
  );
}

/** What of a lane's row the style sheet tells apart. */
function formClasses(lane: Lane): string {
  const of = described(kinds.value, lane);
  const below = of?.under == null ? "" : "below";
  return `form-${formOf(kinds.value, lane)} ${of?.place === "top" ? "top" : below}`;
}

function Tools({ lane, name }: { readonly lane: Lane; readonly name: string }): JSX.Element {
  const isPinned = url.value.pinned.includes(lane.id);
  return (
    <span role="gridcell" class="tools">
      <Tool
        name={`Pin ${name}`}
        sign="⌃"
        pressed={isPinned}
        act={() => toggle("pinned", lane.id)}
      />
      <Tool name={`Hide ${name}`} sign="×" act={() => toggle("folded", lane.id)} />
      <Tool name={`Table of ${name}`} sign="☰" act={() => openTwin(lane.id)} />
    </span>
  );
}

interface ToolProps {
  readonly name: string;
  readonly sign: string;
  readonly act: () => void;
  readonly pressed?: boolean;
}

function Tool({ name, sign, act, pressed }: ToolProps): JSX.Element {
  const click = (event: MouseEvent): void => {
    event.stopPropagation();
    act();
  };
  return (
    <button
      class="plain tool"
      tabIndex={-1}
      aria-label={name}
      aria-pressed={pressed}
      title={name}
      onClick={click}
    >
      <span aria-hidden="true">{sign}</span>
    </button>
  );
}

function laneLabel(lane: Lane): string {
  return formOf(kinds.value, lane) === "counter" ? counterLabel(lane) : lane.label;
}

/** What a counter counts, in two or three words. */
function counterLabel({ note, label }: Lane): string {
  const short = (note ?? "").replace(/(?: per second|,| in use).*$/, "");
  return short === "" || short.length > 18 ? label : short;
}

function laneNote(lane: Lane): string {
  const form = formOf(kinds.value, lane);
  if (form === "counter") return "";
  if (form === "findings") return findingsNote();
  const of = described(kinds.value, lane);
  if (of?.under !== null) return lane.note ?? "";
  if (of.subject === "vcpu" && isRelated(lane))
    return `target of ${indexOf(url.value.subject?.name)}`;
  return of.subject === "irte" ? hostIrqAtT(lane) : (lane.note ?? "");
}

/** How many findings there are, and how many of them are in view. */
function findingsNote(): string {
  const span = view.value;
  const all = listed.value.length;
  if (findings.state.value.value === null)
    return findings.state.value.error === null ? "judging …" : "not known";
  if (all === 0) return isJudged() ? "none" : "not known";
  if (span === null) return "";
  const seen = bars.value
    .filter(({ from, to }) => from <= span.start + span.length && (to === null || to >= span.start))
    .reduce((sum, { ids }) => sum + ids.length, 0);
  return `${seen} of ${all} in view`;
}

/** The index of an entry within its device: `/0`. */
function indexOf(irte = ""): string {
  return irte.slice(irte.lastIndexOf("/"));
}

/** The host's interrupt of an entry at T; of a large recording, whose state is not there whole, the one that the lane names. */
function hostIrqAtT(lane: Lane): string {
  const document = state.state.value.value;
  const entry = document?.irtes.find(({ irte }) => irte === subjectOf(lane));
  if (document === null || (entry === undefined && document.total !== undefined))
    return lane.note ?? "";
  return entry?.host_irq == null ? "" : `irq ${entry.host_irq}`;
}

/** Is it known that there are no findings? A recording that grows, or of which nothing can be told, is not judged. */
function isJudged(): boolean {
  return (
    findings.state.value.value?.verdict !== "inconclusive" && facts.value?.state !== "importing"
  );
}

/** A lane of the target of the selected entry: its vCPU, and the CPU that it runs on. */
function isRelated(lane: Lane): boolean {
  const document = state.state.value.value;
  const subject = url.value.subject;
  if (document === null || subject?.kind !== "irte") return false;
  const target = document.irtes.find(({ irte }) => irte === subject.name)?.vcpu;
  if (target == null) return false;
  const of = described(kinds.value, lane);
  if (of?.under !== null) return false;
  if (of.subject === "vcpu") return subjectOf(lane) === target;
  const pcpu = document.vcpus.find(({ vcpu }) => vcpu === target)?.pcpu;
  return of.subject === "cpu" && pcpu != null && subjectOf(lane) === String(pcpu);
}

/** The cells that only screen readers and scripts read. */
function LaneState({ lane }: { readonly lane: Lane }): JSX.Element {
  const known = intervals.value.get(lane.id);
  const moment = t.value;
  const told = known === undefined || moment === null ? null : laneAt(known, moment.time);
  const from = told?.since ?? null;
  const since = from === null || moment === null ? "" : duration(moment.time - from, clock.value);
  return (
    <>
      <span role="gridcell" class="hidden">
        {told?.text ?? ""}
      </span>
      <span role="gridcell" class="hidden">
        {since}
      </span>
      <span role="gridcell" class="hidden">
        {changesInView(lane.id)}
      </span>
    </>
  );
}

function changesInView(id: string): string {
  const known = intervals.value.get(id);
  const span = view.value;
  if (known === undefined || span === null) return "";
  const [from, to] = [
    Number(span.start - known.of.from),
    Number(span.start + span.length - known.of.from),
  ];
  let changes = 0;
  for (let row = 0; row < known.rows.rows; row++) {
    const begin = known.rows.from[row] ?? 0;
    if (begin > from && begin <= to) changes += known.rows.count[row] ?? 1;
  }
  return String(changes);
}
