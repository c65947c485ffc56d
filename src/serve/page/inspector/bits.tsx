// The entry's bits: four rows of 32. Each field is a button that tells what it is and goes to the event that set it.

import { type JSX } from "preact";
import { type FieldBlame } from "../../../index.js";
import { type BitField } from "../pure/answers.js";
import { jump } from "../state/actions.js";
import { bound, type Keys } from "../state/key-tables.js";
import { copy } from "../state/copy.js";
import { blame } from "../state/data.js";
import { at } from "../state/line.js";
import { tip } from "../state/tip.js";
import { irte } from "../state/verdict.js";
import {
  bitOf,
  isReserved,
  namePlaces,
  segments,
  wordsOf,
  type NamePlace,
  type Segment,
  type Words,
} from "./bit-layout.js";
import { blameOf, fieldText } from "../state/field-text.js";

/** A bit's width, a row's height and pitch, in pixels. */
const CELL = 10.25;
const HIGH = 15;
const PITCH = 37;
const TOP = 14;
const LEFT = 20;

/** The diagram with the two words above it. */
export function Bits(): JSX.Element | null {
  const entry = irte.value;
  const layout = blame.state.value.value?.bits ?? [];
  if (entry === null) return null;
  const words = wordsOf(entry.hi, entry.lo);
  const parts = segments(layout);
  const rows = [0, 1, 2, 3].map((row) => parts.filter((each) => each.row === row));
  const names = rows.flatMap((row) => [
    ...namePlaces(row, CELL, (part) => widthOf(nameText(part))),
  ]);
  const places = new Map(names);
  return (
    <section class="bits-section" aria-label="IRTE">
      <div class="section-head">
        <h3>IRTE</h3>
        <span class="grow" />
        <Word name="hi" value={entry.hi} />
        <Word name="lo" value={entry.lo} />
      </div>
      <div
        class="bits"
        role="group"
        aria-label="Bits"
        style={{ height: `${TOP + 4 * PITCH - 8}px` }}
      >
        {[0, 1, 2, 3].map((row) => (
          <RowEnds key={row} row={row} />
        ))}
        {parts.map((part) => (
          <Part
            key={`${part.field.field}.${part.high}`}
            part={part}
            name={places.get(part) ?? null}
            words={words}
          />
        ))}
      </div>
    </section>
  );
}

function Word({
  name,
  value,
}: {
  readonly name: string;
  readonly value: string | null;
}): JSX.Element {
  return (
    <button
      class="plain word"
      title={`Copy ${name}`}
      onClick={() => void copy(value ?? "unknown", name)}
    >
      <span class="faint">{name}</span> <span class="mono">{value ?? "unknown"}</span>
    </button>
  );
}

function RowEnds({ row }: { readonly row: number }): JSX.Element {
  const top = `${TOP + row * PITCH}px`;
  const [high, low] = [127 - row * 32, 96 - row * 32];
  return (
    <>
      <span class="bit-end" style={{ top, left: "0", width: `${LEFT - 3}px` }}>
        {high}
      </span>
      <span class="bit-end right" style={{ top, left: `${LEFT + 32 * CELL + 3}px` }}>
        {low}
      </span>
    </>
  );
}

interface PartProps {
  readonly part: Segment;
  readonly name: NamePlace | null;
  readonly words: Words | null;
}

function Part({ part, name, words }: PartProps): JSX.Element {
  const { field, column, width } = part;
  const place = {
    left: `${LEFT + column * CELL}px`,
    top: `${TOP + part.row * PITCH}px`,
    width: `${width * CELL}px`,
    height: `${HIGH}px`,
  };
  const by = blameOf(field.field);
  const isLast = by !== null && by.seq === lastWrite();
  if (isReserved(field)) return <span class="bit-box reserved" style={place} aria-hidden="true" />;
  const digits = Array.from({ length: width }, (_, index) => {
    const bit = part.high - index;
    const now = bitOf(words, bit);
    return { bit, now, isFlipped: field.flipped.includes(bit) };
  });
  const changedNow = digits.some(({ isFlipped }) => isFlipped);
  const look = [changedNow || isLast ? "changed" : "", words === null ? "unknown" : ""].join(" ");
  return (
    <>
      <button
        class={`bit-box ${look}`}
        style={place}
        aria-label={nameOf(field, by)}
        onClick={() => goTo(by)}
        onMouseEnter={(event) => showField(event, field, by)}
        onMouseLeave={() => (tip.value = null)}
        onFocus={(event) => showField(event, field, by)}
        onBlur={() => (tip.value = null)}
        onKeyDown={bound(bitKeys(() => copyField(field)))}
      >
        {digits.map(({ bit, now, isFlipped }) => (
          <span
            key={bit}
            class={`digit ${now === "0" ? "zero" : ""} ${isFlipped ? "flipped" : ""}`}
            data-bit={now ?? "?"}
          />
        ))}
      </button>
      {name !== null && <Name part={part} place={name} strong={changedNow || isLast} />}
    </>
  );
}

