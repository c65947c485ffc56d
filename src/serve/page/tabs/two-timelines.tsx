// The lanes of one subject of two recordings, one above the other, aligned at a moment of each.

import { effect } from "@preact/signals";
import { type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { surfaceOf } from "../paint/surface.js";
import { colours, type Colours } from "../paint/theme.js";
import { paintScene, type Scene } from "../paint/scene.js";
import { usePainted, useSize } from "../paint/use-canvas.js";
import { type Lane, type LanesAnswer } from "../pure/answers.js";
import { type FindingBar } from "../pure/bars.js";
import { knownGaps } from "../pure/gaps.js";
import { type Row } from "../pure/layout.js";
import { offsetOf } from "../pure/pixels.js";
import { ruler, tickWidth } from "../pure/ruler.js";
import { type Span, type Subject } from "../pure/url-state.js";
import { type Known } from "../pure/wire.js";
import { setT } from "../state/actions.js";
import { compared, compareWith, recordingOf, type ComparedAnswer } from "../state/compared.js";
import { lanes, nameOfRecording } from "../state/data.js";
import { bars } from "../state/lanes.js";
import { laneAt } from "../state/tip.js";
import * as two from "../state/two-timelines.js";

/** Height of a lane, and of the ruler above them, in CSS pixels. */
const LANE = 24;
const RULER = 18;

/** Both, with a choice of the subject there. */
export function TwoTimelines({
  left,
  right,
  answer,
}: {
  readonly left: number;
  readonly right: number;
  readonly answer: ComparedAnswer;
}): JSX.Element {
  useEffect(() => {
    two.otherLanes.ask(right);
    two.otherBars.ask(right);
  }, [right]);
  useEffect(() => effect(two.askForBoth), []);
  const spans = two.spans.value;
  const [own, other] = [BigInt(answer.left.time_ns), BigInt(answer.right.time_ns)];
  return (
    <div class="two-timelines">
      <Picture
        id={left}
        subject={two.subjectHere.value}
        all={lanes.state.value.value}
        known={two.here.state.value.value}
        bars={bars.value}
        span={spans?.here ?? null}
        marks={{ t: own, a: answer.own.time }}
        shift={0n}
      />
      <Picture
        id={right}
        subject={two.subjectThere.value}
        all={two.otherLanes.state.value.value}
        known={two.there.state.value.value}
        bars={two.otherBars.state.value.value ?? []}
        span={spans?.there ?? null}
        marks={{ t: other, a: answer.other.time }}
        shift={answer.other.time - answer.own.time}
        choice={<SubjectThere />}
      />
      {spans?.there === null && (
        <p class="quiet pad">The clocks count different units, so there is no common axis.</p>
      )}
    </div>
  );
}

/** Whose lanes are shown of the other recording. */
function SubjectThere(): JSX.Element {
  const choose = (text: string): void => {
    const said = compared.peek();
    const [kind = "", ...name] = text.split(":");
    if (said !== null) compareWith({ ...said, subject: { kind, name: name.join(":") } });
  };
  const textOf = (subject: Subject | null): string =>
    subject === null ? "" : `${subject.kind}:${subject.name}`;
  const found = two.subjectsOf(two.otherLanes.state.value.value);
  const now = two.subjectThere.value;
  const isListed = now === null || found.some((each) => textOf(each) === textOf(now));
  const all = isListed ? found : [now, ...found];
  return (
    <select
      // What is chosen is chosen anew when there is more to choose from.
      key={all.length}
      class="input"
      aria-label="Subject there"
      value={textOf(now)}
      onChange={({ currentTarget: { value } }) => choose(value)}
    >
      {all.map((subject) => (
        <option key={textOf(subject)} value={textOf(subject)}>
          {subject.name}
        </option>
      ))}
    </select>
  );
}

interface PictureProps {
  readonly id: number;
  readonly subject: Subject | null;
  readonly all: LanesAnswer | null;
  readonly known: ReadonlyMap<string, Known> | null;
  /** The findings of the recording. */
  readonly bars: readonly FindingBar[];
  readonly span: Span | null;
  /** T, and the moment at which both are aligned. */
  readonly marks: { readonly t: bigint; readonly a: bigint };
  /** How much later this recording's clock is than that of the page's. */
  readonly shift: bigint;
  readonly choice?: JSX.Element;
}

function Picture(props: PictureProps): JSX.Element {
  const { id, subject, all, known, bars, span, marks, shift, choice } = props;
  const own = two.lanesOf(all, subject);
  const name = nameOfRecording(id);
  return (
    <section class="two-picture" aria-label={`Lanes of ${name}`}>
      <div class="two-head">
        <b title={name}>{name}</b>
        {choice ?? <span class="mono">{subject?.name ?? ""}</span>}
      </div>
      <ul class="two-names">
        {own.map((lane) => (
          <li key={lane.id} style={{ height: `${LANE}px` }}>
            {all?.table.kinds[lane.kind]?.under === null
              ? all.table.kinds[lane.kind]?.words[0]
              : lane.label}
            <span class="hidden">: {textAt(known?.get(lane.id), marks.t)}</span>
          </li>
        ))}
      </ul>
      <Drawn own={own} {...{ id, all, known, bars, span, marks, shift }} />
    </section>
  );
}

/** What a lane says at a moment. */
function textAt(known: Known | undefined, time: bigint): string {
  if (known === undefined) return "not known yet";
  return laneAt(known, time)?.text ?? "nothing";
}

interface DrawnProps extends Omit<PictureProps, "subject" | "choice"> {
  readonly own: readonly Lane[];
}

function Drawn(props: DrawnProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(box);
  const now = useRef(props);
  now.current = props;
  const paint = (ink: Colours): void => {
    const { width, ratio } = size.value;
    const scene = sceneOf(now.current, width);
    if (canvas.current === null || scene === null || width === 0) return;
    const surface = surfaceOf(canvas.current, width, heightOf(now.current), ratio, ink);
    if (surface === null) return;
    paintScene(surface, scene);
  };
  useEffect(() => {
    two.widthOfTwo.value = Math.round(size.value.width * size.value.ratio);
  }, [size.value.width, size.value.ratio]);
  usePainted(() => {
    const [{ width }, ink] = [size.value, colours.value];
    return () => {
      if (width > 0) paint(ink);
    };
  });
  useEffect(() => {
    paint(colours.peek());
  });
  const { span, shift } = props;
  const ticks =
    span === null ? [] : ruler(span, size.value.width, clockOf(props.id), { distance: 110 });
  const x = (time: bigint): number =>
    span === null ? 0 : (Number(time - span.start) / Number(span.length)) * size.value.width;
  const jump = (event: MouseEvent): void => {
    if (span === null) return;
    const scale = { width: size.value.width, length: Number(span.length) };
    setT({ time: span.start - shift + BigInt(offsetOf(event.offsetX, scale)) });
  };
  return (
    <div ref={box} class="two-drawn" aria-hidden="true">
      <div class="two-ruler" style={{ height: `${RULER}px` }}>
        {ticks
          .filter(({ time, text }) => x(time) + tickWidth(text) <= size.value.width)
          .map(({ time, text }) => (
            <span key={String(time)} style={{ left: `${x(time)}px` }}>
              {text}
            </span>
          ))}
      </div>
      <canvas
        ref={canvas}
        style={{ width: `${size.value.width}px`, height: `${heightOf(props)}px` }}
        onClick={jump}
      />
    </div>
  );
}

function heightOf({ own }: Pick<DrawnProps, "own">): number {
  return Math.max(1, own.length) * LANE;
}

function clockOf(id: number): Scene["clock"] {
  return { unit: recordingOf(id)?.clock_unit ?? "ns", hz: null };
}

/** The picture as the painter of the lanes takes it; null = there is nothing to draw yet. */
function sceneOf(props: DrawnProps, width: number): Scene | null {
  const { id, own, all, known, bars, span, marks } = props;
  if (span === null || all?.start_ns == null || all.end_ns === null) return null;
  const clock = clockOf(id);
  const gaps = knownGaps(all.gaps ?? [], BigInt(all.start_ns));
  return {
    ...{ view: span, end: BigInt(all.end_ns), rows: own.map(rowOf), scroll: 0 },
    ...{ intervals: known ?? new Map(), states: all.states, bars, gaps, clock },
    kinds: all.table.kinds,
    ...{ finding: null, ticks: ruler(span, Math.max(1, width), clock, { distance: 110 }) },
    ...{ t: marks.t, a: marks.a, b: null, selected: null, isWrong: false },
  };
}

function rowOf(lane: Lane, place: number): Row {
  return {
    ...{ type: "lane", id: lane.id, top: place * LANE, height: LANE, group: null, lane },
    ...{ hides: [], open: true, stuck: false },
  };
}
