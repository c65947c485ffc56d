// Writes between the entry of __modify_irte_ga() and the exchange inside of it. The lock between the two is what
// orders writes, so the exchange is the write. Where its line is missing, the write counts when its CPU goes on. If another
// task has changed the entry meanwhile, nothing tells which of both came last, but for what an exchange has found there.

import { bitsOf, type TwinEvent } from "../events/event.js";
import { bitsBefore, isStored } from "../events/stored-event.js";
import { sameBits } from "../values/bits.js";
import { KIND } from "../events/kinds.js";
import { payload } from "../events/payload.js";
import { findIrte, setIrte, type IommuDraft } from "./iommu-draft.js";
import { type PendingWrite } from "./state.js";

/** The function was entered: the table changes with the exchange. */
export function beginWrite(draft: IommuDraft, event: TwinEvent): void {
  const { task, cpu, segment, devid, irte_index: index, cause, cause_seq } = event;
  if (devid === null || index === null) return;
  const write = { task, cpu, segment, devid, index, bits: bitsOf(event), cause, cause_seq };
  draft.pending = [...draft.pending, write];
}

/** The task or the CPU of a write goes on without its exchange: the line is missing, and the write was made. */
export function endWrites(draft: IommuDraft, event: TwinEvent): void {
  if (event.devid !== null && draft.pending.some((write) => isRaced(write, event)))
    draft.pending = draft.pending.flatMap((write) => raced(draft, write, event));
  if (!draft.pending.some((write) => isOver(write, event))) return;
  const over = draft.pending.filter((write) => isOver(write, event));
  const made = over.filter((write) => !changesIt(event, write));
  draft.pending = draft.pending
    .filter((write) => !over.includes(write))
    .map((write) => (made.some((other) => isSameEntry(other, write)) ? inDoubt(write) : write));
  for (const write of made) {
    const all = made.filter((other) => isSameEntry(other, write));
    if (all[0] === write) endTogether(draft, event, write, all);
  }
}

/**
 * All writes of one entry that are over at once: what it holds then is one value, so it changes once. Nothing tells which of
 * them came last. `first`: the first of them.
 */
function endTogether(
  draft: IommuDraft,
  event: TwinEvent,
  first: PendingWrite,
  writes: readonly PendingWrite[],
): void {
  const { segment, devid, index, bits, cause, cause_seq } = first;
  const isOne = writes.every((write) => sameBits(write.bits, bits));
  const isLast = writes.some((write) => write.raced !== true);
  const subject = { segment, devid, irte_index: index };
  const at = { ...event, ...subject, kind: KIND.irte_written, cause_seq };
  setIrte(draft, at, (irte) => {
    const isHeld = irte.bits !== null && sameBits(irte.bits, bits);
    const isKnown = isOne && (isLast || isHeld);
    irte.bits = isKnown ? bits : null;
    irte.shadow = null;
    irte.cause = isKnown ? cause : null;
  });
}

function isSameEntry(a: PendingWrite, b: PendingWrite): boolean {
  return a.devid === b.devid && a.index === b.index && (a.segment ?? 0) === (b.segment ?? 0);
}

/** Another write came meanwhile, before it or after it. */
function inDoubt(write: PendingWrite): PendingWrite {
  return { ...write, raced: true };
}

/** Does another task change the entry while a write to it is pending? */
function isRaced(write: PendingWrite, event: TwinEvent): boolean {
  return event.task !== write.task && changesIt(event, write);
}

/**
 * What is left to wait for. An exchange that finds the bits of the write comes after it; one that finds what the entry held,
 * before it.
 */
function raced(draft: IommuDraft, write: PendingWrite, event: TwinEvent): readonly PendingWrite[] {
  if (!isRaced(write, event)) return [write];
  const before = bitsBefore(event);
  if (before !== null && sameBits(before, write.bits)) return [];
  const held = findIrte(draft, event)?.bits ?? null;
  const isBefore = before !== null && held !== null && sameBits(before, held);
  return [isBefore ? write : inDoubt(write)];
}

/** Does the event say by itself what the entry is from here on, or that it is not known? */
function changesIt(event: TwinEvent, { segment, devid, index }: PendingWrite): boolean {
  const { kind, irte_index } = event;
  if (kind === KIND.events_lost) return true;
  if (event.devid !== devid || (event.segment ?? 0) !== (segment ?? 0)) return false;
  const offset = index - (irte_index ?? 0);
  if (kind === KIND.irte_allocated) return offset >= 0 && offset < (payload.count(event) ?? 1);
  const isWhole = kind === KIND.irte_exchanged || kind === KIND.irte_freed || isStored(event);
  return isWhole && irte_index === index;
}

function isOver({ task, cpu }: PendingWrite, event: TwinEvent): boolean {
  if (event.task === task) return event.kind !== KIND.irte_exchanged;
  return event.cpu === cpu;
}
