// Where times fall on the screen. All maths starts at the view's first moment, so that numbers stay exact integers.

import { type Span } from "./url-state.js";

/** Turns offsets from the view's start, in clock units, into device pixels. */
export interface Scale {
  /** Device pixels of the view's whole length. */
  readonly width: number;
  /** The view's length in clock units. */
  readonly length: number;
}

/** Left and right edge of a bar in device pixels. */
export interface Edges {
  /** The first column. */
  readonly left: number;
  /** The column after the last one; at least `left` + 1. */
  readonly right: number;
}

/** The column in which an offset from the view's start falls. The view's last moment is in its last column. */
export function columnOf(offset: number, { width, length }: Scale): number {
  return offset === length ? width - 1 : columnBefore(offset, { width, length });
}

function columnBefore(offset: number, { width, length }: Scale): number {
  return Math.floor((offset * width) / length);
}

/**
 * The columns of an interval: it begins in the column of its first moment and is at least `least` columns wide, so that
 * nothing that happened vanishes. What begins at the right edge of the view moves in from there.
 */
export function edges(from: number, to: number, scale: Scale, least = 1): Edges {
  const first = columnOf(from, scale);
  const left = first < scale.width ? Math.min(first, Math.max(0, scale.width - least)) : first;
  const right = Number.isFinite(to) ? columnBefore(to, scale) : Infinity;
  return { left, right: Math.max(right, left + least) };
}

/** The offset from the view's start at the middle of a column. */
export function offsetOf(column: number, { width, length }: Scale): number {
  return Math.round((column * length) / width);
}

/** The shortest view: 1 µs of nanoseconds, or 200 ticks. */
export function shortestView(unit: "ns" | "ticks"): bigint {
  return unit === "ns" ? 1000n : 200n;
}

/** A view zoomed around a place of it (0 = its start, 1 = its end), within limits. */
export function zoomed(view: Span, factor: number, place: number, limits: Limits): Span {
  const least = limits.least;
  const most = limits.end - limits.start;
  const wanted = BigInt(Math.max(1, Math.round(Number(view.length) * factor)));
  const length = clamp(wanted, least, most > least ? most : least);
  const shift = BigInt(Math.round(Number(view.length - length) * place));
  return within({ start: view.start + shift, length }, limits);
}

/** A view moved by a part of its length, within limits. */
export function panned(view: Span, part: number, limits: Limits): Span {
  const shift = BigInt(Math.round(Number(view.length) * part));
  return within({ start: view.start + shift, length: view.length }, limits);
}

/** Where a view may be. */
export interface Limits {
  /** The recording's first moment. */
  readonly start: bigint;
  /** The recording's last moment. */
  readonly end: bigint;
  /** The shortest length. */
  readonly least: bigint;
}

/** A view inside limits. */
export function within(view: Span, { start, end, least }: Limits): Span {
  const whole = end - start > least ? end - start : least;
  const length = clamp(view.length, least, whole);
  return { start: clamp(view.start, start, start + whole - length), length };
}

/** Does a view end where the recording ends? */
export function reaches({ start, length }: Span, { end }: Limits): boolean {
  return start + length >= end;
}

/** A view that has a span at its heart, with a part of its own length before and after. */
export function framing(from: bigint, to: bigint, before: number, limits: Limits): Span {
  const length = to - from > limits.least ? to - from : limits.least;
  const total = BigInt(Math.ceil(Number(length) / (1 - 2 * before)));
  return within(
    { start: from - BigInt(Math.round(Number(total) * before)), length: total },
    limits,
  );
}

/** A level of detail: buckets of 2^k units that are not wider than a device pixel. */
export interface Detail {
  /** First moment; a whole number of buckets. */
  readonly from: bigint;
  /** One bucket after the last. */
  readonly to: bigint;
  /** Buckets. */
  readonly columns: number;
  /** Units in a bucket. */
  readonly bucket: bigint;
}

/** What to ask for so that a view is drawn from whole buckets, with a margin to pan into. */
export function detailOf(view: Span, width: number, margin = 0.25): Detail {
  const ideal = Number(view.length) / Math.max(1, width);
  const bucket = 1n << BigInt(Math.max(0, Math.floor(Math.log2(Math.max(1, ideal)))));
  const extra = BigInt(Math.round(Number(view.length) * margin));
  const low = view.start - extra > 0n ? view.start - extra : 0n;
  const from = (low / bucket) * bucket;
  const columns = (view.start + view.length + extra - from + bucket - 1n) / bucket;
  return { from, to: from + columns * bucket, columns: Number(columns), bucket };
}

function clamp(value: bigint, least: bigint, most: bigint): bigint {
  if (value < least) return least;
  return value > most ? most : value;
}
