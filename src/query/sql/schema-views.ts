// The stable views, column by column, as `type [unit]: meaning`.

import {
  FATE,
  INTERRUPT,
  FINDING,
  FINDING_HEAD,
  GAP,
  HEADER,
  INTERVAL,
  RECORDING,
  ROUTE,
  VM_REF,
  VM_SELF,
  shared,
  type Relation,
} from "./schema-shared.js";

/** Every view, by name. */
export const VIEWS: Readonly<Record<string, Relation>> = {
  v_event: {
    row: "an event",
    columns: {
      ...shared("seq time_ns cpu comm pid"),
      kind: "text: what happened; event_kind describes each",
      ...shared("vm_id vcpu_id devid irte_index gsi host_irq cause_seq cause source"),
      ...shared("recording_id line"),
      payload: "text: the kind's own fields as a JSON object; 64-bit words as hexadecimal text",
      ...shared("vm_name irte"),
      vcpu: "text: name of the vCPU, vmN/vcpuM; NULL = none, or its VM's avic vm_id is not known",
      text: "text: of a marker: what the user wrote to trace_marker; NULL = another kind",
    },
  },
  v_irte: {
    row: "an interval in which an IRTE kept its bits",
    columns: {
      ...shared("irte devid irte_index"),
      ...INTERVAL,
      ...shared("lo hi"),
      mode: "text: posted, remapped, allocated, free or unknown",
      valid: "integer [0 or 1]: the IOMMU uses the entry; NULL = unknown",
      vector: "integer: guest vector if posted, else host vector; NULL = unknown",
      destination: "integer: APIC ID of the target CPU; not used while posted and not running",
      is_run: "integer [0 or 1]: posted: the target runs; 0 where it is not posted; NULL = unknown",
      ga_log_intr:
        "integer [0 or 1]: posted: log while not running; 0 where it is not posted; NULL = unknown",
      ga_tag: "integer: GA tag: VM and vCPU for the GA log",
      ga_root_ptr: "integer [4 KiB pages]: page frame of the vAPIC backing page",
      vm_id: "integer: of the VM that the GA tag names; NULL = not posted, or unknown",
      vcpu_id: "integer: of the vCPU that the GA tag names; NULL = not posted, or unknown",
      ...shared("cause cause_seq source recording_id"),
      overlaps_gap: "integer [0 or 1]: it ends where events were lost",
      witness:
        "text: kind of the event that began it: irte_exchanged (the exchange itself), irte_written or another; NULL = predicted",
      vcpu_by:
        "text: what vcpu_id rests on: ga_tag (the tag holds it), or the tag's vcpu_idx as its creation shows it (creation) or the entries posted to the vCPU's backing page (backing page) or a dump of the host (anchor)",
      ...shared("vm_name"),
    },
  },
  v_irte_change: {
    row: "one changed field of one IRTE write",
    columns: {
      ...shared("seq time_ns irte"),
      field: "text: mode, valid, is_run, ga_log_intr, destination, vector, ga_tag, ga_root_ptr",
      old: "integer or text: the value before; NULL = unknown, or not applicable",
      new: "integer or text: the value after; NULL = unknown, or not applicable",
      ...shared("cause cause_seq comm pid cpu"),
      rule: "text: rule of the last check that explains it, T1 to T11; NULL = none, or not checked",
      allowed: "integer [0 or 1]: the last check explained it; NULL = not decided, or not checked",
      ...shared("recording_id devid irte_index"),
    },
  },
  v_vcpu: {
    row: "an interval of one vCPU's state",
    columns: {
      ...shared("vm_id vcpu_id"),
      ...INTERVAL,
      ...shared("run_state"),
      pcpu: "integer: the host CPU it is loaded on; NULL = none, or unknown",
      ...shared("avic_active is_running ga_log_intr vcpu_idx recording_id vcpu_idx_by vm_name"),
    },
  },
  v_link: {
    row: "one stay of an IRTE on a vCPU's ir_list",
    columns: {
      ...shared("vm_id vcpu_id"),
      irqfd: "text: vmN/gsiG; NULL = the GSI is not known",
      ...shared("gsi irte"),
      ...INTERVAL,
      added_by: "text: cause of the event that added it; NULL = not known",
      removed_by: "text: cause of the event that removed it; NULL = still there, or not known",
      ...shared("source recording_id vm_name devid irte_index"),
    },
  },
  v_fate: {
    row: "an interval in which the fate of an IRTE's interrupts stayed the same",
    columns: {
      ...shared("irte"),
      ...FATE,
      in_flight: `${FATE.in_flight}; NULL = not known`,
      ...INTERVAL,
      vm_id: "integer: avic vm_id of the VM that the entry posts to; NULL = none, or not known",
      vcpu_id: "integer: vcpu_id of the vCPU that the entry posts to; NULL = none, or not known",
      ...shared("source recording_id"),
    },
  },
  v_interrupt: {
    row: "an interrupt that the recording shows",
    columns: {
      id: "integer: seq of the event that shows it first",
      ...shared("time_ns"),
      irte: "text: name of the IRTE that raised it; NULL = none, or several can have",
      vm_id:
        "integer: avic vm_id of the VM that should get it, of a lost one too; NULL = not known",
      vcpu_id: "integer: vcpu_id of the vCPU that should get it; NULL = not known",
      vcpu_got: "text: name of the vCPU that got it, or was told of it; NULL = none, or not known",
      ...INTERRUPT,
      raised_ns:
        "integer [ns or ticks]: the host handled it, or a local APIC accepted it; NULL = the recording does not show it being raised",
      logged_ns:
        "integer [ns or ticks]: KVM was told of its entry in the GA log; NULL = there was none",
      woken_ns:
        "integer [ns or ticks]: its vCPU was back from its halt (kvm_vcpu_wakeup); NULL = it did not wait in one, or not shown",
      running_ns:
        "integer [ns or ticks]: from then on its vCPU was known to run, with all of these before; NULL = not known",
      evidence: "text: seq of the events that it is told from, as a JSON array",
      ...shared("recording_id"),
    },
  },
  v_route: {
    row: "an interval of one GSI's route as its irqfds show it",
    columns: {
      ...shared("vm_id gsi"),
      ...INTERVAL,
      type: "text: none, irqchip, msi, s390_adapter, hv_sint, xen_evtchn or unknown",
      ...ROUTE,
      delivery_mode: "text: Fixed, LowPrio, SMI, Res3, NMI, INIT, SIPI, ExtINT; NULL = unknown",
      postable: "integer [0 or 1]: names one vCPU with a mode that can be posted; NULL = unknown",
      ...shared("recording_id vm_name"),
    },
  },
  v_finding: {
    row: "a finding of the last check",
    columns: {
      ...shared("recording_id"),
      ...FINDING_HEAD,
      ...shared("time_ns irte vm_id vcpu_id"),
      ...FINDING,
      line: "integer [line]: of that event in the trace file",
      ...shared("vm_name"),
    },
  },
  v_vm: {
    row: "a VM: a struct kvm from its creation to its end",
    columns: {
      ...shared("recording_id vm_id"),
      ...VM_SELF,
      vm: VM_REF,
    },
  },
  v_header: {
    row: "a line `# irqtwin KEY: VALUE` that the capture script wrote of the recording",
    columns: { ...shared("recording_id line"), ...HEADER },
  },
  v_gap: {
    row: "a span in which events were lost: after from_seq, before to_seq",
    columns: { ...shared("recording_id"), ...GAP },
  },
  v_recording: {
    row: "a recording",
    columns: {
      ...shared("recording_id"),
      ...RECORDING,
      state: "text: importing, complete or dropped",
      superseded_by: "integer: the recording that corrects it; NULL = none: it is current",
      rules_read:
        "text: the profile by which its lines are read; NULL = none, or several that differ",
      dropped_at:
        "text: when it was dropped, in UTC, such as 2026-01-31T12:00:00.000Z; NULL = never",
      dropped_why: "text: why it was dropped; NULL = it is not",
    },
  },
};
