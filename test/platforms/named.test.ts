// Recordings of hosts whose tables irqtwin does not read: it says whose they are, and answers nothing as if they
// were AMD's.

import { describe, expect, it } from "vitest";
import { isNameOnly, openTimeline, PLATFORM_IDS, type Timeline } from "../../src/index.js";
import { AMD } from "../../src/domain/amd/platform.js";
import { platformShownBy } from "../../src/ftrace/platform-evidence.js";
import { NAMED } from "../../src/platforms/named.js";
import { allPlatforms } from "../../src/platforms/registry.js";
import { OTHER_TRACES, moreTrace } from "../support/real-traces.js";
import { Scratch } from "../support/scratch.js";
import { SHIPPED, shippedText } from "../support/shipped.js";

const scratch = new Scratch();
const line = (text: string): string =>
  `            vmm-4410    [000] d..1.   500.000010: ${text}\n`;
const shownBy = (text: string): string | undefined =>
  platformShownBy(Buffer.from(text, "latin1"), allPlatforms())?.id;

const ITS = line("vpe_activate: (its_vpe_irq_domain_activate+0x0/0x1a8) irq=28 vpe=0x1");
const VTD = line("vtd_act: (intel_irq_remapping_activate+0x4/0x60) irq=25 index=16");

async function imported(text: string, kernel?: string): Promise<Timeline> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(scratch.file(".txt", text), { kernel });
  return timeline;
}

it("has an id that results name", () => {
  // Other tests of the same process make platforms known that they made up.
  expect([AMD, ...NAMED].map(({ id }) => id)).toEqual(PLATFORM_IDS);
  expect(allPlatforms()).toEqual(expect.arrayContaining([AMD, ...NAMED]));
});

describe("the platform of a recording", () => {
  it.each([
    ["arm64", ITS],
    ["arm64", line("v4_init: (vgic_v4_init+0x0/0x2e0) kvm=0x1")],
    ["arm64", line("vgic_update_irq_pending: VCPU: 0, IRQ 27, level: 1")],
    ["arm64", line("tracing_mark_write: uname -m: aarch64")],
    ["intel", VTD],
    ["intel", line("vcpu_load: (vmx_vcpu_load+0x4/0x60 [kvm_intel]) vcpu=0x1")],
    ["intel", line("qi_submit: iec_inv dmar0: 0x1000000014 0x0 0x0 0x0")],
    [
      "amd",
      line("irte_write: (__modify_irte_ga.isra.0+0x0/0x80) devid=0x40 index=0 lo=0x1 hi=0xef"),
    ],
    ["amd", line("avic_vcpu_load: (avic_vcpu_load+0x4/0x20 [kvm_amd]) vcpu=0x1") + ITS],
    // What a user writes into the trace proves nothing.
    [undefined, line("tracing_mark_write: copied (its_vpe_init+0x0/0x10) of an arm64 host")],
    [undefined, line("vcpu_halt: (kvm_vcpu_halt+0x4/0x60 [kvm]) vcpu=0x1")],
    [undefined, "# tracer: nop\n"],
  ])("is %s by the first line that proves one: %s", (platform, text) => {
    expect(shownBy(text)).toBe(platform);
  });

  it.each(SHIPPED)("of %s is amd", (name) => {
    expect(shownBy(shippedText(name))).toBe("amd");
  });

  it("is told by the release where no line proves one", async () => {
    const timeline = await imported(line("kvm_entry: vcpu 0, rip 0x1"), "6.17.4-200.fc42.aarch64");
    expect(timeline.recordings()).toMatchObject([{ platform: "arm64", rules: null }]);
    timeline.close();
  });

  it("takes no rules of another one", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const wrong = timeline.import(scratch.file(".txt", ITS), { rules: "6.17" });
    await expect(wrong).rejects.toMatchObject({ code: "ERR_USAGE" });
    timeline.close();
  });
});

describe.each([
  ["arm64", ITS],
  ["intel", VTD],
])("a recording of %s", (platform, text) => {
  it("is imported with all of its lines unused, and is not judged", async () => {
    expect(isNameOnly(platform)).toBe(true);
    const timeline = await imported(text + line("sched_switch: prev_comm=vmm prev_pid=4410"));
    const [recording] = timeline.info().recordings;
    expect(recording).toMatchObject({
      ...{ platform, rules: null, rules_allowed: [], irtes: 0 },
      lines: { total: 2, events: 0, unused: 2, rejected: 0 },
      cannot_decide: [expect.stringContaining(platform)],
    });
    for (const rules of [undefined, "6.17"])
      expect(timeline.recording().check({ rules })).toMatchObject({
        ...{ verdict: "inconclusive", decided: null, findings: [] },
        reason: expect.stringContaining(`platform ${platform}`) as string,
      });
    expect(timeline.verify().verdict).toBe("intact");
    timeline.close();
  });

  it("answers no question about tables", async () => {
    const timeline = await imported(text);
    const refused = { code: "ERR_PLATFORM_UNKNOWN" };
    const ask = (question: () => unknown): void => {
      expect(question).toThrow(expect.objectContaining(refused));
    };
    ask(() => timeline.recording().at());
    ask(() => timeline.recording().diff({ from: "start", to: "end" }));
    ask(() => timeline.recording().blame({ irte: "0000:00:08.0/0" }));
    ask(() => [...timeline.recording().log()]);
    ask(() => timeline.recording().audit());
    ask(() => timeline.recording().stateAt());
    timeline.close();
  });
});

describe.skipIf(OTHER_TRACES.length === 0)("recordings of real hosts of other platforms", () => {
  it.each(OTHER_TRACES)("%s is recognised", (name) => {
    const bytes = moreTrace(name);
    const platform = name.split("-")[0];
    expect(platformShownBy(bytes, allPlatforms())?.id).toBe(platform);
    const nameless = bytes.toString("latin1").replaceAll(/^.* boot_\w+ .*\n/gm, "");
    expect(shownBy(nameless)).toBe(platform);
  });
});
