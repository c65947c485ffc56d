// The tables under the views, column by column, as `type [unit]: meaning`.

import { KEPT_TABLES } from "./schema-kept.js";
import {
  CAUSE_REF,
  FATE,
  INTERRUPT,
  FINDING,
  FINDING_HEAD,
  GAP,
  HEADER,
  KNOWN_INTERVAL,
  IRTE_KEY,
  RECORDING,
  ROUTE,
  VCPU_REF,
  VM_REF,
  VM_SELF,
  shared,
  type Relation,
} from "./schema-shared.js";

const INTERVAL_TABLES: Readonly<Record<string, Relation>> = {
  irte_interval: {
    row: "an interval in which an observed IRTE kept its bits (projection)",
    columns: {
      ...IRTE_KEY,
      ...KNOWN_INTERVAL,
      ...shared("recording_id lo hi"),
      ...CAUSE_REF,
      witness: "integer: kind of the event that began it (event_kind.id)",
    },
  },
  irte_predicted_interval: {
    row: "an interval in which the same bits of a predicted IRTE were known (projection)",
    columns: {
      ...IRTE_KEY,
      ...KNOWN_INTERVAL,
      ...shared("recording_id"),
      lo: "integer [bits]: low 64 bits; 0 where lo_known has a 0",
      hi: "integer [bits]: high 64 bits; 0 where hi_known has a 0",
      lo_known: "integer [bits]: 1 = that bit of lo is known",
      hi_known: "integer [bits]: 1 = that bit of hi is known",
      known_bits: "integer [bits]: how many of the 128 are known",
      mode: "text: posted, remapped, allocated, free or unknown",
      ...CAUSE_REF,
    },
  },
  vcpu_interval: {
    row: "an interval of one vCPU's state (projection)",
    columns: {
      vcpu: VCPU_REF,
      ...KNOWN_INTERVAL,
      ...shared("recording_id"),
      run_state: "integer: 1 running, 2 out, 3 blocking, 4 freed; NULL = unknown",
      pcpu: "integer: the host CPU it is loaded on; -1 = none; NULL = unknown",
      ...shared("avic_active is_running ga_log_intr"),
    },
  },
  route_interval: {
    row: "an interval of one GSI's route (projection)",
    columns: {
      vm: VM_REF,
      ...shared("gsi"),
      ...KNOWN_INTERVAL,
      ...shared("recording_id"),
      type: "integer: KVM_IRQ_ROUTING_*: 0 none, 1 irqchip, 2 msi; NULL = unknown",
      ...ROUTE,
      delivery_mode: "integer: delivery mode of the MSI, 0 Fixed to 7 ExtINT; NULL = unknown",
      postable: "integer [0 or 1]: names one vCPU with a mode that can be posted; NULL = unknown",
    },
  },
  link_interval: {
    row: "one stay of an IRTE on a vCPU's ir_list (projection)",
    columns: { vcpu: VCPU_REF, ...IRTE_KEY, ...KNOWN_INTERVAL, ...shared("recording_id gsi") },
  },
  interrupt: {
    row: "an interrupt that the recording shows (projection)",
    columns: {
      id: "integer: seq of the event that shows it first",
      ...shared("recording_id"),
      interrupt_case:
        "integer: row of interrupt_case of the same recording; negative = the same with events lost",
      devid: "integer: PCI requester ID; NULL = none, or several entries can have raised it",
      irte_index: "integer: index in the device's table; NULL = none, or several can have",
      segment: "integer: PCI segment; NULL = none, or several can have",
      vcpu: "integer: row of vcpu that should get it; NULL = not known",
      got: "integer: row of vcpu that got it, or was told of it; NULL = none, or not known",
      accepted_seq: "integer: event at which a local APIC accepted it; NULL = none did",
      woken_seq: "integer: event at which its vCPU was back from its halt; NULL = not shown",
      running_seq: "integer: event from which on its vCPU was known to run; NULL = not known",
    },
  },
  interrupt_case: {
    row: "what is said of an interrupt (projection)",
    columns: {
      ...shared("recording_id"),
      id: "integer: number of the case within the recording",
      shown:
        "text: logged (GA log), handled (by the host), injected (by KVM), sent (by KVM, perhaps for a handler whose line is missing) or pending (found when a halt began)",
      ...INTERRUPT,
    },
  },
  fate_change: {
    row: "from an event on, the fate of an entry's interrupts is another one (projection)",
    columns: {
      id: "integer: the event's seq times 2^20, and the place among the changes of that event",
      fate_case: "integer: row of fate_case of the same recording",
      ...shared("recording_id"),
    },
  },
  fate_case: {
    row: "what decides the fate of one entry's interrupts (projection)",
    columns: {
      ...shared("recording_id"),
      id: "integer: number of the case within the recording",
      ...IRTE_KEY,
      vcpu: "integer: row of vcpu that the entry posts to; NULL = none, or not known",
      fate_facts: "integer: row of fate_facts of the same recording",
    },
  },
  fate_facts: {
    row: "what is known of an entry, its vCPU and its route (projection)",
    columns: {
      ...shared("recording_id"),
      id: "integer: number of the facts within the recording",
      fate_verdict: "integer: row of fate_verdict of the same recording",
    },
  },
  fate_state: {
    row: "the cases of all entries after one of the changes (projection)",
    columns: {
      fate_change: "integer: row of fate_change after which it is so",
      cases: "blob: numbers of rows of fate_case, 32 bits each, the lowest byte first",
      ...shared("recording_id"),
    },
  },
  fate_verdict: {
    row: "one fate with its path and its reason (projection)",
    columns: {
      ...shared("recording_id"),
      id: "integer: number of the verdict within the recording",
      ...FATE,
      in_flight: `${FATE.in_flight.replace("[0 or 1]", "[0 to 2]")}; 2 = not known`,
    },
  },
  lane_pack: {
    row: "what is drawn of one subject over the time, or where its events are, so that it is found by the subject (projection)",
    columns: {
      ...shared("recording_id"),
      kind:
        "text: what it is: fate, irte_tick, vcpu_tick, cpu, inhibit, host_irq, marker, write, ga_log; irte_rows, link_rows, " +
        "route_rows and vcpu_rows: no numbers, only how many intervals there are; " +
        "kind_blocks, cause_blocks, task_blocks, vm_blocks, vcpu_blocks, devid_blocks, gsi_blocks and host_irq_blocks: in which " +
        "4,096 events it is; or whole (changes 1: fates and CPUs are there too; last: the version of packs)",
      subject:
        "integer: whose it is, by the kind: an IRTE's key, a row of vcpu, a CPU, a cause, or 0",
      changes: "integer: how many rows a lane of it has",
      last: "integer: the value of its last row; -1 = it has none",
      numbers: "blob: the rows, seven bits in each byte",
    },
  },
};

