// What an interrupt is of which no handler is seen: where lines are missing, that of its handler may be one of them.

import { type Seq } from "../domain/values/ids.js";
import { UNDER_WAY } from "./interrupt-injections.js";
import { IN_ONE_GO, type Unhandled } from "./interrupt-sendings.js";

/** Knows where the line of a handler may be missing. */
export class MissingHandlers {
  /** VMs of which nothing was before the recording began. */
  private readonly born = new Set<number>();
  /** The event that stands for the last loss; null = nothing was lost so far. */
  private lost: Seq | null = null;
  private first: Seq | null = null;

  /** An event of the recording. */
  follow(seq: Seq): void {
    this.first ??= seq;
  }

  /** A VM is created. */
  begin(vm: number): void {
    this.born.add(vm);
  }

  /** Events were lost. */
  lose(seq: Seq): void {
    this.lost = seq;
  }

  /** What an interrupt at an event is, if no handler is seen; `vm`: its VM, null = it is not known. */
  unhandled(seq: Seq, vm: number | null): Unhandled {
    if (this.lost !== null && seq - this.lost <= UNDER_WAY) return "sent";
    const isBorn = vm === null ? this.born.size > 0 : this.born.has(vm);
    const isFirst = this.first !== null && seq - this.first <= IN_ONE_GO;
    return isFirst && !isBorn ? "sent" : "injected";
  }
}
