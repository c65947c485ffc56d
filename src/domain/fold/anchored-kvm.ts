// What a dump of the host says of VMs, irqfds and routes. What the trace has shown goes before it: only what is not known
// becomes known by it.

import { payload } from "../events/payload.js";
import { KIND } from "../events/kinds.js";
import { routeKeyOf, type TwinEvent } from "../events/event.js";
import { isUnseen, showRoute } from "./evolve-kvm.js";
import { type KvmHandler } from "./fold-rules.js";
import { appendIrqfd, isSubject, mapIrqfds, setRoute, setVm, type KvmDraft } from "./kvm-draft.js";
import { NONE } from "./state.js";

/** What each kind of fact does. */
export const ANCHORED_KVM: Readonly<Record<number, KvmHandler>> = {
  [KIND.vm_anchored]: (draft, event) => {
    const inhibits = payload.inhibits(event);
    const before = event.vm === null ? undefined : draft.vms.get(event.vm);
    if (inhibits !== null && before?.inhibits == null && before?.destroyed !== true)
      setVm(draft, event, { inhibits, isInferred: false });
  },
  [KIND.irqfd_anchored]: (draft, event) => {
    const host_irq = payload.connected(event) === 0 ? NONE : event.host_irq;
    const own = draft.irqfds.filter((irqfd) => isSubject(irqfd, event));
    if (own.length === 0) appendIrqfd(draft, event, null, host_irq);
    // Of several irqfds on a GSI the fact may be about either.
    if (own.length !== 1) return;
    mapIrqfds(draft, event, (irqfd) => ({
      ...irqfd,
      state: irqfd.state ?? "assigned",
      host_irq: irqfd.host_irq ?? host_irq,
    }));
  },
  [KIND.route_anchored]: (draft, event) => {
    if (isRouteUnknown(draft, event)) setRoute(draft, event, showRoute);
  },
};

function isRouteUnknown({ routes }: KvmDraft, event: TwinEvent): boolean {
  const key = routeKeyOf(event);
  const before = key === null ? undefined : routes.get(key);
  return before === undefined || isUnseen(before);
}
