// Interrupts that the host handles: vfio signals an eventfd, and KVM's irqfd sends the MSI of its route, at once or by a
// worker. What is sent in an interrupt is of what was handled in it, and what a worker sends of all that its GSI was
// signalled with. Where no line shows what is sent, an acceptance is found by vector, destination and order.

import { type TwinEvent } from "../domain/events/event.js";
import { payload } from "../domain/events/payload.js";
import { type Outcome } from "../domain/platform/interrupt.js";
import { type Seq } from "../domain/values/ids.js";
import { gsiKey } from "./fate-routes.js";
import {
  IN_ONE_GO,
  Sendings,
  placeOf,
  type Injection,
  type Sending,
  type UnderWay,
  type Unhandled,
} from "./interrupt-sendings.js";
import { Recent } from "./recent.js";

/** What an acceptance belongs to. */
export interface Accepted {
  /** The interrupts that it ends, all of one host IRQ: an eventfd counts, and a worker sends once. */
  readonly of: readonly Injection[];
  /** Another host IRQ has one of the same vector under way. */
  readonly isAmbiguous: boolean;
  /** Row of the VM that it is sent in; null = no line says which. */
  readonly vm: number | null;
  /** A handler, an MSI or a worker is of it: the thread that prints it is interrupted, or sends for any VM. */
  readonly isForeign: boolean;
}

/** So many events later, what was handled is no longer on its way. */
export const UNDER_WAY = 2000;
/** So ends what no irqfd is known to take: its eventfd counts it until one does. */
const WAITS: ReadonlySet<Outcome> = new Set<Outcome>(["monitor", "whose"]);
/** The interrupts of one recording that are between the host's handler and a local APIC. */
export class Injections {
  private under: UnderWay[] = [];
  private readonly sendings = new Sendings();
  /** What was handled last, by task and CPU. */
  private readonly handled = new Recent<UnderWay>(IN_ONE_GO);
  private showsMsis = false;
  private showsWorkers = false;

  /** The host handled one. */
  handle(event: TwinEvent, of: Injection): void {
    const { vector, dest, otherwise } = of;
    const one: UnderWay = {
      of,
      gsi: of.gsi,
      vector,
      dest,
      stage: "handled",
      isRerouted: false,
      outcome: otherwise,
    };
    this.under.push(one);
    this.handled.put(placeOf(event), event.seq, one);
  }

  /** Is one no longer on its way at an event? */
  isAnyOverdue(seq: Seq): boolean {
    const first = this.under[0];
    return first !== undefined && first.of.seq < seq - UNDER_WAY;
  }

  /** Takes out those that are no longer on their way at an event; Infinity = all. */
  overdue(seq: Seq): readonly (readonly [Injection, Outcome])[] {
    const over = this.under.filter(({ of }) => of.seq < seq - UNDER_WAY);
    this.under = this.under.filter(({ of }) => of.seq >= seq - UNDER_WAY);
    for (const each of over) each.stage = "over";
    return over.map(({ of, outcome }) => [of, outcome]);
  }

  /** The route of a GSI is another one: what a worker takes up from now on may go over either. */
  reroute(gsi: number): void {
    for (const each of this.under) {
      if (each.gsi !== gsi || each.stage === "worked" || WAITS.has(each.outcome)) continue;
      each.isRerouted = true;
      if (each.stage !== "handled") continue;
      each.outcome = "unaccepted";
      each.vector = null;
    }
  }

  /** A worker begins to inject a GSI; `routed`: does it have a route? null = not known. */
  work(event: TwinEvent, routed: boolean | null): void {
    this.showsWorkers = true;
    const gsi = gsiOf(event);
    const waiting = this.waitingFor(gsi);
    const under = waiting.filter(({ isRerouted }) => !isRerouted);
    // It may be what is sent by this worker.
    const perhaps = this.under.filter((each) => each.gsi === null && each.stage === "sent");
    for (const each of [...waiting, ...perhaps]) {
      each.stage = "worked";
      each.outcome = "unaccepted";
    }
    if (routed === false) for (const each of under) each.outcome = "dropped";
    this.sendings.begin(event, { vector: null, gsi, isShown: true, under, isAmbiguous: false });
  }

