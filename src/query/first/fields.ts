// The fields that `first` tests, and how their values are written: those of `at --json`.

import { TwinError } from "../../base/errors.js";
import { CAUSES } from "../../domain/events/causes.js";
import { irteName, parseIrteName, parseVcpuName, parseVmName } from "../../domain/values/names.js";
import { FATES, type Fate } from "../../domain/platform/fate.js";
import { allPlatforms } from "../../platforms/registry.js";
import { type AtIrte, type AtVcpu, type AtVm } from "../document/document.js";
import { type Test } from "./predicate.js";

/** What can be tested. */
export type EntityKind = "irte" | "vcpu" | "vm";

/** How the values of a field are written. */
interface FieldForm {
  /** For messages. */
  readonly says: string;
  /** The text of a value as `at --json` prints it, for one that the user may have written otherwise; null = none. */
  readonly read: (text: string) => string | null;
}

const YES_NO: Readonly<Record<string, string>> = {
  true: "true",
  1: "true",
  false: "false",
  0: "false",
};

const flag: FieldForm = {
  says: "true or false",
  read: (text) => (Object.hasOwn(YES_NO, text) ? (YES_NO[text] ?? null) : null),
};

const number: FieldForm = {
  says: "a number, in decimal digits or as 0x...",
  read: (text) => (isNumber(text) ? String(BigInt(text)) : null),
};

/** Words of 64 bits have all their digits, addresses have not. */
function hex(digits: number): FieldForm {
  return {
    says: "a number, as 0x... or in decimal digits",
    read: (text) =>
      isNumber(text) ? `0x${BigInt(text).toString(16).padStart(digits, "0")}` : null,
  };
}

function isNumber(text: string): boolean {
  return /^(\d{1,20}|0x[0-9a-f]{1,16})$/i.test(text);
}

function word(...words: readonly string[]): FieldForm {
  return {
    says: `one of ${words.join(", ")}`,
    read: (text) => (words.includes(text) ? text : null),
  };
}

const irte: FieldForm = {
  says: "an IRTE such as 0000:00:08.0/0",
  read: (text) => {
    const found = parseIrteName(text);
    return found === null ? null : irteName(found.segment, found.devid, found.index);
  },
};

const vcpu: FieldForm = {
  says: "a vCPU such as vm1/vcpu0",
  read: (text) => (parseVcpuName(text) === null ? null : text),
};

const vm: FieldForm = {
  says: "a VM such as vm1",
  read: (text) => (text.startsWith("vm") && parseVmName(text) !== null ? text : null),
};

const text: FieldForm = { says: "a name", read: (name) => name };

/** What the name of a VM or vCPU rests on. */
const basis = word("line", "ga_tag", "creation", "backing page", "anchor");

function list(of: FieldForm): FieldForm {
  return {
    says: `a list with commas, each ${of.says}; nothing for an empty one`,
    read: (text) => {
      const read = text === "" ? [] : text.split(",").map(of.read);
      return read.includes(null) ? null : read.join(",");
    },
  };
}

/** The reasons of all platforms, by the bits of a mask. */
const INHIBITS = allPlatforms().flatMap((platform) => platform.inhibitNames(-1));

/** Fields whose value is an object are not tested. */
type Tested<Entity> = Readonly<
  Record<Exclude<keyof Entity, "shadow" | "bits" | "known">, FieldForm>
>;

const IRTE: Tested<AtIrte> = {
  ...{ irte, devid: number, index: number, lo: hex(16), hi: hex(16) },
  mode: word("posted", "remapped", "allocated", "free", "unknown"),
  ...{ valid: flag, vector: number, is_run: flag, ga_log_intr: flag, destination: number },
  ...{ ga_tag: number, ga_root_ptr: hex(1), vm_id: number, vm_name: text, vcpu, vcpu_by: basis },
  ...{ host_irq: number, gsi: number },
  ...{ fate: word(...(Object.keys(FATES) as Fate[])), path: text, in_flight: flag },
  source: word("observed", "predicted"),
  ...{ since_seq: number, since_ns: number, cause: word(...CAUSES) },
};

const VCPU: Tested<AtVcpu> = {
  ...{ vcpu, vm_id: number, vm_id_by: basis, vm_name: text, vcpu_id: number, vcpu_idx: number },
  run_state: word("running", "out", "blocking", "freed", "unknown"),
  ...{ pcpu: number, avic_active: flag, is_running: flag, ga_log_intr: flag },
  ...{ ir_list: list(irte), source: word("observed") },
};

const VM: Tested<AtVm> = {
  ...{ vm, vm_id: number, vm_id_by: basis, name: text, vmm_pid: number, destroyed: flag },
  ...{ inhibits: list(word(...INHIBITS)), source: word("inferred") },
};

const FIELDS: Readonly<Record<EntityKind, Readonly<Record<string, FieldForm>>>> = {
  irte: IRTE,
  vcpu: VCPU,
  vm: VM,
};

/** How a field's having no value is written. */
const NONE = "none";
const NONES: ReadonlySet<string> = new Set([NONE, "null", "-"]);

/**
 * The tests with their values as `at --json` prints them, `none` where it prints null. Throws ERR_NAME for a field that
 * an entity of this kind does not have, and for a value that the field cannot have.
 */
export function readTests(kind: EntityKind, tests: readonly Test[]): readonly Test[] {
  return tests.map((test) => {
    const { field, value } = test;
    const fields = FIELDS[kind];
    const form = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (form === undefined)
      throw new TwinError(
        "ERR_NAME",
        `${field} is no field of it: there are ${Object.keys(fields).join(", ")}`,
      );
    const read = NONES.has(value) ? NONE : form.read(value);
    if (read !== null) return { ...test, value: read };
    throw new TwinError(
      "ERR_NAME",
      `${field} is never ${value || "empty"}: write ${form.says}, or none`,
    );
  });
}
