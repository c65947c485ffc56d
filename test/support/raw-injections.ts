// An independent reader of raw ftrace text: what becomes of each interrupt that vfio handles on the host. It goes by the
// lines that a CPU prints within an interrupt, and by those of the worker. No code of irqtwin is used.

import { stampOf } from "./raw-interrupts.js";

/** An interrupt that vfio handles. */
export interface RawHandled {
  /** The stamp of the handler's line: ticks, or nanoseconds. */
  readonly stamp: bigint;
  /** The stamp of the first line of a local APIC that accepts it; null = none does. */
  accepted: bigint | null;
  /** An irqfd was signalled with it at once. Another may be assigned later, to the eventfd that has counted it. */
  isSignalled: boolean;
  /** An MSI was printed for it, or a worker has injected it. */
  isSent: boolean;
}

/** Task, CPU, flags, stamp, event, text. */
const LINE = /^ *.*-(\d+) +\[(\d+)\] ([^ ]+) +([\d.]+): (\w+): (.*)$/;

interface Line {
  readonly pid: string;
  readonly cpu: string;
  readonly stamp: bigint;
  readonly rest: string;
  /** Printed by an interrupt, or by a breakpoint of a probe. */
  readonly isInterrupt: boolean;
  /** The GSI and VM of the irqfd that it names. */
  readonly irqfd: string;
}

/** What has been read so far. */
class Reader {
  readonly all: RawHandled[] = [];
  private readonly onCpu = new Map<string, RawHandled>();
  private readonly ofWorker = new Map<string, readonly RawHandled[]>();
  /** What each irqfd was signalled with, and no local APIC has accepted. */
  private readonly waiting = new Map<string, readonly RawHandled[]>();

  private readonly readers: Readonly<Record<string, (line: Line) => void>> = {
    irq_handler_entry: ({ cpu, rest, stamp }) => {
      this.onCpu.delete(cpu);
      if (!rest.includes("name=vfio")) return;
      const one = { stamp, accepted: null, isSignalled: false, isSent: false };
      this.all.push(one);
      this.onCpu.set(cpu, one);
    },
    irqfd_wakeup: ({ cpu, irqfd }) => {
      const one = this.onCpu.get(cpu);
      if (one === undefined) return;
      one.isSignalled = true;
      this.waiting.set(irqfd, [...(this.waiting.get(irqfd) ?? []), one]);
    },
    irqfd_inject: ({ pid, irqfd }) => {
      const some = this.waiting.get(irqfd) ?? [];
      for (const each of some) each.isSent = true;
      this.ofWorker.set(pid, some);
      this.waiting.delete(irqfd);
    },
    kvm_set_irq: ({ pid, rest }) => {
      if (rest.includes("level 0")) this.ofWorker.delete(pid);
    },
    kvm_msi_set_irq: (line) => {
      for (const each of this.sentBy(line)) each.isSent = true;
    },
    kvm_apic_accept_irq: (line) => {
      const some = this.sentBy(line);
      for (const each of some) each.accepted ??= line.stamp;
      for (const [irqfd, waits] of this.waiting)
        this.waiting.set(
          irqfd,
          waits.filter((each) => !some.includes(each)),
        );
    },
  };

  read(text: string): void {
    const [, pid = "", cpu = "", flags = "", stamp = "0", name = "", rest = ""] =
      LINE.exec(text) ?? [];
    const isInterrupt = /[hHZ]/.test(flags);
    if (!isInterrupt) this.onCpu.delete(cpu);
    const irqfd = /gsi=\d+ kvm=\w+/.exec(rest)?.[0] ?? "";
    this.readers[name]?.({ pid, cpu, stamp: stampOf(stamp), rest, isInterrupt, irqfd });
  }

  private sentBy({ pid, cpu, isInterrupt }: Line): readonly RawHandled[] {
    if (!isInterrupt) return this.ofWorker.get(pid) ?? [];
    const one = this.onCpu.get(cpu);
    return one === undefined ? [] : [one];
  }
}

/** Reads the interrupts of a recording that has lines of irqfd_wakeup() and irqfd_inject(). */
export function rawHandled(text: string): readonly RawHandled[] {
  const reader = new Reader();
  for (const line of text.split("\n")) reader.read(line);
  return reader.all;
}
