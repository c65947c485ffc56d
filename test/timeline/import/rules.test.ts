// By which rules a recording is read that does not name its release: those that its lines allow, wherever in the
// file the lines that tell stand.

import { describe, expect, it } from "vitest";
import Database from "better-sqlite3";
import { openTimeline } from "../../../src/index.js";
import { SNIFF_BYTES } from "../../../src/source/sniffed.js";
import { rowsOf } from "../../support/content.js";
import { recounted } from "../../support/ftrace-text.js";
import { irqtwin, json } from "../../support/irqtwin.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines, shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();
const WHOLE = shippedLines("7.3-s2-two").filter((line) => !line.includes("boot_state"));
const SELECT = "SELECT rules, rules_allowed, rules_read, rules_from FROM v_recording";

/** The recording behind so many lines that say nothing that they fill what is looked at first. */
function late(lines: readonly string[]): string {
  const idle = "          <idle>-0       [001] d..2. 40831298274: sched_waking: comm=vmm pid=1\n";
  const text = lines.map((line) => `${line}\n`).join("");
  return idle.repeat(Math.ceil(SNIFF_BYTES / idle.length)) + recounted(text);
}

describe("a recording that does not name its release", () => {
  it("is one recording in the timeline, with the profiles that it allows", async () => {
    const db = scratch.path(".db");
    const timeline = await openTimeline(db, { create: true });
    const lines = shippedLines("6.18-s1-one").filter((line) => !line.includes("boot_state"));
    await timeline.import(scratch.file(".txt", [...lines, ""].join("\n")));
    await timeline.import(shippedPath("6.17-s1-one"));
    timeline.close();
    expect(rowsOf(db, SELECT)).toEqual([
      [null, "6.17, 6.18", "6.18", "probe format"],
      ["6.17", "6.17", "6.17", "kernel release"],
    ]);
  });

  it("is told by any of its lines, where it is a file", async () => {
    const db = scratch.path(".db");
    const timeline = await openTimeline(db, { create: true });
    const result = await timeline.import(scratch.file(".txt", late(WHOLE)));
    expect(result).toMatchObject({ rules: "7.3", rules_from: "probe format" });
    expect(timeline.recording().check()).toMatchObject({
      verdict: "pass",
      rules: "7.3",
      decided: 1,
    });
    timeline.close();
  });

  it("is told by its first lines alone, where it is standard input, and is judged by all that they allow", () => {
    const db = scratch.path(".db");
    const ran = irqtwin(["import", "-", "--db", db, "--json"], { input: late(WHOLE) });
    expect(json(ran)).toMatchObject({
      ...{ rules: null, rules_read: null, rules_from: "unknown" },
      rules_allowed: ["6.1", "6.12", "6.16", "6.17", "6.18", "7.3"],
    });
    expect(ran.stderr).toMatch(/release is not named.*GA tags cannot be read.*--kernel/);
    const check = irqtwin(["check", "--db", db, "--json"]);
    expect(check.status).toBe(4);
    expect(json(check)).toMatchObject({ verdict: "inconclusive", findings: [] });
  });

  it("is corrected by the same file with its release", () => {
    const db = scratch.path(".db");
    const file = scratch.file(".txt", [...WHOLE, ""].join("\n"));
    const guessed = shippedLines("6.18-s1-one").filter((line) => !line.includes("boot_state"));
    const other = scratch.file(".txt", [...guessed, ""].join("\n"));
    for (const args of [[file], [other], [other, "--rules", "6.18", "--supersedes", "2"]])
      expect(irqtwin(["import", ...args, "--db", db]).status).toBe(0);
    expect(rowsOf(db, SELECT).at(-1)).toEqual(["6.18", "6.18", "6.18", "option"]);
    const same = irqtwin(["import", other, "--rules", "6.18", "--supersedes", "1", "--db", db]);
    expect(same.stderr).toMatch(/ERR_SUPERSEDES/);
  });
});

