// How things are called on the command line, in JSON and in SQL.

import { type IrteName, type VcpuName } from "./ids.js";

/** PCI requester ID (bus 15:8, device 7:3, function 2:0) and segment as `SSSS:BB:DD.F`. */
export function bdfName(segment: number, devid: number): string {
  const bus = (devid >>> 8) & 0xff;
  const device = (devid >>> 3) & 0x1f;
  return `${hex(segment, 4)}:${hex(bus, 2)}:${hex(device, 2)}.${devid & 7}`;
}

/** `SSSS:BB:DD.F/INDEX`. */
export function irteName(segment: number, devid: number, index: number): IrteName {
  return `${bdfName(segment, devid)}/${index}`;
}

/** A PCI device: its segment, and its requester ID (bus 15:8, device 7:3, function 2:0). */
export interface DeviceRef {
  /** The PCI segment, 0 to 65,535. */
  readonly segment: number;
  /** Bus, device and function: `bus << 8 | device << 3 | function`. */
  readonly devid: number;
}

/** An entry of a device's table, by its index there. */
export interface IrteRef extends DeviceRef {
  /** The index of the entry in the device's table. */
  readonly index: number;
}

/** Reads `SSSS:BB:DD.F` or `BB:DD.F`; null where the text is neither. */
export function parseBdfName(text: string): DeviceRef | null {
  const match = /^(?:([0-9a-f]{4}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/i.exec(text);
  if (match === null) return null;
  const [, segment = "0", bus = "0", device = "0", fn = "0"] = match;
  const slot = parseInt(device, 16);
  if (slot > 0x1f) return null;
  return {
    segment: parseInt(segment, 16),
    devid: (parseInt(bus, 16) << 8) | (slot << 3) | Number(fn),
  };
}

/** Reads `SSSS:BB:DD.F/INDEX` or `BB:DD.F/INDEX`; null where the text is neither. */
export function parseIrteName(text: string): IrteRef | null {
  const [, bdf = "", index] = /^([^/]+)\/(\d{1,4})$/.exec(text) ?? [];
  const device = parseBdfName(bdf);
  return device === null ? null : { ...device, index: Number(index) };
}

/** `vmN` for an avic_vm_id. */
export function vmName(vm_id: number): string {
  return `vm${vm_id}`;
}

/** `vmN/vcpuM` for an avic_vm_id and a vcpu_id. */
export function vcpuName(vm_id: number, vcpu_id: number): VcpuName {
  return `vm${vm_id}/vcpu${vcpu_id}`;
}

/** The name of a VM or vCPU with the VM's own name behind it, as people read it; null = the VM has none. */
export function withOwnName(name: string, own: string | null): string {
  return own === null ? name : `${name} "${own}"`;
}

/** Reads `vmN/vcpuM`; null where the text is not one. */
export function parseVcpuName(text: string): { vm_id: number; vcpu_id: number } | null {
  const match = /^vm(\d{1,8})\/vcpu(\d{1,5})$/.exec(text);
  return match === null ? null : { vm_id: Number(match[1]), vcpu_id: Number(match[2]) };
}

/** Reads `vmN/gsiG`; null where the text is not one. */
export function parseIrqfdName(text: string): { vm_id: number; gsi: number } | null {
  const match = /^vm(\d{1,8})\/gsi(\d{1,8})$/.exec(text);
  return match === null ? null : { vm_id: Number(match[1]), gsi: Number(match[2]) };
}

/** Reads `vmN` or `N`; null where the text is neither. */
export function parseVmName(text: string): number | null {
  const match = /^(?:vm)?(\d{1,8})$/.exec(text);
  return match === null ? null : Number(match[1]);
}

/** A line of the recording's file, or of the dump that was imported beside it (a negative number). */
export function lineName(line: number): string {
  return line < 0 ? `line ${-line} of the dump` : `line ${line}`;
}

/** The same as a moment is written on the command line; a line of a dump is no such moment. */
export function lineRef(line: number): string {
  return line < 0 ? `dump:${-line}` : `line:${line}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
