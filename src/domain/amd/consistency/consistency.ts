// Contradictions in recordings of AMD hosts: the witnesses, put together.

import { irteKeyOf, type TwinEvent } from "../../events/event.js";
import { isOfDump } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type Call } from "../../model/calls.js";
import {
  type Consistency,
  type Contradiction,
  type DumpCounts,
} from "../../platform/consistency.js";
import { type Sees } from "../../platform/platform.js";
import { type IrteBits } from "../../values/bits.js";
import { PROBE } from "../probes/probes.js";
import { shows } from "../probes/decidable.js";
import { type AmdKernel } from "../rules/amd-kernel.js";
import { AvicWitness } from "./avic-witness.js";
import { CallWitness } from "./call-witness.js";
import { CallerWitness } from "./caller-witness.js";
import { DoubleWitness } from "./double-witness.js";
import { DriverWitness } from "./driver-witness.js";
import { DumpWitness } from "./dump-witness.js";
import { HostWitness } from "./host-witness.js";
import { InhibitWitness } from "./inhibit-witness.js";
import { IrqWitness } from "./irq-witness.js";
import { IrqfdWitness } from "./irqfd-witness.js";
import { ProducerWitness } from "./producer-witness.js";
import { RouteWitness } from "./route-witness.js";
import { TableWitness } from "./table-witness.js";
import { TaskWitness } from "./task-witness.js";
import { UpdateWitness } from "./update-witness.js";
import { VcpuWitness } from "./vcpu-witness.js";
import { WitnessContext, type Witness } from "./witness.js";

/** Looks for contradictions in a recording of an AMD host. */
export class AmdConsistency implements Consistency {
  private readonly at: WitnessContext;
  private readonly table: TableWitness;
  private readonly dumped: DumpWitness;
  private readonly calls: CallWitness;
  private readonly host: HostWitness;
  private readonly tasks: TaskWitness;
  private readonly callers: CallerWitness;
  private readonly avic: AvicWitness;
  private readonly driver: DriverWitness;
  /** Exchanges that have taken their place in the order of writes already, and those whose bits are in doubt. */
  private readonly placed = new Set<number>();
  private readonly distrusted = new Set<number>();
  private readonly others: readonly Witness[];
  private readonly seesEveryWriter: boolean;

  /** Looks where the probes of the recording show enough (`sees`), beside the kernel that the rules follow. */
  constructor(kernel: AmdKernel, sees: Sees) {
    this.at = new WitnessContext(kernel, sees);
    this.table = new TableWitness(this.at);
    this.dumped = new DumpWitness(this.at, this.table.dumps);
    this.calls = new CallWitness(this.at);
    this.host = new HostWitness(this.at);
    this.tasks = new TaskWitness(this.at);
    this.callers = new CallerWitness(this.at);
    this.driver = new DriverWitness(this.at);
    const inhibits = new InhibitWitness(this.at);
    this.avic = new AvicWitness(this.at, inhibits);
    this.others = [
      new VcpuWitness(this.at),
      inhibits,
      this.avic,
      new ProducerWitness(this.at),
      this.host,
      this.calls,
      this.driver,
      this.callers,
      new UpdateWitness(this.at),
      new RouteWitness(this.at),
      new IrqWitness(this.at),
      new IrqfdWitness(this.at),
      new DoubleWitness(this.at),
    ];
    this.seesEveryWriter = shows(sees, "every writer");
  }

  get found(): readonly Contradiction[] {
    return this.at.found;
  }

  get dumps(): DumpCounts {
    return this.table.dumps;
  }

  observe(event: TwinEvent): boolean {
    this.at.enter(event);
    this.tasks.observe(event);
    if (!this.at.believes(event)) return false;
    this.table.observe(event);
    this.dumped.observe(event);
    if (isOfDump(event.kind)) return true;
    for (const witness of this.others) witness.observe(event);
    return this.at.believes(event);
  }

  write(write: TwinEvent, exchange: TwinEvent | null | undefined, isNext: boolean): boolean {
    if (exchange === null) this.table.missing(write);
    if (exchange === undefined) this.table.unsure(write);
    if (exchange == null) return true;
    const isSame = this.table.compare(write, exchange);
    if (!isSame) this.distrusted.add(exchange.seq);
    if (isNext) this.place(exchange);
    return isSame;
  }

  exchange(exchange: TwinEvent): boolean {
    if (this.placed.delete(exchange.seq)) return false;
    this.place(exchange);
    this.placed.delete(exchange.seq);
    const { before } = this.at;
    const isOrphan = payload.written_seq(exchange) === null && this.at.sees(PROBE.irte_write);
    if (!isOrphan || before === undefined) return false;
    this.at.report("C3", exchange, [exchange.cause_seq, before.seq]);
    return irteKeyOf(exchange) !== null;
  }

  private place(exchange: TwinEvent): void {
    this.table.exchange(exchange, !this.distrusted.delete(exchange.seq));
    this.placed.add(exchange.seq);
  }

  explainsMismatch(write: TwinEvent, seen: IrteBits): boolean {
    return this.driver.explains(write, seen) || this.host.isPreparedOtherwise(write, seen);
  }

  explainsMissing(call: Call): boolean {
    if (this.callers.lacksUpdate(call) || this.calls.lacksTold(call)) return true;
    return this.driver.isInhibited(call);
  }

  explainsStray(write: TwinEvent, seen: IrteBits, isAfter: boolean): boolean {
    const { before } = this.at;
    if (before === undefined) return false;
    if (this.driver.explains(write, seen) || this.host.isMisnamed(write)) return true;
    const isOfNone = write.cause_seq === null || isAfter || this.avic.isUncalled(write);
    const isUntold = this.lacksDriver(write) || this.host.lacksDeactivation(write);
    if (!isOfNone && !isUntold) return false;
    this.at.report("C11", write, [before.seq]);
    const key = irteKeyOf(write);
    if (key !== null && !isOfNone) this.at.kernel.model.doubtUpdate(key);
    return true;
  }

  /** Is the line missing by which the driver was called for a write that its function does not explain? */
  private lacksDriver(write: TwinEvent): boolean {
    const isUntold = this.seesEveryWriter ? this.calls.lacksDriver(write) : null;
    return isUntold ?? this.host.lacksDriver(write);
  }

  forget(): void {
    this.at.forget();
    this.table.forget();
    this.dumped.forget();
    this.tasks.forget();
    for (const witness of this.others) witness.forget();
  }
}