describe("a recording of 6.1", () => {
  const lines = [
    "vm_init: (kvm_arch_init_vm+0x0/0x250 [kvm]) kvm=0xffa00000003a1000",
    "avic_vm_init_ret: (kvm_arch_init_vm+0x3f/0x250 [kvm] <- avic_vm_init) ret=0",
    "avic_init_vcpu: (avic_init_vcpu+0x0/0x220 [kvm_amd]) vcpu=0xff1100010295d4f0 kvm=0xffa00000003a1000 id=5 vm_id=1",
    "avic_init_vcpu_ret: (svm_vcpu_create+0x9d/0x180 [kvm_amd] <- avic_init_vcpu) ret=0",
    "irte_store: (amd_iommu_update_ga+0x146/0x160) addr=0xff110001001d6020 devid=0x48 lo=0x402000000c5 hi=0x1025660ec",
  ];

  it("has the vCPU of a return that prints none, and the entry of a direct store by its address", async () => {
    const text = lines.map(
      (line, i) => `            vmm-194     [000] d.Z2.  4.00000${i}: ${line}\n`,
    );
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const result = await timeline.import(scratch.file(".txt", text.join("")));
    expect(result).toMatchObject({ rules: "6.1", lines: { rejected: 0 } });
    const events = [...timeline.recording().log({ reverse: true })].map(
      ({ kind, vm_id, vcpu_id, devid, irte_index }) => [kind, vm_id, vcpu_id, devid, irte_index],
    );
    expect(events).toEqual([
      ["vm_created", 1, null, null, null],
      ["vcpu_created", 1, 5, null, null],
      ["irte_written", null, null, 0x48, 2],
    ]);
    timeline.close();
  });
});

describe("a timeline whose log is of a newer version than is known", () => {
  it("is refused, for reading and for writing", async () => {
    const db = scratch.path(".db");
    const timeline = await openTimeline(db, { create: true });
    await timeline.import(shippedPath("6.17-s1-one"));
    timeline.close();
    const sqlite = new Database(db);
    sqlite.exec("DROP TRIGGER recording_stays_complete");
    sqlite.exec("UPDATE recording SET log_version = log_version + 1");
    sqlite.close();
    for (const readonly of [true, false])
      await expect(openTimeline(db, { readonly })).rejects.toMatchObject({
        code: "ERR_TIMELINE_NEWER",
        message: expect.stringMatching(/log version 6.*newer irqtwin/) as string,
      });
  });
});

describe("what the caller says of the host or the clock, and cannot be", () => {
  const SECONDS = shippedPath("6.16-m2-mono-standard");

  it.each([
    [{ kernel: "my-kernel" }, "ERR_KERNEL_UNKNOWN", "my-kernel is not a kernel release"],
    [{ clockHz: 1000 }, "ERR_USAGE", "`clockHz` is for counter clocks"],
  ] as const)(
    "%j is refused for itself, whether the file is new or was imported",
    async (options, code, says) => {
      const timeline = await openTimeline(scratch.path(".db"), { create: true });
      for (let i = 0; i < 2; i++) {
        const refused = timeline.import(SECONDS, options);
        await expect(refused).rejects.toMatchObject({
          code,
          message: expect.stringContaining(says) as string,
        });
        await timeline.import(SECONDS);
      }
      timeline.close();
    },
  );

  it("is a name of no release before the file is looked for, and is one with rules beside it", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const missing = timeline.import(scratch.path(".txt"), { kernel: "my-kernel" });
    await expect(missing).rejects.toMatchObject({ code: "ERR_KERNEL_UNKNOWN" });
    const told = await timeline.import(SECONDS, { kernel: "my-kernel", rules: "6.16" });
    expect(told).toMatchObject({ kernel: "my-kernel", rules: "6.16", rules_from: "option" });
    timeline.close();
  });
});
