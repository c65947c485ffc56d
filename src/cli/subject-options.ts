// Options that several commands have: which entity, which recording, which rules.

import { TwinError } from "../base/errors.js";
import { didYouMean } from "../base/suggest.js";
import {
  irteName,
  parseIrteName,
  parseVcpuName,
  parseVmName,
  vcpuName,
  type AtFilter,
  profileNames,
  RULES_IDS,
} from "../index.js";
import { type Arguments, type OptionSpec } from "./command.js";

/** The option that says which recording is asked. */
export const RECORDING_OPTION: OptionSpec = {
  recording: { type: "string", value: "N", help: "which recording (default: the newest)" },
};

/** The options that say of which kernel an imported trace is. */
export const KERNEL_OPTIONS: OptionSpec = {
  rules: {
    type: "string",
    value: "ID",
    help: `rules profile: auto, ${RULES_IDS.join(", ")} (default: auto)`,
  },
  kernel: {
    type: "string",
    value: "RELEASE",
    help: "uname -r of the recorded host, where the trace does not say",
  },
};

/** The options that narrow an answer to an IRTE, a vCPU or a VM of one recording. */
export const SUBJECT_OPTIONS: OptionSpec = {
  irte: { type: "string", value: "NAME", help: "one IRTE: SSSS:BB:DD.F/INDEX or BB:DD.F/INDEX" },
  vcpu: { type: "string", value: "NAME", help: "one vCPU: vmN/vcpuM" },
  vm: { type: "string", value: "N", help: "one VM, by its avic vm_id" },
  ...RECORDING_OPTION,
};

/** Reads --irte, --vcpu and --vm as full names. Throws ERR_NAME for what is no name. */
export function subjectOf(args: Arguments): AtFilter {
  const irte = args.text("irte");
  const vcpu = args.text("vcpu");
  return {
    irte: irte && irteOperand(irte),
    vcpu: vcpu && fullVcpuName(vcpu),
    vm_id: vmOption(args),
  };
}

/** Reads --vm. Throws ERR_NAME for what is no VM. */
export function vmOption(args: Arguments): number | undefined {
  const vm = args.text("vm");
  return vm === undefined ? undefined : vmId(vm);
}

/** Reads an IRTE on the command line as its full name. Throws ERR_NAME for what is no name. */
export function irteOperand(text: string): string {
  const irte = parseIrteName(text);
  if (irte === null)
    throw new TwinError(
      "ERR_NAME",
      `${text} is not an IRTE: write SSSS:BB:DD.F/INDEX, such as 0000:00:08.0/0`,
    );
  return irteName(irte.segment, irte.devid, irte.index);
}

function fullVcpuName(text: string): string {
  const vcpu = parseVcpuName(text);
  if (vcpu === null)
    throw new TwinError("ERR_NAME", `${text} is not a vCPU: write vmN/vcpuM, such as vm1/vcpu0`);
  return vcpuName(vcpu.vm_id, vcpu.vcpu_id);
}

function vmId(text: string): number {
  const vm = parseVmName(text);
  if (vm === null)
    throw new TwinError("ERR_NAME", `${text} is not a VM: write its avic vm_id, such as 1 or vm1`);
  return vm;
}

/** Reads --rules; undefined = the recording's own rules. Throws ERR_USAGE for what is no profile. */
export function rulesOption(args: Arguments): string | undefined {
  const text = args.text("rules");
  if (text === undefined || text === "auto") return undefined;
  if (!profileNames().includes(text))
    throw new TwinError(
      "ERR_USAGE",
      `--rules ${text} is not a profile${didYouMean(text, profileNames())}: there are auto, ${profileNames().join(", ")}`,
    );
  return text;
}