const WHO_TABLES: Readonly<Record<string, Relation>> = {
  task: {
    row: "a task by name and pid",
    columns: { id: "integer: row number", ...shared("recording_id comm pid") },
  },
  vm: {
    row: "a VM: a struct kvm from its creation to its end",
    columns: {
      id: "integer: row number",
      ...shared("recording_id"),
      ...shared("vm_id"),
      ...VM_SELF,
    },
  },
  vcpu: {
    row: "a vCPU of a VM",
    columns: {
      id: "integer: row number",
      ...shared("recording_id"),
      vm: VM_REF,
      ...shared("vcpu_id vcpu_idx vcpu_idx_by"),
      vcpu_idx_seq: "integer: the event that proved a learned vcpu_idx; NULL = not learned",
    },
  },
  host_cpu: {
    row: "a CPU of the host and its APIC ID",
    columns: {
      ...shared("recording_id"),
      cpu: "integer: the host CPU",
      apic_id: "integer: its APIC ID, as a physical ID entry shows it",
    },
  },
  cause: {
    row: "a cause of an IRTE write",
    columns: { id: "integer: stored in event.cause", name: "text: such as vcpu load" },
  },
  tag_layout: {
    row: "how a rules profile packs a vCPU into the GA tag",
    columns: {
      rules: "text: rules profile",
      bits: "integer [bits]: width of the vCPU's field; vm_id stands above it",
      is_idx: "integer [0 or 1]: the field holds vcpu_idx (1) or vcpu_id (0)",
    },
  },
};

