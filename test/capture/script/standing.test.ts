// What the script writes about the host: its functions read the files of a host that is laid out in a folder.

import { describe, expect, it } from "vitest";
import { Scratch } from "../../support/scratch.js";
import { folderIn, lay, SHELLS, scriptBelow, withFunctions } from "./given.js";

const HOST = {
  "proc/cpuinfo":
    "processor\t: 0\nmodel name\t: AMD: EPYC\napicid\t\t: 0\ninitial apicid\t: 0\n\n" +
    "processor\t: 1\napicid\t\t: 18\ninitial apicid\t: 18\n\n",
  "proc/interrupts":
    "  CPU0 CPU1\n 30:  1  2  IR-PCI-MSIX-0000:00:08.0  0-edge  vfio-msix[0]\x07\n",
  "proc/101/fd/3": "->/dev/kvm",
  "proc/101/fd/12": "->anon_inode:kvm-vm",
  "proc/101/fd/13": "->anon_inode:kvm-vcpu:0",
  "proc/101/fd/14": "->anon_inode:kvm-vcpu:1",
  "proc/101/fd/15": "->/dev/vfio/7",
  "proc/101/fdinfo/20": "pos:\t0\neventfd-count:                0\neventfd-id: 77\n",
  "proc/101/cmdline":
    'qemu-system-x86_64\0-name\0guest=we"b\\1,,\n\x1b[31m,debug-threads=on\0-m\0' + "1G\0",
  "proc/101/task/105/comm": "CPU 0/KVM\n",
  "proc/101/task/106/comm": "CPU 1/KVM\n",
  "proc/102/fd/9": "->anon_inode:kvm-vm",
  "proc/102/fd/10": "->anon_inode:kvm-vcpu:0",
  "proc/102/cmdline": "other-vmm\0",
  "proc/102/task/102/comm": "other-vmm\n",
  "proc/103/fd/1": "->/tmp/x\n0 -> anon_inode:kvm-vm",
  "proc/104/fd/1": "->/tmp/anon_inode:kvm-vm",
  "run/libvirt/qemu/by-libvirt.pid": "102",
  "sys/kernel/debug/kvm/102-9/vcpu0/pid": "110\n",
  "sys/kernel/iommu_groups/7/devices/0000:00:08.0": "",
} as const;

const scratch = new Scratch();
const folder = folderIn(scratch);
lay(folder, HOST);

function lines(commands: string, shell?: readonly string[]): readonly string[] {
  const { stdout, stderr } = withFunctions(scriptBelow(folder), commands, folder, shell);
  expect(stderr).toBe("");
  return stdout.trimEnd().split("\n");
}

