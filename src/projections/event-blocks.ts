// In which parts of a recording each subject has events: a question about one reads no others.

import { type Batch, type TwinEvent } from "../domain/events/event.js";
import { type Seq } from "../domain/values/ids.js";
import { VarintReader, VarintWriter } from "../domain/values/varints.js";
import { Packs, type FinishedPack, type PackKind } from "./pack.js";

/** How many events a block has. Blocks are counted from the recording's first event, from 0. */
export const BLOCK_EVENTS = 4096;

/** Columns of events that blocks are known by, with the kinds of their packs. */
export const BLOCK_COLUMNS = {
  kind: "kind_blocks",
  cause: "cause_blocks",
  task: "task_blocks",
  vm: "vm_blocks",
  vcpu: "vcpu_blocks",
  devid: "devid_blocks",
  gsi: "gsi_blocks",
  host_irq: "host_irq_blocks",
} as const satisfies Partial<Record<keyof TwinEvent, PackKind>>;

/** One of BLOCK_COLUMNS. */
export type BlockColumn = keyof typeof BLOCK_COLUMNS;

/** Notes the blocks of each subject of one recording, from its first event on. */
export class EventBlocks {
  private readonly of = {
    kind: new ColumnBlocks("kind"),
    cause: new ColumnBlocks("cause"),
    task: new ColumnBlocks("task"),
    vm: new ColumnBlocks("vm"),
    vcpu: new ColumnBlocks("vcpu"),
    devid: new ColumnBlocks("devid"),
    gsi: new ColumnBlocks("gsi"),
    host_irq: new ColumnBlocks("host_irq"),
  } satisfies Record<BlockColumn, ColumnBlocks>;
  private firstSeq: Seq | null = null;

  /** Takes the events of a batch. */
  take(batch: Batch): void {
    const { of } = this;
    const firstSeq = (this.firstSeq ??= batch[0]?.seq ?? 0);
    for (const event of batch) {
      const block = blockOf(event.seq, firstSeq);
      of.kind.note(event.kind, block);
      of.cause.note(event.cause, block);
      of.task.note(event.task, block);
      of.vm.note(event.vm, block);
      of.vcpu.note(event.vcpu, block);
      of.devid.note(event.devid, block);
      of.gsi.note(event.gsi, block);
      of.host_irq.note(event.host_irq, block);
    }
  }

  /** How many subjects are in memory one by one. */
  get subjectsHeld(): number {
    return Object.values(this.of).reduce((sum, { held }) => sum + held, 0);
  }

  /** No further events come: the blocks of each subject, of one column after the other. */
  *finished(): Generator<FinishedPack> {
    for (const each of Object.values(this.of)) yield* each.finished();
  }
}

/** The block of an event of a recording. */
export function blockOf(seq: Seq, firstSeq: Seq): number {
  return Math.floor((seq - firstSeq) / BLOCK_EVENTS);
}

/** The blocks of all that one column holds. A recording has many subjects, most of them in few blocks. */
class ColumnBlocks {
  private readonly column: BlockColumn;
  /** The subjects of the block that is noted last. */
  private readonly subjects = new Set<number>();
  /** Subjects, each with a block that it is in, as they came. */
  private readonly noted = new VarintWriter();
  /** What was noted last: most events go on with the same. */
  private last: number | null = null;
  private lastBlock = -1;

  constructor(column: BlockColumn) {
    this.column = column;
  }

  /** How many subjects are in memory one by one. */
  get held(): number {
    return this.subjects.size;
  }

  /** An event of the block has the subject; null = it has none. */
  note(subject: number | null, block: number): void {
    if (subject === null || (subject === this.last && block === this.lastBlock)) return;
    if (block !== this.lastBlock) this.subjects.clear();
    this.last = subject;
    this.lastBlock = block;
    if (this.subjects.has(subject)) return;
    this.subjects.add(subject);
    this.noted.putSigned(subject);
    this.noted.put(block);
  }

  finished(): Iterable<FinishedPack> {
    const packs = new Packs();
    const kind = BLOCK_COLUMNS[this.column];
    for (const read = new VarintReader(this.noted.written); !read.isDone;) {
      const pack = packs.of(kind, read.getSigned());
      const block = read.get();
      packs.count(pack);
      packs.put(pack, block - packs.lastOf(pack) - 1);
      packs.setLast(pack, block);
    }
    return packs.inOrder();
  }
}
