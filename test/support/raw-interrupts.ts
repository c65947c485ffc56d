// An independent reader of raw ftrace text: which wake-up follows each entry of the GA log. No code of irqtwin is used.

/** An entry of the GA log in a trace, with the wake-up that came next. */
export interface RawLogged {
  /** Its stamp: ticks, or nanoseconds. */
  readonly stamp: bigint;
  /** The vCPU that the line names: vmid and vcpuid. */
  readonly vcpu: string;
  /** The next `kvm_vcpu_wakeup` of that vCPU's thread; null = none came, or it did not block. */
  woken: bigint | null;
}

/** Task and pid, CPU, flags, stamp, event, text. */
const LINE = /^ *.*-(\d+) +\[\d+\] [^ ]+ +([\d.]+): (\w+): (.*)$/;

interface Line {
  readonly pid: string;
  readonly stamp: bigint;
  readonly name: string | undefined;
  readonly value: (field: string) => string;
}

function lineOf(text: string): Line {
  const [, pid = "", stamp = "0", name, rest = ""] = LINE.exec(text) ?? [];
  const value = (field: string): string =>
    new RegExp(`(?:^| |, )${field}=(\\w+)`).exec(rest)?.[1] ?? "";
  return { pid, stamp: stampOf(stamp), name, value };
}

/** What has been read so far. */
class Reader {
  readonly all: RawLogged[] = [];
  private readonly vmOf = new Map<string, string>();
  private readonly vcpuOfPid = new Map<string, string>();
  private readonly blocking = new Set<string>();
  private waiting: RawLogged[] = [];

  private readonly readers: Readonly<Record<string, (line: Line) => void>> = {
    avic_blocking: (line) => this.blocking.add(this.vcpuOf(line)),
    avic_unblocking: (line) => this.blocking.delete(this.vcpuOf(line)),
    kvm_avic_ga_log: ({ stamp, value }) => {
      const logged = { stamp, vcpu: `${value("vmid")}/${value("vcpuid")}`, woken: null };
      this.all.push(logged);
      if (this.blocking.has(logged.vcpu)) this.waiting.push(logged);
    },
    kvm_vcpu_wakeup: ({ pid, stamp }) => {
      const vcpu = this.vcpuOfPid.get(pid);
      for (const each of this.waiting) if (each.vcpu === vcpu) each.woken = stamp;
      this.waiting = this.waiting.filter((each) => each.vcpu !== vcpu);
    },
  };

  read(line: Line): void {
    const vm_id = line.value("vm_id");
    if (vm_id !== "" && vm_id !== "0") this.vmOf.set(line.value("kvm"), vm_id);
    this.readers[line.name ?? ""]?.(line);
  }

  private vcpuOf({ pid, value }: Line): string {
    const vcpu = `${this.vmOf.get(value("kvm")) ?? "?"}/${value("id")}`;
    this.vcpuOfPid.set(pid, vcpu);
    return vcpu;
  }
}

/**
 * Reads the entries of the GA log. The workload creates the vCPUs of a VM in the order of their ids, so that an id and an
 * index are the same number.
 */
export function rawLogged(text: string): readonly RawLogged[] {
  const reader = new Reader();
  for (const line of text.split("\n")) reader.read(lineOf(line));
  return reader.all;
}

/** A stamp as ftrace prints it: ticks, or seconds as nanoseconds. */
export function stampOf(text: string): bigint {
  const [seconds = "", fraction] = text.split(".");
  return fraction === undefined ? BigInt(text) : BigInt(seconds + fraction.padEnd(9, "0"));
}
