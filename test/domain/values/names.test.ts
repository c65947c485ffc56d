import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bdfName,
  irteName,
  parseBdfName,
  parseIrteName,
  parseVcpuName,
  parseVmName,
  vcpuName,
  vmName,
} from "../../../src/domain/values/names.js";

describe("an IRTE's name", () => {
  it("is SSSS:BB:DD.F/INDEX", () => {
    expect(irteName(0, 0x40, 0)).toBe("0000:00:08.0/0");
    expect(irteName(1, 0x4103, 17)).toBe("0001:41:00.3/17");
    expect(bdfName(0xffff, 0xffff)).toBe("ffff:ff:1f.7");
  });

  it("reads back as what it names", () => {
    const u16 = fc.nat(0xffff);
    fc.assert(
      fc.property(u16, u16, fc.nat(2047), (segment, devid, index) => {
        expect(parseIrteName(irteName(segment, devid, index))).toEqual({ segment, devid, index });
      }),
    );
  });

  it("may leave out segment 0", () => {
    expect(parseIrteName("00:08.0/3")).toEqual(parseIrteName("0000:00:08.0/3"));
  });

  it("is read in upper case too", () => {
    expect(parseIrteName("0000:AB:1F.7/0")).toEqual({ segment: 0, devid: 0xabff, index: 0 });
  });

  it.each([
    "",
    "00:08.0",
    "00:08.0/",
    "00:20.0/0",
    "00:08.8/0",
    "0:08.0/0",
    "00:08.0/0x1",
    " 00:08.0/0",
  ])("is not %j", (text) => {
    expect(parseIrteName(text)).toBeNull();
  });
});

describe("a device's name", () => {
  it("reads back as what it names, with or without segment 0", () => {
    const u16 = fc.nat(0xffff);
    fc.assert(
      fc.property(u16, u16, (segment, devid) => {
        expect(parseBdfName(bdfName(segment, devid))).toEqual({ segment, devid });
        expect(parseBdfName(bdfName(0, devid).slice(5))).toEqual({ segment: 0, devid });
      }),
    );
  });

  it.each(["", "00:08.0/0", "00:08", "00:20.0", "00:08.8", "0:08.0", "00:08.0 ", "64"])(
    "is not %j",
    (text) => {
      expect(parseBdfName(text)).toBeNull();
    },
  );
});

describe("names of VMs and vCPUs", () => {
  it("read back as what they name", () => {
    const vm_ids = fc.integer({ min: 1, max: 2 ** 23 - 1 });
    fc.assert(
      fc.property(vm_ids, fc.nat(4095), (vm_id, vcpu_id) => {
        expect(parseVcpuName(vcpuName(vm_id, vcpu_id))).toEqual({ vm_id, vcpu_id });
        expect(parseVmName(vmName(vm_id))).toBe(vm_id);
        expect(parseVmName(String(vm_id))).toBe(vm_id);
      }),
    );
    expect(vcpuName(1, 0)).toBe("vm1/vcpu0");
  });

  it.each(["vm1", "vcpu0", "vm1/vcpu", "vm/vcpu0", "vm1/vcpu0 ", "VM1/vcpu0", "vm-1/vcpu0"])(
    "a vCPU is not called %j",
    (text) => {
      expect(parseVcpuName(text)).toBeNull();
    },
  );

  it.each(["", "vm", "vmx", "-1", "1.5", "vm1/vcpu0"])("a VM is not called %j", (text) => {
    expect(parseVmName(text)).toBeNull();
  });
});
