// The stream that a trace.dat is made into: what is known of the recording, and then its records in the order of time,
// each in a frame. A format and a task's name stand in front of the first record that needs them.

/** What the stream begins with. */
export const STREAM_MAGIC = Buffer.from("irqtwin\0records\n", "latin1");

/** What a frame is. Its first word has this in the lower 8 bits, and above them how many bytes follow. */
export const FRAME = {
  /** JSON: StreamHead. The first frame. */
  head: 1,
  /** JSON: FormatFrame. */
  format: 2,
  /** `i32 pid`, and the name of the task. */
  comm: 3,
  /** `u32 cpu` (bits 31:30 are bits 33:32 of the billions), `u32 billions`, `u32 rest`, and the bytes of the record. */
  record: 4,
  /** `u32 cpu`, `f64 count`: events were lost before the next record of the CPU; -1 = it is not known how many. */
  lost: 5,
  /** `f64 offset`, and what is wrong there. */
  damage: 6,
  /** JSON: StreamEnd. The last frame. */
  end: 7,
  /** `f64 address`, and what stands there, as the kernel prints it. */
  symbol: 8,
} as const;

/** Bytes of the word in front of a frame. */
export const WORD_BYTES = 4;
/** Bytes in front of the bytes of a record. */
export const RECORD_HEAD_BYTES = 12;
/** Bits of a CPU in a record's frame. */
export const CPU_MASK = 0x3fff_ffff;
/** A frame is no larger. */
export const FRAME_BYTES_MAX = 0xff_ffff;

/** So many bits of an address of the kernel tell it apart from all others; a number holds them. */
export const ADDRESS_BITS = 52;

const UPPER_MASK = 0xf_ffff;
const TWO_32 = 0x1_0000_0000;

/** The lower bits of the address in 64 bits at an offset. */
export function addressAt(view: DataView, at: number): number {
  return (view.getUint32(at + 4, true) & UPPER_MASK) * TWO_32 + view.getUint32(at, true);
}

/** What is known of a recording before its records. */
export interface StreamHead {
  /** `uname -r` of the host; null = it is not said. */
  readonly release: string | null;
  /** The clock of the ring; null = it is not said. */
  readonly clock: string | null;
  /** Are the stamps ticks and no nanoseconds? */
  readonly isCounter: boolean;
}

/** The format of an event. */
export interface FormatFrame {
  /** Its number, the first word of its records. */
  readonly id: number;
  /** The text of its file `format`. */
  readonly text: string;
}

/** What is known at the end. */
export interface StreamEnd {
  /** Do the counts of the ring show that events are missing that no page says are? */
  readonly lacks: boolean;
}
