// What the rules need to know of the kernel's inside, as far as events tell it: each IRTE with the driver's
// copy, each vCPU with the list of the IRTEs that are posted to it, and which list holds an entry. It is one
// model for rules, invariants and predictions, and events that are lost make all of it unknown at once.

import { type IrteBits } from "../values/bits.js";
import {
  routeKey,
  type IrteKey,
  type RouteKey,
  type Seq,
  type VcpuRow,
  type VmRow,
} from "../values/ids.js";

/** What an IRTE is connected to: the irqfd of a GSI, by a bypass producer. */
export interface Connection {
  /** The row number of the VM. */
  readonly vm: VmRow;
  /** The GSI. */
  readonly gsi: number;
  /** The event that removed the producer; null = it is connected. */
  readonly removed: Seq | null;
}

/** An entry of the table, and what the driver keeps of it. */
export interface IrteModel {
  /** Its irteKey(). */
  readonly key: IrteKey;
  /** The driver's copy, which each write stores; null = not observed. */
  shadow: IrteBits | null;
  /** What the copy is instead, if the last write was misreported rather than misdone. */
  otherwise: IrteBits | null;
  /**
   * What a dump shows of it, while the copy that it was made from may still be told by it. It explains writes, and no
   * write is demanded or wrong because of it: the dump may be of another moment. null = no dump shows it.
   */
  dumped: IrteBits | null;
  /** Linux IRQ number. */
  host_irq: number | null;
  /** The entry was freed: whoever still holds a pointer to it reads freed memory. */
  freed: boolean;
  /**
   * It was freed while it was on a list, or its list's element was: whoever walks that list may write it, or
   * not.
   */
  dangling: boolean;
  /** The event that put it on the list that it is on; null = not observed. */
  linkedBy: Seq | null;
  /**
   * Does the list that holds it (or none) follow from an update that was seen? false = the last one put it on the
   * list of a vCPU that is not known; null = no update was seen.
   */
  placed: boolean | null;
  /** The event that wrote it last. */
  lastWrite: Seq | null;
  /** Code of the cause of its last write. */
  lastCause: number | null;
  /** The event of the function that made its last write. */
  lastRoot: Seq | null;
  /** The last update asked to post it to a vCPU, whether it was let or not; null = not observed. */
  wanted: boolean | null;
  /** If that vCPU's AVIC was inhibited then: the event at which it took that up; null = it was not, or not observed. */
  refusedBy: Seq | null;
  /** The irqfd that it serves; undefined = not observed. */
  connection: Connection | undefined;
  /** Steps of functions under way whose effect was seen before their own write. */
  readonly early: Set<unknown>;
}

/** A vCPU. */
export interface VcpuModel {
  /** Its row number. */
  readonly vcpu: VcpuRow;
  /** The entries of its list (svm->ir_list), the newest link first. */
  list: IrteKey[];
  /** Those that an update under way takes off the list or puts onto it, before or after now. */
  changing: readonly IrteKey[];
  /** Its creation was observed, so the list is complete. */
  listKnown: boolean;
  /** Does it run? null = not known. */
  running: boolean | null;
  /** Would an interrupt for it be logged? null = not known. */
  ga_log_intr: boolean | null;
  /** The APIC ID of the CPU that it runs on; null = not known. */
  apic: number | null;
  /** Does it block? null = not known. */
  blocking: boolean | null;
  /** Is AVIC active on it? */
  active: boolean | null;
  /** Page frame of what interrupts are posted into; null = not observed. A vCPU keeps it for life. */
  page: number | null;
  /** An element of its list was freed while linked: the list is undefined from then on. */
  corrupt: boolean;
  /** The last event that names it. */
  lastEvent: Seq | null;
}

/** What is not known of an entry: of a new one, and of every one after events were lost. */
const UNKNOWN_IRTE = {
  shadow: null,
  otherwise: null,
  dumped: null,
  freed: false,
  dangling: false,
  linkedBy: null,
  placed: null,
  wanted: null,
  refusedBy: null,
  connection: undefined,
} as const satisfies Partial<IrteModel>;

/** What is not known of a vCPU: of a new one, and of every one after events were lost. */
const UNKNOWN_VCPU = {
  listKnown: false,
  running: null,
  ga_log_intr: null,
  apic: null,
  blocking: null,
  active: null,
} as const satisfies Partial<VcpuModel>;

/** An entry of which nothing is known. */
export function newIrte(key: IrteKey): IrteModel {
  return {
    key,
    ...UNKNOWN_IRTE,
    host_irq: null,
    lastWrite: null,
    lastCause: null,
    lastRoot: null,
    early: new Set(),
  };
}

function newVcpu(vcpu: VcpuRow): VcpuModel {
  return {
    vcpu,
    ...UNKNOWN_VCPU,
    list: [],
    changing: [],
    page: null,
    corrupt: false,
    lastEvent: null,
  };
}

/** All entries and vCPUs, and which vCPU's list holds an entry. */
export class Model {
  /** Every entry, by its irteKey(). */
  readonly irtes = new Map<IrteKey, IrteModel>();
  /** Every vCPU, by its row number. */
  readonly vcpus = new Map<VcpuRow, VcpuModel>();
  /** A link was seen of which the entry is not known: any list may have an element more. */
  hasLostLink = false;
  /** vCPUs that took up that AVIC is inhibited, and did not take up since that it is active: the event, and the VM. */
  readonly inhibited = new Map<VcpuRow, { readonly vm: VmRow; readonly seq: Seq }>();
  /** The VM that has an avic_vm_id now. */
  readonly liveVmIds = new Map<number, VmRow>();
  /** What was asked for since events were lost last, so that something may be known of it. */
  protected readonly asked = new Set<IrteModel>();
  private readonly askedVcpus = new Set<VcpuModel>();
  /** The entries that were connected to an irqfd of a GSI, and may be no more. */
  private readonly connected = new Map<RouteKey, Set<IrteModel>>();
  /** The vCPU whose list holds an entry. */
  private readonly holders = new Map<IrteKey, VcpuModel>();
  /** The vCPUs whose `changing` has an entry. */
  private readonly relinks = new Map<IrteKey, readonly VcpuModel[]>();

