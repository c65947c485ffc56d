// What the payload of a logged event holds, kind by kind, as types that are derived from the table of kinds.

import { type EVENT_KINDS, type EventKind, type EventKindName } from "./kinds.js";

/** The names of the 64-bit words in a payload, by what the words of its kind hold. */
export interface PayloadWords extends Readonly<Record<EventKind["words"], string>> {
  /** An IRTE. */
  readonly irte: "lo" | "hi";
  /** An IRTE after an exchange, and before it. */
  readonly irte_exchange: "lo" | "hi" | "old_lo" | "old_hi";
  /** A physical ID entry. */
  readonly physical_id_entry: "physical_id_entry";
  /** An address. */
  readonly address: "address";
  /** Nothing. */
  readonly none: never;
}

/**
 * The payload of an event of a kind. A number is null where the trace does not say; a 64-bit word (0x and 16
 * hexadecimal digits) is absent there. Only a marker has a text.
 */
export type EventPayload<Kind extends EventKindName> = Shown<
  Record<(typeof EVENT_KINDS)[Kind]["slots"][number], number | null> &
    Partial<Record<PayloadWords[(typeof EVENT_KINDS)[Kind]["words"]], string>> &
    Record<Kind extends "marker" ? "text" : never, string | null>
>;

/** The same fields, which an editor shows one by one where it would show what they are put together from. */
export type Shown<Fields> = Fields extends unknown
  ? { readonly [Name in keyof Fields]: Fields[Name] }
  : never;
