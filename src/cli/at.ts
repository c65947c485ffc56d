// irqtwin at

import { EXIT, TwinError } from "../base/errors.js";
import { WHEN_FORMS, withOwnName, type AtDocument, type AtIrte } from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { table } from "./output.js";
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
    let status: number = EXIT.ok;
    for (const when of args.operands) {
      const document = timeline.at(when, filter, args.count("recording"));
      if (document.inconclusive) status = EXIT.inconclusive;
      show(document);
    }
    return status;
  });
}

function textOf(document: AtDocument): string[] {
  const { recording_id, seq, time_ns, clock_unit, unknown } = document;
  const tables = [irtes(document), vcpus(document), irqfds(document), vms(document)];
  return [
    `recording ${recording_id}, event @${seq}, ${time_ns} ${clock_unit}`,
    ...tables.filter((lines) => lines.length > 1).flatMap((lines) => ["", ...lines]),
    ...(unknown.length === 0 ? [] : ["", "unknown:"]),
    ...unknown.map(({ path, reason }) => `  ${path}: ${reason}`),
  ];
}

function irtes(document: AtDocument): string[] {
  const header = "IRTE mode hi lo vec run log dest vCPU irq gsi since cause".split(" ");
  const rows = document.irtes.map((irte) => [
    irte.irte,
    irte.source === "observed" ? modeLabel(irte) : `${modeLabel(irte)}, ${irte.source}`,
    wordText(irte, "hi"),
    wordText(irte, "lo"),
    irte.vector === null ? null : `0x${irte.vector.toString(16)}`,
    bit(irte.is_run),
    bit(irte.ga_log_intr),
    irte.destination,
    ownName(irte.vcpu, irte.vm_name),
    irte.host_irq,
    irte.gsi,
    `@${irte.since_seq}`,
    irte.cause,
  ]);
  return table(header, rows);
}

/** 16 digits; `?` where a bit of four is not known. */
function wordText({ bits, known, ...irte }: AtIrte, word: "lo" | "hi"): string | null {
  if (bits === undefined || known === undefined) return irte[word]?.slice(2) ?? null;
  const mask = known[word].slice(2);
  return bits[word].slice(2).replace(/./g, (digit, at: number) => (mask[at] === "f" ? digit : "?"));
}

/** An entry's mode as text. The bits of an entry that is not valid are kept, but the IOMMU does not use them. */
export function modeLabel({ mode, valid }: { mode: string; valid: boolean | null }): string {
  const isUnused = valid === false && (mode === "remapped" || mode === "posted");
  return isUnused ? `${mode}, not valid` : mode;
}

function vcpus(document: AtDocument): string[] {
  const header = "vCPU state CPU AVIC IsRunning GALogIntr ir_list".split(" ");
  const rows = document.vcpus.map((vcpu) => [
    withOwnName(vcpu.vcpu, vcpu.vm_name),
    vcpu.run_state,
    vcpu.pcpu,
    bit(vcpu.avic_active),
    bit(vcpu.is_running),
    bit(vcpu.ga_log_intr),
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
  return table(["VM", "gsi", "irqfd", "route", "irq", "IRTE", "linked to"], rows);
}

function vms(document: AtDocument): string[] {
  const rows = document.vms.map(({ vm, name, destroyed, inhibits, source }) => [
    `${withOwnName(vm, name)}${destroyed ? " (destroyed)" : ""}`,
    inhibits === null ? "?" : inhibits.join(" ") || "none",
    source ?? "",
  ]);
  return table(["VM", "AVIC inhibits", ""], rows);
}

/** The name of a vCPU with its VM's own name; null = there is no vCPU. */
export function ownName(vcpu: string | null, vm_name: string | null): string | null {
  return vcpu === null ? null : withOwnName(vcpu, vm_name);
}

function bit(value: boolean | null): string {
  return value === null ? "?" : value ? "1" : "0";
}