  /** The entry of this key; one that was not seen before is made. */
  irte(key: IrteKey): IrteModel {
    let irte = this.irtes.get(key);
    if (irte === undefined) {
      irte = newIrte(key);
      this.irtes.set(key, irte);
    }
    this.asked.add(irte);
    return irte;
  }

  /** The vCPU of this row; one that was not seen before is made. */
  vcpu(vcpu: VcpuRow): VcpuModel {
    let model = this.vcpus.get(vcpu);
    if (model === undefined) {
      model = newVcpu(vcpu);
      this.vcpus.set(vcpu, model);
    }
    this.askedVcpus.add(model);
    return model;
  }

  /** The entry serves the irqfd of a GSI, or (`removed`) not any more. */
  connect(irte: IrteModel, connection: Connection): void {
    const key = routeKey(connection.vm, connection.gsi);
    irte.connection = connection;
    const known = this.connected.get(key);
    if (known === undefined) this.connected.set(key, new Set([irte]));
    else known.add(irte);
  }

  /** The entries that serve an irqfd of the GSI. */
  connectedTo(vm: VmRow, gsi: number): readonly IrteModel[] {
    const known = this.connected.get(routeKey(vm, gsi));
    if (known === undefined) return [];
    for (const irte of known) if (!isConnectedTo(irte, vm, gsi)) known.delete(irte);
    if (known.size === 0) this.connected.delete(routeKey(vm, gsi));
    return [...known];
  }

  /** Are the lists of all vCPUs complete? Not while no vCPU was seen: there are some that were not. */
  areListsKnown(): boolean {
    if (this.vcpus.size === 0) return false;
    for (const { listKnown } of this.vcpus.values()) if (!listKnown) return false;
    return true;
  }

  /** Is the entry on no list? null = not known: it may be on one whose elements are not all known. */
  isUnlinked({ key, placed }: IrteModel): boolean | null {
    if (this.holders.has(key)) return false;
    return placed === true || (placed === null && this.areListsKnown()) ? true : null;
  }

  /** The vCPU whose list holds the entry; null = none that is known. */
  holderOf(key: IrteKey): VcpuModel | null {
    return this.holders.get(key) ?? null;
  }

  /** Takes the entry off the list that holds it. */
  unlink(key: IrteKey): void {
    const holder = this.holders.get(key);
    if (holder === undefined) return;
    this.holders.delete(key);
    holder.list = holder.list.filter((other) => other !== key);
  }

  /** Puts the entry at the head of a list, as list_add() does, and takes it off any other. */
  link(key: IrteKey, vcpu: VcpuModel, seq: Seq): void {
    this.unlink(key);
    this.irte(key).linkedBy = seq;
    vcpu.list = [key, ...vcpu.list];
    this.holders.set(key, vcpu);
  }

  /** A link that was made unseen shows itself: it is put after those that are known. */
  append(key: IrteKey, vcpu: VcpuModel): void {
    this.unlink(key);
    this.irte(key).linkedBy = null;
    vcpu.list = [...vcpu.list, key];
    this.holders.set(key, vcpu);
  }

  /** An update of the entry was not seen: it may be on any list. */
  doubtLink(key: IrteKey): void {
    this.unlink(key);
    const unseen = { dumped: null, linkedBy: null, placed: null, wanted: null, refusedBy: null };
    Object.assign(this.irte(key), unseen);
    for (const vcpu of this.vcpus.values()) vcpu.listKnown = false;
    this.hasLostLink = true;
  }

  /** A function under way takes the entry off its list, or puts it on that of `target`: its locks come later. */
  beginRelink(key: IrteKey, target: VcpuModel | null): void {
    for (const vcpu of [this.holderOf(key), target]) {
      if (vcpu === null) continue;
      vcpu.changing = [...vcpu.changing, key];
      this.relinks.set(key, [...(this.relinks.get(key) ?? []), vcpu]);
    }
  }

  /** That function has done so. */
  endRelink(key: IrteKey): void {
    for (const vcpu of this.relinks.get(key) ?? [])
      vcpu.changing = vcpu.changing.filter((other) => other !== key);
    this.relinks.delete(key);
  }

  /**
   * Events were lost: what could have changed unseen is not known any more. Whoever keeps an entry or a vCPU across it
   * asks for it again.
   */
  forget(): void {
    for (const irte of this.asked) this.forgetIrte(irte);
    for (const vcpu of this.askedVcpus)
      Object.assign(vcpu, UNKNOWN_VCPU, { list: [], changing: [] });
    this.asked.clear();
    this.askedVcpus.clear();
    this.holders.clear();
    this.relinks.clear();
    this.inhibited.clear();
    this.liveVmIds.clear();
  }

  /** What could have changed unseen of an entry is not known any more. */
  protected forgetIrte(irte: IrteModel): void {
    Object.assign(irte, UNKNOWN_IRTE);
    irte.early.clear();
  }
}

function isConnectedTo({ connection }: IrteModel, vm: VmRow, gsi: number): boolean {
  return connection?.removed === null && connection.vm === vm && connection.gsi === gsi;
}
