// Between the host's handler and a local APIC: an MSI that is sent at once, a worker that sends what could not be, a route
// that changes meanwhile, and interrupts of others with the same vector.

import { beforeEach, describe, expect, it } from "vitest";
import { type EventKindName } from "../../src/domain/events/kinds.js";
import { type TwinEvent } from "../../src/domain/events/event.js";
import { gsiKey } from "../../src/projections/fate-routes.js";
import { Injections } from "../../src/projections/interrupt-injections.js";
import { type Injection } from "../../src/projections/interrupt-sendings.js";
import { event, type EventFields } from "../support/twin-event.js";

const VM = 1;
const GSI = 24;
const GSI_KEY = gsiKey(VM, GSI);
const IDLE = 1;
const WORKER = 2;
const OF_GSI: EventFields = { vm: VM, gsi: GSI };

let seq = 0;
let injections = new Injections();

beforeEach(() => {
  seq = 0;
  injections = new Injections();
});

function next(kind: EventKindName, fields: EventFields): TwinEvent {
  seq++;
  return event(kind, { cpu: 0, ...fields, seq });
}

function handle(fields: Partial<Injection> = {}): number {
  const at = next("host_irq_handled", { task: IDLE, host_irq: 30 });
  const of = {
    seq: at.seq,
    at,
    shown: "handled",
    key: null,
    irq: 30,
    vm: VM,
    gsi: GSI_KEY,
  } as const;
  injections.handle(at, { ...of, vector: 65, dest: 0, otherwise: "unaccepted", ...fields });
  return at.seq;
}

function send(task: number, vector = 65): void {
  injections.send(
    next("msi_sent", { task, ...OF_GSI, payload: { dest: 0, vector, mode: 0 } }),
    "injected",
  );
}

function work(isRouted: boolean | null = true): void {
  injections.work(next("irqfd_injected", { task: WORKER, ...OF_GSI }), isRouted);
}

/** Which interrupts an acceptance ends; null = it says nothing new. */
function accept(task: number, vcpu_id = 0, apicv = 0): readonly number[] | null {
  const payload = { vcpu_id, vector: 65, apicv };
  const found = injections.accept(next("irq_accepted", { task, payload }));
  return found?.of.map((each) => each.seq) ?? null;
}

/** How those end that nothing more is seen of. */
const left = (): readonly (readonly [number, string])[] =>
  injections.overdue(Infinity).map(([of, outcome]) => [of.seq, outcome]);

describe("an interrupt that the host handles", () => {
  it("is what the next MSI is sent for in the same interrupt, whatever waits with its vector", () => {
    const first = handle();
    const second = handle();
    send(IDLE);
    expect(accept(IDLE)).toEqual([second]);
    expect(left()).toEqual([[first, "unaccepted"]]);
  });

  it("is accepted by several vCPUs once, and AVIC's line says nothing new", () => {
    const one = handle();
    send(IDLE);
    expect([accept(IDLE), accept(IDLE, 0, 1), accept(IDLE, 1)]).toEqual([[one], null, null]);
    expect(left()).toEqual([]);
  });

  it("is matched by no local APIC where its MSI is sent and none accepts it", () => {
    const one = handle();
    send(IDLE);
    expect(left()).toEqual([[one, "unmatched"]]);
  });

  it("is not what an IPI of the same vector is, once MSIs and workers are seen", () => {
    const one = handle();
    send(IDLE);
    work();
    expect(accept(3)).toEqual([]);
    expect(left()).toEqual([[one, "unaccepted"]]);
  });

  it("ends once, also where it was given up before a local APIC accepts what was sent for it", () => {
    const one = handle();
    send(IDLE);
    expect(left()).toEqual([[one, "unmatched"]]);
    expect(accept(IDLE)).toEqual([]);
    const other = handle();
    work();
    expect(left()).toEqual([[other, "unaccepted"]]);
    send(WORKER);
    expect(accept(WORKER)).not.toContain(other);
  });

  it("is found by its vector where no MSI is seen", () => {
    const one = handle();
    expect(accept(3)).toEqual([one]);
  });
});

describe("a worker", () => {
  it("sends once for all that its GSI was signalled with", () => {
    const some = [handle(), handle()];
    work();
    send(WORKER);
    expect(accept(WORKER)).toEqual(some);
  });

  it("drops them where the GSI has no route, whatever route it has later", () => {
    const one = handle();
    work(false);
    injections.reroute(GSI_KEY);
    work();
    send(WORKER);
    expect(accept(WORKER)).not.toContain(one);
    expect(left()).toEqual([[one, "dropped"]]);
  });

  it("may send over another route than the one that no local APIC matched", () => {
    const one = handle();
    send(IDLE);
    injections.reroute(GSI_KEY);
    work();
    send(WORKER);
    expect(accept(WORKER)).not.toContain(one);
    expect(left()).toEqual([[one, "unaccepted"]]);
  });

  it("sends what was sent at once in vain, though the irqfd of the handler is not known", () => {
    const one = handle({ gsi: null, vector: null, dest: null, otherwise: "whose" });
    send(IDLE);
    work();
    send(WORKER);
    expect(accept(WORKER)).toEqual([one]);
  });

  it("may send what no local APIC matched, where the MSI names no irqfd", () => {
    const one = handle({ gsi: null, vector: null, dest: null, otherwise: "whose" });
    injections.send(
      next("msi_sent", { task: IDLE, payload: { dest: 0, vector: 65, mode: 0 } }),
      "injected",
    );
    work();
    expect(left()).toEqual([[one, "unaccepted"]]);
  });

  it("sends what an eventfd counted before an irqfd took it", () => {
    const one = handle({ otherwise: "monitor" });
    injections.reroute(GSI_KEY);
    work();
    send(WORKER);
    expect(accept(WORKER)).toEqual([one]);
  });
});

describe("an MSI that nobody is seen to ask for", () => {
  it("is an injection of its own, and is lost where no local APIC accepts it", () => {
    send(IDLE);
    expect(left()).toEqual([[1, "unmatched"]]);
    send(IDLE);
    expect(accept(IDLE)).toEqual([2]);
  });
});
