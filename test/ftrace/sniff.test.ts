import { readFileSync, readdirSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { TwinError, type ErrorCode } from "../../src/base/errors.js";
import { sniff } from "../../src/ftrace/sniff.js";
import { SNIFF_BYTES, type SniffOptions, type Sniffed } from "../../src/source/sniffed.js";

const TASK = "            piwl-226     [000] ..... ";
const MICRO = `${TASK}   11.455369: `;
const TICKS = `${TASK} 41126402660: `;

const of = (text: string, options?: SniffOptions): Sniffed =>
  sniff(Buffer.from(text, "latin1"), options);

function refusal(text: string | Buffer, options?: SniffOptions): ErrorCode | null {
  try {
    sniff(Buffer.from(text), options);
  } catch (error) {
    if (error instanceof TwinError) return error.code;
    throw error;
  }
  return null;
}

describe("the kernel release", () => {
  it.each([
    ["tracing_mark_write: PI boot_state 6.16.12+deb13-amd64", "6.16.12+deb13-amd64", "6.16"],
    ["tracing_mark_write: kernel=6.17.13", "6.17.13", "6.17"],
    ["tracing_mark_write: uname -r: 6.18.15-arch1-1", "6.18.15-arch1-1", "6.18"],
    ["tracing_mark_write: Linux version 7.3.4 (gcc)", "7.3.4", "7.3"],
    ["tracing_mark_write: release 6.12.107", "6.12.107", "6.12"],
  ])("and its rules are read from a note such as %j", (note, kernel, rules) => {
    expect(of(`${MICRO}${note}\n`)).toMatchObject({ kernel, rules, rulesFrom: "kernel release" });
  });

  it("is unknown where no line notes it", () => {
    expect(of(`${MICRO}irte_flush: x\n`)).toMatchObject({
      kernel: null,
      rules: null,
      rulesFrom: "unknown",
    });
  });

  it.each([
    // By the number of releases between them, unless a line excludes the nearest.
    ["6.11.9", "", "6.12"],
    ["6.5.0-1022-azure", "", "6.1"],
    [
      "6.5.0-1022-azure",
      "irte_write: (__modify_irte_ga.isra.0+0x0/0x80) devid=0x40 index=0",
      "6.12",
    ],
    ["5.14.0-503.el9.x86_64", "", "6.1"],
    ["7.4.1", "", "7.3"],
    ["7.4.1", "svm_ir_list_del: (f) svm=0x1", "6.16"],
  ])("that has no rules is read by the nearest: %s with %j by %s", (kernel, line, rules) => {
    const note = `${MICRO}tracing_mark_write: kernel ${kernel}\n`;
    expect(of(line === "" ? note : `${note}${MICRO}${line}\n`)).toMatchObject({
      ...{ kernel, rules, rulesAllowed: [], rulesFrom: "nearest release" },
    });
    expect(of(note, { rules: "6.18" })).toMatchObject({
      ...{ kernel, rules: "6.18", rulesAllowed: ["6.18"], rulesFrom: "option" },
    });
  });

  it("that is none is refused, with a way out", () => {
    expect(refusal(`${MICRO}x: y\n`, { kernel: "my-kernel" })).toBe("ERR_KERNEL_UNKNOWN");
    expect(() => of(`${MICRO}x: y\n`, { kernel: "my-kernel" })).toThrow(
      /my-kernel is not.*`rules`/,
    );
    expect(of(`${MICRO}x: y\n`, { kernel: "my-kernel", rules: "6.18" }).rules).toBe("6.18");
  });

  it("that the caller gives goes before what the trace says", () => {
    const note = `${MICRO}tracing_mark_write: kernel 6.11.9\n`;
    expect(of(note, { kernel: "6.17.1" })).toMatchObject({ kernel: "6.17.1", rules: "6.17" });
    expect(of(note, { kernel: "5.10" })).toMatchObject({
      ...{ kernel: "5.10", rulesFrom: "nearest release" },
    });
  });
});

const BEFORE = ["6.1", "6.12", "6.16"];
const SINCE = ["6.17", "6.18", "7.3"];
const PI_DECIDED = "kvm_pi_irte_update: PI is enabled for irq 30, vcpu 0, gsi: 0x18, gvec: 0x41";

describe("the rules that a trace without a release allows", () => {
  it.each([
    ["avic_pi_update: (f) kvm=0x1 vm_id=1 host_irq=30 gsi=24 set=1", BEFORE],
    ["svm_ir_list_del: (f) svm=0x1", BEFORE],
    ["vcpu_kick: (kvm_vcpu_kick+0x4/0x90 [kvm]) vcpu=0x1", ["6.1", "6.12"]],
    ["vcpu_kick: (__kvm_vcpu_kick+0x4/0x90 [kvm]) vcpu=0x1", ["6.16", ...SINCE]],
    [`${PI_DECIDED}, pi_desc_addr: 0x1`, ["6.12", "6.16"]],
    [`${PI_DECIDED.replace("PI is", "VT-d PI is")}, pi_desc_addr: 0x1`, ["6.1"]],
    ["irte_write: (modify_irte_ga+0x0/0x120) devid=0x40 index=0", ["6.1"]],
    ["irte_write: (__modify_irte_ga.isra.0+0x0/0x80) devid=0x40", ["6.12", "6.16", ...SINCE]],
    ["irte_store: (amd_iommu_update_ga+0x146/0x160) devid=0x48", ["6.1"]],
    [PI_DECIDED, SINCE],
    ["kvm_pi_update: (kvm_pi_update_irte+0x0/0x1c0 [kvm]) irqfd=0x1", SINCE],
    ["avic_vm_init_ret: (kvm_arch_init_vm+0x89/0x230 [kvm] <- svm_vm_init) vm_id=1", ["7.3"]],
    ["irte_flush: x", [...BEFORE, ...SINCE]],
  ])("are told from the line %j", (line, rulesAllowed) => {
    const isTold = rulesAllowed.length < 6;
    const rulesFrom = isTold ? "probe format" : "unknown";
    expect(of(`${MICRO}${line}\n`)).toMatchObject({ rulesAllowed, rulesFrom });
  });

  it("read a line by one of them where all read it alike, else by none", () => {
    const read = (...lines: readonly string[]): string | null =>
      of(lines.map((line) => `${MICRO}${line}\n`).join("")).rules;
    expect(read("svm_ir_list_del: (f) svm=0x1")).toBe("6.16");
    // The tag of 6.17 and 6.18 has another width than that of 7.3.
    expect(read(PI_DECIDED)).toBeNull();
    expect(read(PI_DECIDED, "irte_write: (f) devid=0x40 index=0 lo=0x20000000081 hi=0x1")).toBe(
      "6.18",
    );
    expect(read("irte_flush: x")).toBeNull();
  });

  it("are not told by one damaged line among many that say otherwise", () => {
    const many = `${MICRO}${PI_DECIDED}, pi_desc_addr: 0x1\n`.repeat(20);
    expect(of(`${many}${MICRO}${PI_DECIDED}\n`).rulesAllowed).toEqual(["6.12", "6.16"]);
  });
});

describe("the width of the GA tag", () => {
  const update = (vm_id: number): string =>
    `${MICRO}avic_pi_update: (f) irqfd=0x1 kvm=0x1 vm_id=${vm_id} host_irq=30 gsi=24 vcpu=0x1\n`;
  const told = (tag: number, irq = 30): string =>
    `${MICRO}ir_set_vcpu_affinity: (f) irq=${irq} devid=0x40 index=0 is_guest_mode=1 ga_tag=0x${tag.toString(16)} cpu=1\n`;
  const posted = (lo: string): string =>
    `${MICRO}irte_write: (__modify_irte_ga+0x0/0x80) devid=0x40 index=0 lo=${lo} hi=0x41\n`;
  const logged = (tag: number, vm_id: number): string =>
    `${MICRO}ga_log_notify: (f) ga_tag=0x${tag.toString(16)}\n${MICRO}kvm_avic_ga_log: vmid=${vm_id} vcpuid=1\n`;
  const narrow = ["6.17", "6.18"];

  it.each([
    ["a tag that would be of VM 0", posted("0x20000000081"), narrow],
    ["a tag that can be of either", posted("0x100000000081"), SINCE],
    ["an entry that is not posted", posted("0x20000000001"), SINCE],
    ["a write whose line is cut", posted("0x20000000081").replace(/ hi=.*/, ""), SINCE],
    ["an update of the VM whose tag it is", update(8) + told(8 << 9), narrow],
    ["an update of the VM whose tag it is, in 12 bits", update(1) + told(1 << 12), ["7.3"]],
    ["an update of another host IRQ", update(1) + told(1 << 12, 31), SINCE],
    ["a GA log entry of the VM", logged(0x1000, 1), ["7.3"]],
    ["a GA log entry of the VM, in 9 bits", logged(0x1000, 8), narrow],
  ])("is told by %s", (_, lines, rulesAllowed) => {
    expect(of(`${MICRO}${PI_DECIDED}\n${lines}`).rulesAllowed).toEqual(rulesAllowed);
  });
});

describe("the clock", () => {
  it("is in nanoseconds where stamps have a decimal point, in ticks where they have none", () => {
    expect(of(`${MICRO}x: y\n`).clockUnit).toBe("ns");
    expect(of(`${TASK}   11.455369123: x: y\n`).clockUnit).toBe("ns");
    expect(of(`${TICKS}x: y\n`).clockUnit).toBe("ticks");
  });

  it("is that of the first line that is an event's", () => {
    const head = "# tracer: nop\n#\n\nCPU:1 [LOST 5 EVENTS]\n";
    expect(of(`${head}${TICKS}x: y\n${MICRO}x: y\n`).clockUnit).toBe("ticks");
  });
});

describe("events that the ring buffer overwrote", () => {
  it.each([
    ["# entries-in-buffer/entries-written: 2215/2215   #P:4\n", 0],
    ["# entries-in-buffer/entries-written: 2215/3000   #P:4\n", 785],
    ["", 0],
  ])("are told by the header %j", (header, overwritten) => {
    expect(of(`# tracer: nop\n${header}${MICRO}x: y\n`).overwritten).toBe(overwritten);
  });
});

describe("an input that is no ftrace text is refused", () => {
  it.each([
    ["that is empty", "", "ERR_INPUT_EMPTY"],
    ["that is trace-cmd's trace.dat", "\x17\x08\x44tracing\x006\0\0", "ERR_FORMAT_UNKNOWN"],
    ["that is binary", "\x7fELF\x02\x01\x01\0\0\0", "ERR_FORMAT_UNKNOWN"],
    ["that is some other text", "Dear kernel,\nall is well.\n", "ERR_FORMAT_UNKNOWN"],
    [
      "in the latency format",
      "# tracer: nop\n#\n# nop latency trace v1.1.5 on 6.17.13\n#----\n  piwl-226 0d..1. 1us : x\n",
      "ERR_FORMAT_LATENCY",
    ],
    [
      "in the latency format of a tracer with a dash in its name",
      "# tracer: x\n#\n# wakeup-rt latency trace v1.1.5 on 6.17.13\n",
      "ERR_FORMAT_LATENCY",
    ],
  ])("%s", (_, text, code) => {
    expect(refusal(text)).toBe(code);
  });

  it("and called by its name: the kernel's log with a dump of the ring without entries", () => {
    const dump = "[   12.000000] Dumping ftrace buffer:\n[   12.000001]    (ftrace buffer empty)\n";
    expect(refusal(dump)).toBe("ERR_FORMAT_UNKNOWN");
    expect(() => of(dump)).toThrow(/ftrace_dump/);
  });

  it("and called by its name: the kernel's log without a dump, and the verbose latency format", () => {
    expect(() => of("[    0.000000] Linux version 6.17.13\n")).toThrow(/kernel's log, and no dump/);
    const verbose =
      "             vmm    4410   0 0 00000000 00000002 [00500123] 500.123ms (+0.027ms): x: y\n";
    expect(refusal(verbose)).toBe("ERR_FORMAT_LATENCY");
  });

  it("but not one that has a header only", () => {
    expect(of("# tracer: nop\n#\n")).toMatchObject({ kernel: null, overwritten: 0 });
  });
});

describe("a long input", () => {
  it.each(["0: ", " avic_pi_update: ", "print: uname ", " kvm_pi_irte_update: PI is "])(
    "of one line of %j is judged in time",
    (unit) => {
      const text = Buffer.from(`${MICRO}x: y\n${unit.repeat(150_000 / unit.length)}\n`);
      const started = performance.now();
      sniff(text);
      // Linear: a few milliseconds. Quadratic: seconds, and at SNIFF_BYTES hours.
      expect(performance.now() - started).toBeLessThan(500);
      expect(text.length).toBeLessThan(SNIFF_BYTES);
    },
  );
});

describe("the recordings that irqtwin ships", () => {
  const folder = new URL("../../data/", import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith(".txt.gz"));

  it.each(files)("%s has the rules that its name says", (file) => {
    const head = gunzipSync(readFileSync(new URL(file, folder)));
    const rules = /^\d+\.\d+/.exec(file)?.[0];
    const isMicro = file.includes("-m");
    expect(sniff(head)).toMatchObject({ rules, clockUnit: isMicro ? "ns" : "ticks" });
  });
});
