// Numbers and texts that must not be taken for one another. Each is plain at run time; the compiler refuses an IRTE's
// key where an event's seq is asked for. A literal, and what is plainly a number or a text, is accepted as any of them.

/** A number that is named after what it counts. The name exists for the compiler alone. */
export type Flavor<Name extends string> = number & {
  /** Never there: only the compiler reads it. */
  readonly isA?: Name;
};

/** An event's place in the total order of its timeline: 1, 2, 3 and so on. */
export type Seq = Flavor<"seq">;

/** PCI segment, requester ID and table index of an IRTE in one number (`irteKey`). */
export type IrteKey = Flavor<"irte key">;

/** Row of the table `vm`: a struct kvm from its creation to its end. */
export type VmRow = Flavor<"vm row">;

/** Row of the table `vcpu`. */
export type VcpuRow = Flavor<"vcpu row">;

/** A text that is named after what it says. The name exists for the compiler alone. */
export type FlavoredText<Name extends string> = string & {
  /** Never there: only the compiler reads it. */
  readonly isA?: Name;
};

/** Any text where some are known: an editor offers those, and what is none of them is refused when it is asked. */
export type AnyText = string & Record<never, never>;

/** A time as results have it: an integer in the recording's clock unit (nanoseconds, or ticks) as decimal text. */
export type TimeText = FlavoredText<"time">;

/** The name of an IRTE: `SSSS:BB:DD.F/INDEX`. */
export type IrteName = FlavoredText<"irte name">;

/** The name of a vCPU: `vmN/vcpuM`. */
export type VcpuName = FlavoredText<"vcpu name">;

/** A GSI of a VM, as `vm:gsi`. */
export type RouteKey = FlavoredText<"route key">;

/**
 * A time of the recording's clock: `billions` * 10^9 + `rest`, in nanoseconds or, for a counter clock, in
 * ticks. Exact to 63 bits, where a single JS number would end at 104 days of nanoseconds.
 */
export interface Stamp {
  /** Whole 10^9 ns (seconds) or ticks. */
  readonly billions: number;
  /** 0 to 999,999,999. */
  readonly rest: number;
}

/** When something became what it is: the event, and its time. */
export interface Since extends Stamp {
  /** The event. */
  readonly seq: Seq;
}

/** One number for PCI segment, requester ID and index: 16 bits each, exact. */
export function irteKey(segment: number, devid: number, index: number): IrteKey {
  return (segment * 0x1_0000 + devid) * 0x1_0000 + index;
}

/** The inverse of `irteKey`. */
export function irteOfKey(key: IrteKey): { segment: number; devid: number; index: number } {
  const sbdf = Math.floor(key / 0x1_0000);
  return { segment: Math.floor(sbdf / 0x1_0000), devid: sbdf % 0x1_0000, index: key % 0x1_0000 };
}

/** One text for a GSI of a VM. */
export function routeKey(vm: VmRow, gsi: number): RouteKey {
  return `${vm}:${gsi}`;
}

/** The VM and the GSI of a route's key. */
export function routeOfKey(key: RouteKey): readonly [vm: VmRow, gsi: number] {
  const [vm, gsi] = key.split(":");
  return [Number(vm), Number(gsi)];
}
