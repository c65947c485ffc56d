import { readFileSync, readdirSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { TwinError, type ErrorCode } from "../../src/base/errors.js";
import { SNIFF_BYTES, sniff, type Sniffed, type SniffOptions } from "../../src/ftrace/sniff.js";

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

  it("that has no rules is refused, with a way out", () => {
    const note = `${MICRO}tracing_mark_write: kernel 6.11.9\n`;
    expect(refusal(note)).toBe("ERR_KERNEL_UNKNOWN");
    expect(() => of(note)).toThrow(/kernel 6\.11\.9 has no rules profile.*--rules/);
    expect(of(note, { rules: "6.18" })).toMatchObject({
      kernel: "6.11.9",
      rules: "6.18",
      rulesFrom: "option",
    });
  });

  it("that the caller gives goes before what the trace says", () => {
    const note = `${MICRO}tracing_mark_write: kernel 6.11.9\n`;
    expect(of(note, { kernel: "6.17.1" })).toMatchObject({ kernel: "6.17.1", rules: "6.17" });
    expect(refusal(note, { kernel: "5.10" })).toBe("ERR_KERNEL_UNKNOWN");
  });
});

describe("the rules of a trace without a release", () => {
  it.each([
    ["avic_pi_update: (f) kvm=0x1 vm_id=1 host_irq=30 gsi=24 set=1", "6.16"],
    ["svm_ir_list_del: (f) svm=0x1", "6.16"],
    ["vcpu_kick: (kvm_vcpu_kick+0x4/0x90 [kvm]) vcpu=0x1", "6.12"],
    [
      "kvm_pi_irte_update: PI is enabled for irq 30, vcpu 0, gsi: 0x18, gvec: 0x41, pi_desc_addr: 0x1",
      "6.16",
    ],
    ["kvm_pi_irte_update: PI is enabled for irq 30, vcpu 0, gsi: 0x18, gvec: 0x41", "6.18"],
    ["kvm_pi_update: (kvm_pi_update_irte+0x0/0x1c0 [kvm]) irqfd=0x1", "6.18"],
    ["avic_vm_init_ret: (svm_vcpu_precreate+0x5d/0xd0 [kvm_amd] <- svm_vm_init) vm_id=1", "7.3"],
  ])("are told from the line %j", (line, rules) => {
    expect(of(`${MICRO}${line}\n`)).toMatchObject({ rules, rulesFrom: "probe format" });
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