  /** An MSI is sent; `unhandled`: what it is if no handler is seen. */
  send(event: TwinEvent, unhandled: Unhandled): void {
    this.showsMsis = true;
    const vector = payload.vector(event);
    const gsi = gsiOf(event);
    const handled = this.sentBy(event, gsi);
    const under = handled.length > 0 ? handled : [this.unhandled(event, gsi, unhandled)];
    for (const each of under) {
      each.outcome = "unmatched";
      each.gsi = gsi ?? each.gsi;
      each.vector = vector;
      each.dest = null;
      if (each.stage === "handled") each.stage = "sent";
    }
    this.sendings.begin(event, { vector, gsi, isShown: true, under, isAmbiguous: false });
  }

  /** A local APIC accepted one; null = it says once more what is said already. */
  accept(event: TwinEvent): Accepted | null {
    const vector = payload.vector(event);
    const vcpu_id = payload.vcpu_id(event);
    const sending = this.sendings.of(event, vector);
    if (sending?.vcpu_id === vcpu_id && payload.apicv(event) === 1 && sending.apicv === 0) {
      this.sendings.note(sending, event);
      return null;
    }
    const isNext = sending?.vcpus.includes(vcpu_id) === false;
    const found = isNext && sending.isShown ? NOTHING : this.find(vector, vcpu_id);
    if (isNext && found.under.length === 0) {
      const isFirst = sending.vcpus.length === 0;
      this.sendings.note(sending, event);
      return isFirst ? this.end(sending) : null;
    }
    const begun = this.sendings.begin(event, { vector, gsi: null, isShown: false, ...found });
    this.sendings.note(begun, event);
    return this.end(begun);
  }

  private end({ under, isAmbiguous, vm, isShown }: Sending): Accepted {
    const ended = under.filter(isUnderWay);
    if (ended.length > 0) this.under = this.under.filter((each) => !ended.includes(each));
    for (const each of ended) each.stage = "over";
    const isForeign = isShown || under.length > 0;
    return { of: ended.map(({ of }) => of), isAmbiguous, vm, isForeign };
  }

  /** What an MSI is of: what its worker has begun, what its interrupt has handled, or what its GSI waits for. */
  private sentBy(event: TwinEvent, gsi: number | null): readonly UnderWay[] {
    const place = placeOf(event);
    const worker = this.sendings.at(event);
    const isWorkers = worker?.vector === null && worker.gsi === gsi;
    if (isWorkers && worker.under.length > 0) return worker.under.filter(isUnderWay);
    const handled = this.handled.get(place, event.seq);
    this.handled.forget(place);
    if (handled !== undefined && canBeOf(handled, gsi)) return [handled];
    return this.waitingFor(gsi).filter(({ isRerouted }) => !isRerouted);
  }

  /** What no worker has taken up yet. */
  private waitingFor(gsi: number | null): readonly UnderWay[] {
    if (gsi === null) return [];
    return this.under.filter((each) => each.gsi === gsi && each.stage !== "worked");
  }

  /** No handler is seen: whoever signals the eventfd. */
  private unhandled(event: TwinEvent, gsi: number | null, shown: Unhandled): UnderWay {
    const { seq, vm } = event;
    const of: Injection = {
      seq,
      at: event,
      shown,
      key: null,
      irq: null,
      vm,
      gsi,
      vector: null,
      dest: null,
      otherwise: "unmatched",
    };
    const one: UnderWay = {
      of,
      gsi,
      vector: null,
      dest: null,
      stage: "sent",
      isRerouted: false,
      outcome: "unmatched",
    };
    this.under.push(one);
    return one;
  }

  /** What an acceptance can be of whose MSI is not seen. */
  private find(vector: number | null, vcpu_id: number | null): Found {
    if (this.showsWorkers) return NOTHING;
    const fits = this.under.filter(
      (each) =>
        each.vector === vector &&
        (each.dest === null || each.dest === vcpu_id) &&
        (!this.showsMsis || each.stage !== "handled"),
    );
    const irq = fits[0]?.of.irq;
    const under = fits.filter(({ of }) => of.irq === irq);
    return { under, isAmbiguous: under.length < fits.length };
  }
}

interface Found {
  readonly under: readonly UnderWay[];
  readonly isAmbiguous: boolean;
}

const NOTHING: Found = { under: [], isAmbiguous: false };

function isUnderWay({ stage }: UnderWay): boolean {
  return stage !== "over";
}

function gsiOf({ vm, gsi }: TwinEvent): number | null {
  return vm === null || gsi === null ? null : gsiKey(vm, gsi);
}

/** Can what was handled be what is sent to a GSI? null = not known to which. */
function canBeOf({ gsi: own, stage }: UnderWay, gsi: number | null): boolean {
  return (gsi === null || own === null || own === gsi) && stage === "handled";
}
