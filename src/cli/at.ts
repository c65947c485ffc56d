// irqtwin at

import { EXIT, TwinError } from "../base/errors.js";
import { WHEN_FORMS, spelled, withOwnName, type AtDocument, type AtIrte } from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { table } from "./output.js";
import { timeWithUnit } from "./clock.js";
import { unknownText } from "./unknowns.js";
import { SUBJECT_OPTIONS, subjectOf } from "./subject-options.js";
import { withTimeline } from "./with-timeline.js";

/** The command `at`. */
export const at: Command = {
  name: "at",
  json: "a WHEN",
  operands: "WHEN...",
  summary: "the whole state as of then",
  details: `WHEN: ${WHEN_FORMS}.\nAll events with a time up to WHEN count. Exit status 4: the answer depends on a gap.`,
  options: SUBJECT_OPTIONS,
  examples: [
    "irqtwin at end",
    "irqtwin at 16.519052 --irte 00:08.0/0",
    "irqtwin at @500 @600 --json",
  ],
  run,
};

async function run(args: Arguments): Promise<number> {
  if (args.operands.length === 0) {
    throw new TwinError("ERR_USAGE", `at needs a WHEN: ${WHEN_FORMS}`);
  }
  const filter = subjectOf(args);
  return withTimeline(args, (timeline, output) => {
    const show = (document: AtDocument): void => {
      if (args.flag("json")) output.json(document);
      else output.lines(textOf(document));
    };
    const recording = timeline.recording(args.count("recording"));
    let status: number = EXIT.ok;
    for (const when of args.operands) {
      const document = recording.at({ when, ...filter });
      if (document.inconclusive) status = EXIT.inconclusive;
      show(document);
    }
    return status;
  });
}

function textOf(document: AtDocument): string[] {
  const { recording_id, seq, unknown } = document;
  const tables = [irtes(document), vcpus(document), irqfds(document), vms(document)];
  return [
    `recording ${recording_id}, event @${seq}, ${timeWithUnit(document.clock_unit, document.time_ns)}`,
    ...tables.filter((lines) => lines.length > 1).flatMap((lines) => ["", ...lines]),
    ...(unknown.length === 0 ? [] : ["", "unknown:"]),
    ...unknownText(document),
  ];
}

function irtes(document: AtDocument): string[] {
  const header =
    "irte mode hi lo vector is_run ga_log_intr destination vcpu host_irq gsi fate since cause".split(
      " ",
    );
  const rows = document.irtes.map((irte) => [
    irte.irte,
    irte.source === "observed" ? modeLabel(irte) : `${modeLabel(irte)}, ${irte.source}`,
    wordText(irte, "hi"),
    wordText(irte, "lo"),
    irte.vector === null ? null : spelled("vector", irte.vector),
    spelled("is_run", irte.is_run),
    spelled("ga_log_intr", irte.ga_log_intr),
    irte.destination,
    ownName(irte.vcpu, irte.vm_name),
    irte.host_irq,
    irte.gsi,
    fateLabel(irte),
    `@${irte.since_seq}`,
    irte.cause,
  ]);
  return table(header, rows);
}

function fateLabel({ fate, in_flight }: AtIrte): string {
  if (fate === "unknown") return "?";
  if (in_flight === null) return `${fate}, perhaps in flight`;
  return in_flight ? `${fate}, in flight` : fate;
}

/** 16 digits behind 0x; `?` where a bit of four is not known. */
function wordText({ bits, known, ...irte }: AtIrte, word: "lo" | "hi"): string | null {
  if (bits === undefined || known === undefined) return irte[word];
  const mask = known[word].slice(2);
  const digits = bits[word].slice(2);
  return `0x${digits.replace(/./g, (digit, at: number) => (mask[at] === "f" ? digit : "?"))}`;
}

/** An entry's mode as text. The bits of an entry that is not valid are kept, but the IOMMU does not use them. */
export function modeLabel({ mode, valid }: { mode: string; valid: boolean | null }): string {
  const isUnused = valid === false && (mode === "remapped" || mode === "posted");
  return isUnused ? `${mode}, not valid` : mode;
}

function vcpus(document: AtDocument): string[] {
  const header = "vcpu run_state pcpu avic_active is_running ga_log_intr ir_list".split(" ");
  const rows = document.vcpus.map((vcpu) => [
    withOwnName(vcpu.vcpu, vcpu.vm_name),
    vcpu.run_state,
    vcpu.pcpu,
    spelled("avic_active", vcpu.avic_active),
    spelled("is_running", vcpu.is_running),
    spelled("ga_log_intr", vcpu.ga_log_intr),
    vcpu.ir_list === null ? "?" : vcpu.ir_list.join(" "),
  ]);
  return table(header, rows);
}

function irqfds(document: AtDocument): string[] {
  const rows = document.irqfds.map((irqfd) => [
    irqfd.vm_id === null ? "?" : withOwnName(`vm${irqfd.vm_id}`, irqfd.vm_name),
    irqfd.gsi,
    irqfd.state ?? "?",
    irqfd.route ?? "?",
    irqfd.host_irq,
    irqfd.irte,
    irqfd.vcpu,
  ]);
  return table(["vm", "gsi", "state", "route", "host_irq", "irte", "vcpu"], rows);
}

function vms(document: AtDocument): string[] {
  const rows = document.vms.map(({ vm, name, destroyed, inhibits, source }) => [
    `${withOwnName(vm, name)}${destroyed ? " (destroyed)" : ""}`,
    inhibits === null ? "?" : inhibits.join(" ") || "none",
    source ?? "",
  ]);
  return table(["vm", "inhibits", ""], rows);
}

/** The name of a vCPU with its VM's own name; null = there is no vCPU. */
export function ownName(vcpu: string | null, vm_name: string | null): string | null {
  return vcpu === null ? null : withOwnName(vcpu, vm_name);
}
