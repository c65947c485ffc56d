// What is being sent: an MSI, or all that a worker has taken up, until the local APICs have accepted it.

import { type TwinEvent } from "../domain/events/event.js";
import { payload } from "../domain/events/payload.js";
import { type Outcome } from "../domain/platform/interrupt.js";
import { type IrteKey, type Seq, type Stamp } from "../domain/values/ids.js";
import { Recent } from "./recent.js";

/** An interrupt that KVM is to deliver, and that no local APIC has accepted yet. */
export interface Injection {
  /** The event that shows it: the handler's, or the MSI's where no handler is seen. */
  readonly seq: Seq;
  /** Its time. */
  readonly at: Stamp;
  /** Which of them. */
  readonly shown: "handled" | Unhandled;
  /** The entry that raised it; null = not known. */
  readonly key: IrteKey | null;
  /** Its Linux IRQ number; null = not known. */
  readonly irq: number | null;
  /** Row of its VM; null = not known. */
  readonly vm: number | null;
  /** The VM and GSI whose irqfd takes it (`gsiKey`); null = not known. */
  readonly gsi: number | null;
  /** The vector that its route names; null = not known, or none. */
  readonly vector: number | null;
  /** The APIC ID that its route names; null = not known, or several. */
  readonly dest: number | null;
  /** What becomes of it if no line shows that it is sent. */
  readonly otherwise: Outcome;
}

/** An interrupt of which no handler is seen; "sent" = one may have been, whose line is missing. */
export type Unhandled = "injected" | "sent";

/** One that is between the handler and a local APIC. */
export interface UnderWay {
  /** The interrupt. */
  readonly of: Injection;
  /** As of `of`, or as the MSI says that is sent for it. */
  gsi: number | null;
  /** As `gsi`. */
  vector: number | null;
  /** As `gsi`; null = not known, or several. */
  dest: number | null;
  /**
   * How far it has come: its MSI is sent at once, or a worker has taken it up, which sends what is not sent by then; over:
   * nothing more comes of it, whatever was under way for it.
   */
  stage: "handled" | "sent" | "worked" | "over";
  /** Its route became another one before a worker took it up. */
  isRerouted: boolean;
  /** What becomes of it if no line shows more. */
  outcome: Outcome;
}

/** What a task sends, in an interrupt or as a worker. */
export interface Sending {
  /** null = a worker has begun, and has sent none yet. */
  readonly vector: number | null;
  /** The GSI that it is sent to (`gsiKey`); null = not known. */
  readonly gsi: number | null;
  /** Row of the VM; null = not known. */
  readonly vm: number | null;
  /** An MSI or a worker began it, not an acceptance. */
  readonly isShown: boolean;
  /** What is sent. */
  readonly under: readonly UnderWay[];
  /** May it be that of another host IRQ? */
  readonly isAmbiguous: boolean;
  /** The vCPUs whose local APICs accepted it. */
  readonly vcpus: (number | null)[];
  /** The last of them. */
  vcpu_id: number | null;
  /** 1 = AVIC delivered it to that vCPU. */
  apicv: number | null;
}

/** What one task sends in one go is printed within so many events. */
export const IN_ONE_GO = 64;
/** More than any host has (arch/x86/Kconfig, NR_CPUS_RANGE_END). */
const CPUS = 8192;

/** What the tasks of one recording send, each on its CPU. */
export class Sendings {
  private readonly sendings = new Recent<Sending>(IN_ONE_GO);

  /** A task begins to send where the event is. */
  begin(
    event: TwinEvent,
    of: Pick<Sending, "vector" | "gsi" | "isShown" | "under" | "isAmbiguous">,
  ): Sending {
    const { vector, gsi, isShown, under, isAmbiguous } = of;
    const vcpus: (number | null)[] = [];
    const begun: Sending = {
      vector,
      gsi,
      vm: event.vm,
      isShown,
      under,
      isAmbiguous,
      vcpus,
      vcpu_id: null,
      apicv: null,
    };
    this.sendings.put(placeOf(event), event.seq, begun);
    return begun;
  }

  /** A local APIC accepts what is being sent. */
  note(sending: Sending, event: TwinEvent): void {
    sending.vcpu_id = payload.vcpu_id(event);
    sending.apicv = payload.apicv(event);
    sending.vcpus.push(sending.vcpu_id);
    this.sendings.put(placeOf(event), event.seq, sending);
  }

  /** What the task is sending where the event is; undefined = nothing. */
  at(event: TwinEvent): Sending | undefined {
    return this.sendings.get(placeOf(event), event.seq);
  }

  /** The same, if an acceptance of this vector can be of it. */
  of(event: TwinEvent, vector: number | null): Sending | undefined {
    const sending = this.at(event);
    const isOfIt = sending?.vector === null || sending?.vector === vector;
    return isOfIt ? sending : undefined;
  }
}

/** A task on a CPU: what an interrupt prints there has the task that it interrupts; idle tasks share one. */
export function placeOf({ task, cpu }: TwinEvent): number {
  return (task ?? 0) * CPUS + cpu;
}