interface NameProps {
  readonly part: Segment;
  readonly place: NamePlace;
  readonly strong: boolean;
}

function Name({ part, place, strong }: NameProps): JSX.Element {
  const top = TOP + part.row * PITCH + (place.side === "above" ? -13 : HIGH);
  return (
    <span
      class={`bit-name ${strong ? "strong" : ""}`}
      aria-hidden="true"
      style={{ left: `${LEFT + place.left}px`, top: `${top}px` }}
    >
      {nameText(part)}
    </span>
  );
}

/** The name with its value where the box is wide enough. */
function nameText({ field, width, isMain }: Segment): string {
  const value = isMain ? (field.value ?? "?") : "";
  const short = SHORT[field.field] ?? field.field;
  const long = isMain ? `${short} ${value}${targetOf(field.field)}` : short;
  return width >= 5 && widthOf(long) < width * CELL ? long : short;
}

/** Whom the tag names. */
function targetOf(field: string): string {
  const target = irte.value?.vcpu;
  return field === "ga_tag" && target != null ? ` = ${target}` : "";
}

/** About the width of a name in pixels. */
function widthOf(text: string): number {
  return text.length * 5.4;
}

/** Names that are too long for one bit. */
const SHORT: Readonly<Record<string, string | undefined>> = {
  ...{
    is_run: "run",
    ga_log_intr: "log",
    guest_mode: "guest",
    vector: "vec",
    suppress_fault: "nofault",
  },
  ...{ destination_lo: "dest", destination_hi: "dest_hi", dest_mode: "dm", int_type: "type" },
  ...{ request_eoi: "eoi", rq_eoi: "eoi", dm: "dm" },
};

/** The event that wrote the entry last. */
function lastWrite(): number {
  const fields = blame.state.value.value?.fields ?? [];
  return fields.reduce((last, { seq }) => Math.max(last, seq), -1);
}

/** `ga_tag 0x202, bits 63 to 32, set by @863`. */
function nameOf(field: BitField, by: FieldBlame | null): string {
  const value = field.value ?? "unknown";
  const bits =
    field.high === field.low ? `bit ${field.high}` : `bits ${field.high} to ${field.low}`;
  return `${field.field} ${value}, ${bits}${by === null ? "" : `, set by @${by.seq}`}`;
}

function goTo(by: FieldBlame | null): void {
  if (by !== null) jump(by.seq, by.time_ns);
}

function showField(event: Event, field: BitField, by: FieldBlame | null): void {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  const unit =
    field.unit === null || field.unit === "" || field.unit === "-" ? "" : `, ${field.unit}`;
  const value = field.value ?? "unknown";
  const range = field.high === field.low ? `[${field.high}]` : `[${field.high}:${field.low}]`;
  const lines = [
    `${field.field}${range} = ${value}${unit}`,
    field.meaning,
    by === null ? `not set until ${at.value}` : `set by @${by.seq}: ${setBy(by)}`,
    by?.old == null ? "" : `before: ${fieldText(field.field, by.old)}`,
  ];
  tip.value = { x: box.left, y: box.bottom - 8, lines: lines.filter(Boolean) };
}

/** Cause, task and rule of a write. */
function setBy({ cause, comm, pid, rule }: FieldBlame): string {
  const task = comm === null ? null : `${comm}-${pid ?? "?"}`;
  return [cause ?? "cause not known", task, rule === null ? null : `rule ${rule}`]
    .filter((part) => part !== null)
    .join(", ");
}

/** The keys of a field. */
export function bitKeys(copyIt: () => void): readonly Keys[] {
  return [{ does: "copy the field with its bits", acts: { c: copyIt } }];
}

function copyField({ field, high, low, value }: BitField): void {
  void copy(`${field}[${high}:${low}]=${value ?? "unknown"}`, field);
}