describe("the header", () => {
  it.each(SHELLS)("names running VMs, their vCPUs and devices ($name)", ({ shell }) => {
    expect(lines("write_vms", shell)).toEqual([
      '# irqtwin vm: pid=101 name="we\\"b\\\\1, \\x1b[31m" fd=12',
      "# irqtwin vcpu: pid=101 tid=105 vcpu=0 from=thread_name",
      "# irqtwin vcpu: pid=101 tid=106 vcpu=1 from=thread_name",
      "# irqtwin vcpu: pid=102 tid=110 vcpu=0 from=debugfs",
      '# irqtwin vm: pid=102 name="by-libvirt" fd=9',
      "# irqtwin device: pid=101 device=0000:00:08.0 group=7",
      "# irqtwin eventfd: pid=101 fd=20 eventfd=77",
    ]);
  });

  it.each(SHELLS)(
    "names at the end the VMs and vCPUs that began meanwhile ($name)",
    ({ shell }) => {
      const begin = "trace_time() { :; }\nwrite_vms >/dev/null\n";
      expect(lines(`${begin}write_standing_at_end`, shell)).toEqual([""]);
      const fewer = `STANDING=$(printf '%s\\n' "$STANDING" | grep -v -e tid=106 -e pid=102)\n`;
      expect(lines(`${begin}${fewer}write_standing_at_end`, shell)).toEqual([
        "# irqtwin standing: at=end",
        "# irqtwin vcpu: pid=101 tid=106 vcpu=1 from=thread_name",
        "# irqtwin vcpu: pid=102 tid=110 vcpu=0 from=debugfs",
        '# irqtwin vm: pid=102 name="by-libvirt" fd=9',
      ]);
    },
  );

  it("has no name where none is wanted", () => {
    const text = lines("IS_ANONYMOUS=yes\nwrite_vms").join("\n");
    expect(text).toContain("# irqtwin vm: pid=101 fd=12");
    expect(text).not.toMatch(/name=|web|by-libvirt/);
  });

  it("has each CPU's APIC ID", () => {
    expect(lines("write_cpus")).toEqual([
      "# irqtwin cpu: cpu=0 apic=0x0",
      "# irqtwin cpu: cpu=1 apic=0x12",
    ]);
  });

  it("names all PCI devices where the host has several segments, and else none", () => {
    const devicesOf = (...names: string[]): string => {
      const root = folderIn(scratch);
      lay(root, Object.fromEntries(names.map((name) => [`sys/bus/pci/devices/${name}`, ""])));
      return withFunctions(scriptBelow(root), "write_pci", root).stdout;
    };
    expect(devicesOf("0000:00:08.0", "0000:01:00.0")).toBe("");
    expect(devicesOf("0000:00:08.0", "0001:00:09.0")).toBe(
      "# irqtwin pci: 0000:00:08.0\n# irqtwin pci: 0001:00:09.0\n",
    );
  });

  it("has the interrupts line by line, without control characters", () => {
    expect(lines("write_interrupts")).toEqual([
      "# irqtwin interrupt:   CPU0 CPU1",
      "# irqtwin interrupt:  30:  1  2  IR-PCI-MSIX-0000:00:08.0  0-edge  vfio-msix[0]",
    ]);
  });

  it("has the remapping tables where the kernel shows them, and chooses the old device again", () => {
    const root = folderIn(scratch);
    const table = "DeviceId 0000:01:00.3\nIRT[0000] 0000000000000020 0000000000000241\n\n";
    lay(root, {
      "sys/kernel/debug/iommu/amd/devid": "0000:05:00.0\n",
      "sys/kernel/debug/iommu/amd/irqtbl": table,
      "sys/bus/pci/devices/0000:01:00.3": "",
    });
    const { stdout } = withFunctions(
      scriptBelow(root),
      'INSTANCE=$ROOT/none\nwrite_tables\ncat "$ROOT/sys/kernel/debug/iommu/amd/devid"',
      root,
    );
    expect(stdout.trimEnd().split("\n")).toEqual([
      "# irqtwin irqtbl_of: devid=0x0103 device=0000:01:00.3",
      "# irqtwin irqtbl: DeviceId 0000:01:00.3",
      "# irqtwin irqtbl: IRT[0000] 0000000000000020 0000000000000241",
      "0000:05:00.0",
    ]);
  });

  it("counts what each CPU lost", () => {
    const root = folderIn(scratch);
    lay(root, {
      "i/per_cpu/cpu0/stats": stats({ entries: 5, overrun: 3, commit: 1, dropped: 2, read: 90 }),
      "i/per_cpu/cpu1/stats": stats({ entries: 0, overrun: 0, commit: 0, dropped: 0, read: 7 }),
    });
    const commands = "INSTANCE=$ROOT/i\nlosses\nMODE=flight\nlosses\ntrace_time";
    expect(withFunctions(scriptBelow(root), commands, root).stdout.split("\n")).toEqual([
      "# irqtwin loss: cpu=0 entries=95 overrun=3 dropped=3 read=90",
      "# irqtwin loss: cpu=1 entries=7 overrun=0 dropped=0 read=7",
      "# irqtwin loss: cpu=0 entries=95 overrun=0 dropped=3 read=95 overwritten=3",
      "# irqtwin loss: cpu=1 entries=7 overrun=0 dropped=0 read=7 overwritten=0",
      " trace=12.345678",
    ]);
  });

  it("tells why a symbol cannot be probed", () => {
    const root = folderIn(scratch);
    lay(root, {
      "proc/kallsyms": [
        "ffffffff81000000 t one",
        "ffffffff81000010 t two",
        "ffffffff81000020 t two",
        "ffffffffc0000000 t here\t[kvm]",
        "ffffffffc0000010 d data\t[kvm]",
        "ffffffffc0000020 t shared\t[kvm]",
        "ffffffff81000030 t shared",
        "",
      ].join("\n"),
      "proc/modules": "kvm 1000 0 - Live 0x0\n",
    });
    const asked = [
      ...["one -", "one kvm", "two -", "three -", "here kvm", "here -", "data kvm"],
      ...["gone kvm_amd", "gone kvm", "shared kvm", "shared kvm kvm:shared"],
    ];
    const commands = asked.map((words) => {
      const [symbol = "", module = "", place = symbol] = words.split(" ");
      return `find_why_not ${symbol} ${module} 'p:pi/x ${place} y=1'; echo "$WHY"`;
    });
    const names = "one two three here data gone shared".split(" ");
    const plan = `each_probe() { for name in ${names.join(" ")}; do "$1" l n "$name"; done; }`;
    const { stdout } = withFunctions(
      scriptBelow(root),
      [plan, "read_symbols", ...commands].join("\n"),
      root,
    );
    expect(stdout.split("\n").slice(0, -1)).toEqual([
      ...["", "no such symbol", "not unique", "no such symbol", "", "no such symbol"],
      ...["no such symbol", "module not loaded", "no such symbol", "not unique", ""],
    ]);
  });
});

function stats(of: {
  readonly entries: number;
  readonly overrun: number;
  readonly commit: number;
  readonly dropped: number;
  readonly read: number;
}): string {
  return [
    `entries: ${of.entries}`,
    `overrun: ${of.overrun}`,
    `commit overrun: ${of.commit}`,
    "bytes: 0",
    "oldest event ts:     1.000000",
    "now ts:    12.345678",
    `dropped events: ${of.dropped}`,
    `read events: ${of.read}`,
    "",
  ].join("\n");
}