const LOG_TABLES: Readonly<Record<string, Relation>> = {
  recording: {
    row: "a recording; insert-only once it is complete",
    columns: {
      id: "integer: row number",
      ...RECORDING,
      first_task: "integer: first row of task, for an import that goes on",
      first_vm: "integer: first row of vm",
      first_vcpu: "integer: first row of vcpu",
      batches: "integer [batches]: how many batches of events are stored",
      sees_exchanges:
        "integer [0 or 1]: 1 = its first lines show the exchange inside of each IRTE write",
      counted:
        "integer [0 or 1]: 1 = a header, or the capture script, counts its lines; NULL = an older version stored it",
      importer:
        "text: the import that owns it, token:pid:start time:boot id:PID namespace; dropped = its rows are being removed; NULL = complete",
      beat: "integer: raised by its import with each transaction and about once a second",
      chained: "integer [0 or 1]: 0 = imported before there was a hash chain",
      path: "text: where the trace file was, from the timeline's folder; NULL = standard input, or not stored",
    },
  },
  recording_name: {
    row: "an event name of a recording and its lines",
    columns: {
      ...shared("recording_id"),
      name: "text: the event's name in the trace",
      known: "integer [0 or 1]: irqtwin knows the name",
      events: "integer [lines]: that became events",
      unused: "integer [lines]: that did not",
    },
  },
  event: {
    row: "an event; insert-only",
    columns: {
      ...shared("seq recording_id line time_ns cpu"),
      task: "integer: row of task; NULL = the trace does not say",
      kind: "integer: row of event_kind",
      vm: "integer: row of vm; NULL = none",
      vcpu: "integer: row of vcpu; NULL = none",
      ...shared("segment devid irte_index gsi host_irq"),
      ...CAUSE_REF,
      lo: "integer [bits]: first 64-bit word, see event_kind.words; NULL = none",
      hi: "integer [bits]: second 64-bit word; NULL = none",
      a: "integer: payload slot, named by event_kind.a; 1 with an irte_written whose bits were read behind a direct store",
      b: "integer: payload slot, named by event_kind.b",
      c: "integer: payload slot, named by event_kind.c",
      d: "integer: payload slot, named by event_kind.d",
    },
  },
  call_return: {
    row: "a call whose return a probe shows; insert-only",
    columns: {
      seq: "integer: the event of the call's entry",
      ...shared("recording_id"),
      line: "integer [line]: of the return in the trace file",
      after_seq: "integer: the last event before it; NULL = the file is in the order of time",
    },
  },
  marker: {
    row: "the text of an event of the kind marker; insert-only",
    columns: {
      ...shared("seq recording_id"),
      text: "text: what the user wrote to trace_marker",
    },
  },
  event_kind: {
    row: "a kind of event: the vocabulary",
    columns: {
      id: "integer: stored in event.kind",
      name: "text: such as irte_written",
      meaning: "text: one sentence",
      a: "text: what slot a holds; NULL = nothing",
      b: "text: what slot b holds; NULL = nothing",
      c: "text: what slot c holds; NULL = nothing",
      d: "text: what slot d holds; NULL = nothing",
      words:
        "text: what lo and hi hold: irte, irte_exchange (and b, c, d the entry before), physical_id_entry, address or none",
    },
  },
  chain: {
    row: "a link of the hash chain, over one batch of events or one table's rows of a recording",
    columns: {
      ...shared("recording_id"),
      link: "integer: 1 for the first batch of the recording",
      content: "text: the table whose rows it covers",
      row_count: "integer [rows]: how many",
      first_seq: "integer: the first event of the batch; NULL = none",
      last_seq: "integer: the last event of the batch; NULL = none",
      hash: "text: SHA-256 over the link before, the rows and the other columns, hexadecimal",
    },
  },
  gap: {
    row: "a span in which events were lost; insert-only",
    columns: { id: "integer: row number", ...shared("recording_id"), ...GAP },
  },
  header_line: {
    row: "a line `# irqtwin KEY: VALUE` of the capture script; line 0 is the dump of import --anchor, line -1 says that the recording is redacted; insert-only",
    columns: { ...shared("recording_id line"), ...HEADER },
  },
  header_word: {
    row: "a pair WORD=VALUE of such a line; insert-only",
    columns: {
      ...shared("recording_id line"),
      name: "text: the word, such as pid",
      value: "text: its value, without quotes",
    },
  },
  rejected_line: {
    row: "a line that should parse and does not",
    columns: {
      ...shared("recording_id line"),
      reason: "text: why it was rejected",
      text: "text: its first kilobyte",
    },
  },
};

