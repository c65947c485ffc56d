// Rows of a recording that can be published, as readers of all formats hand them over.

import { type NameCount, type ReadBatch, type RejectedLine } from "../../source/read-batch.js";
import { type ChangedRows, type TaskRow, type VmRow } from "../../source/rows.js";
import { redactedHeader } from "./redacted-header.js";
import { redactedText, type Redaction } from "./redaction.js";

/** A batch with its texts redacted; its events name nobody. */
export function redactedBatch(batch: ReadBatch, redaction: Redaction): ReadBatch {
  const { texts, rejected, headers } = batch;
  return {
    ...batch,
    texts: texts.map(({ seq, text }) => ({ seq, text: redactedText("marker", text) })),
    rejected: rejected.map((each): RejectedLine => ({
      ...each,
      text: redactedText("line", each.text),
    })),
    headers: headers.map((each) => redactedHeader(each, redaction)),
  };
}

/** Copies of the rows with names, pids and pointers replaced; those that are given stay as they are. */
export function redactedRows(changed: ChangedRows, redaction: Redaction): ChangedRows {
  return {
    tasks: changed.tasks.map((task): TaskRow => ({
      ...task,
      comm: redaction.comm(task.comm),
      pid: redaction.pid(task.pid),
    })),
    vms: new Set([...changed.vms].map((vm) => redactedVm(vm, redaction))),
    vcpus: changed.vcpus,
    cpus: changed.cpus,
  };
}

/** Names of lines that no probe and no tracepoint of the table has are not understood, so they are replaced. */
export function redactedNames(
  names: readonly NameCount[],
  redaction: Redaction,
): readonly NameCount[] {
  return names.map((each) => (each.known ? each : { ...each, name: redaction.name(each.name) }));
}

function redactedVm(vm: VmRow, redaction: Redaction): VmRow {
  const { kvm, name, vmm_pid } = vm;
  return {
    ...vm,
    kvm: kvm === null ? null : redaction.pointer(kvm),
    name: name === null ? null : redaction.name(name),
    vmm_pid: vmm_pid === null ? null : redaction.pid(vmm_pid),
  };
}
