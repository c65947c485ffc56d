// What a dump of the host says of routes and inhibits, against what the lines before it have left.

import { type TwinEvent, routeKeyOf } from "../../events/event.js";
import { KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type Seq, type VmRow } from "../../values/ids.js";
import { type DumpCounts } from "../../platform/consistency.js";
import { ROUTING_MSI } from "../../model/irqfds.js";
import { type Witness, type WitnessContext } from "./witness.js";

/** The inhibits of a VM, and the event that told them. */
interface Told {
  readonly inhibits: number;
  readonly seq: Seq;
}

/** Counts of dumps under construction. */
export type CountedDumps = { -readonly [Name in keyof DumpCounts]: DumpCounts[Name] };

/** Watches routes and inhibits. */
export class DumpWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly dumps: CountedDumps;
  private readonly told = new Map<VmRow, Told>();

  /** `at`: what all witnesses of the recording use; `dumps`: where facts are counted. */
  constructor(at: WitnessContext, dumps: CountedDumps) {
    this.at = at;
    this.dumps = dumps;
  }

  observe(event: TwinEvent): void {
    switch (event.kind) {
      case KIND.avic_inhibit_set:
      case KIND.avic_inhibit_cleared:
        this.tell(event);
        return;
      case KIND.vm_anchored:
        this.compareInhibits(event);
        return;
      case KIND.route_anchored:
        this.compareRoute(event);
        return;
    }
  }

  forget(): void {
    this.told.clear();
  }

  private tell(event: TwinEvent): void {
    const inhibits = payload.inhibits(event);
    // A line that names no VM may be about any.
    if (event.vm === null || payload.vm_inferred(event) === 1) this.told.clear();
    else if (inhibits !== null) this.told.set(event.vm, { inhibits, seq: event.seq });
  }

  private compareInhibits(event: TwinEvent): void {
    const told = event.vm === null ? undefined : this.told.get(event.vm);
    const shown = payload.inhibits(event);
    if (shown !== null) this.count(event, told?.seq, told?.inhibits === shown);
  }

  /** The route of an irqfd with a producer: that of another one changes without a line. */
  private compareRoute(event: TwinEvent): void {
    const { irqfds } = this.at.kernel;
    const key = routeKeyOf(event);
    const type = payload.type(event);
    if (key === null || type === null) return;
    const route = irqfds.isRouted(event) === null ? undefined : irqfds.routeOf(key);
    const isSame =
      route?.type === type && (type !== ROUTING_MSI || this.isVector(event, route.vector));
    this.count(event, route?.type == null ? undefined : route.seq, isSame);
  }

  private isVector(event: TwinEvent, vector: number | null): boolean {
    const data = payload.data(event);
    return vector === null || data === null || vector === (data & 0xff);
  }

  /** `seq`: the event that tells it; undefined = no line does. */
  private count(event: TwinEvent, seq: Seq | undefined, isSame: boolean): void {
    this.dumps.entries++;
    if (seq === undefined) return;
    if (isSame) this.dumps.agreed++;
    else {
      this.dumps.contradicted++;
      this.at.report("C21", event, [seq]);
    }
  }
}