const DERIVED_TABLES: Readonly<Record<string, Relation>> = {
  checkpoint: {
    row: "the folded state after an event, or what of it changed: where a replay starts",
    columns: {
      ...shared("seq recording_id"),
      state: "text: the state as JSON, internal",
      whole_seq:
        "integer: the whole checkpoint that it and those between add to; NULL = it is whole",
      sha256:
        "text: SHA-256 of its other columns, lower-case hex; NULL = made before there was one",
    },
  },
  frame: {
    row: "the values of all intervals, before an event and after each of some events, as words",
    columns: {
      first_seq: "integer: the first event whose changes it holds",
      last_seq: "integer: the last one",
      ...shared("recording_id"),
      whole_seq: "integer: first_seq of the frame that it adds to; its own = its state is whole",
      entities: "blob: keys by slot",
      state: "blob: rows before first_seq: by slot, or with the slots of those that differ",
      changes: "blob: changes in order",
    },
  },
  prediction: {
    row: "a recording whose IRTEs are predicted",
    columns: { ...shared("recording_id"), rules: "text: the profile that predicted them" },
  },
  audit: {
    row: "the last check of a recording",
    columns: {
      ...shared("recording_id"),
      rules: "text: the profile it was checked by",
      observed: "integer [writes]: all IRTE writes",
      explained: "integer [writes]: as the rules demand",
      mismatched: "integer [writes]: demanded, but with other bits",
      unexpected: "integer [writes]: that no rule demands",
      missing: "integer [writes]: demanded, and not there",
      unknown: "integer [writes]: undecidable: a gap, an unseen start, a probe not set",
      undefined: "integer [writes]: after a use after free",
      sealed:
        "text: SHA-256 of what that check stored, lower-case hex; NULL = stored before there was one",
      report:
        "text: what check says besides its findings, as JSON, with the version that decided it; NULL = stored before there was one",
      report_sealed:
        "text: SHA-256 of report and findings, lower-case hex; NULL = there is no report",
    },
  },
  write_verdict: {
    row: "an IRTE write, judged by the last check",
    columns: {
      ...shared("seq recording_id"),
      rule: "text: the rule that explains it, T1 to T11; NULL = none",
      verdict: "text: explained, mismatched, unexpected, unknown or undefined",
    },
  },
  finding: {
    row: "a finding of the last check",
    columns: {
      ...shared("recording_id"),
      ...FINDING_HEAD,
      ...shared("devid irte_index segment"),
      vcpu: "integer: row of vcpu; NULL = none",
      ...FINDING,
    },
  },
  migration_checksum: {
    row: "a migration that made this file",
    columns: { name: "text: its file, without .sql", sha256: "text: SHA-256 of its text" },
  },
};

/** Every table but those of the migrator, by name. */
export const TABLES: Readonly<Record<string, Relation>> = {
  ...LOG_TABLES,
  ...WHO_TABLES,
  ...KEPT_TABLES,
  ...INTERVAL_TABLES,
  ...DERIVED_TABLES,
};
