// From the id of a lane to its row of the platform's table, and to what the lane is about.

import { TwinError } from "../../base/errors.js";
import { parseIrteName } from "../../domain/values/names.js";
import {
  named,
  type LaneDescription,
  type LaneSubject,
  type LaneTable,
} from "../../domain/platform/lanes.js";

/** A lane that was asked for. */
export interface AskedLane {
  /** Its id. */
  readonly id: string;
  /** Its row of the table. */
  readonly of: LaneDescription;
  /** The name of its subject; "" = the recording. */
  readonly name: string;
}

/** A vCPU by its numbers. */
export interface VcpuRef {
  /** The number of its VM; null = not known. */
  readonly vm_id: number | null;
  /** Its number. */
  readonly vcpu_id: number;
}

/** The vCPU of that name; null = it is no name of one. */
export function vcpuOfName(name: string): VcpuRef | null {
  const [, vm, vcpu] = /^vm(\d{1,8}|\?)\/vcpu(\d{1,5})$/.exec(name) ?? [];
  if (vm === undefined) return null;
  return { vm_id: vm === "?" ? null : Number(vm), vcpu_id: Number(vcpu) };
}

/** The VM of that name; null = it is no name of one whose number is known. */
export function vmOfName(name: string): number | null {
  const vm = /^vm(\d{1,8})$/.exec(name)?.[1];
  return vm === undefined ? null : Number(vm);
}

/** The host CPU of that name; null = it is no name of one. */
export function cpuOfName(name: string): number | null {
  return /^\d{1,8}$/.test(name) ? Number(name) : null;
}

/** Is a text the name of such a subject? */
const IS_NAME: Readonly<Record<LaneSubject, (name: string) => boolean>> = {
  recording: (name) => name === "",
  cpu: (name) => cpuOfName(name) !== null,
  vm: (name) => name === "vm?" || vmOfName(name) !== null,
  vcpu: (name) => vcpuOfName(name) !== null || name.endsWith("/vcpu?"),
  irte: (name) => parseIrteName(name) !== null,
  counter: () => false,
};

/** The lane of an id. Throws ERR_NAME where the platform has no such lane. */
export function laneOfId({ kinds }: LaneTable, id: string): AskedLane {
  const colon = id.indexOf(":");
  const name = colon < 0 ? "" : id.slice(colon + 1);
  const of = Object.values(kinds).find(
    (each) => named(each.id, name) === id && IS_NAME[each.subject](name),
  );
  if (of === undefined) throw noLane(id);
  return { id, of, name };
}

/** The id of the lane that stands for a subject itself; null = the platform has none. */
export function ownLane({ kinds }: LaneTable, subject: LaneSubject, name: string): string | null {
  const own = Object.values(kinds).find((each) => each.subject === subject && each.under === null);
  return own === undefined ? null : named(own.id, name);
}

/** The refusal of the id of a lane. */
export function noLane(id: string): TwinError {
  return new TwinError("ERR_NAME", `${id} is no lane of this recording: lanes() lists them`);
}
