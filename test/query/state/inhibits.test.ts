// AVIC inhibits: the tracepoint that shows them names no VM.

import { expect, test } from "vitest";
import { openTimeline, type AtDocument, type Info, type LogEntry } from "../../../src/index.js";
import { irqtwin } from "../../support/irqtwin.js";
import { Scratch } from "../../support/scratch.js";

const scratch = new Scratch();

const VM = "kvm=0xff2200008aa10000";
const CREATED = `vm_init: (kvm_arch_init_vm+0x4/0x290 [kvm]) ${VM}`;
const LOADED = `avic_vcpu_load: (avic_vcpu_load+0x4/0x20 [kvm_amd]) vcpu=0xff2200008bb20000 ${VM} id=0 cpu=7 entry=0x80000001c4d7e000`;
const ABSENT = "kvm_apicv_inhibit_changed: set reason=2, inhibits=0x4 ABSENT";
const DISABLED = "kvm_apicv_inhibit_changed: set reason=0, inhibits=0x5 DISABLED|ABSENT";
const REFRESHED = `avic_refresh: (avic_refresh_apicv_exec_ctrl+0x4/0x110 [kvm_amd]) vcpu=0xff2200008bb20000 ${VM} id=0 apicv_active=1 entry=0x80000001c4d7e000`;

function headerOf(lines: number): string {
  return `# tracer: nop\n# entries-in-buffer/entries-written: ${lines}/${lines}   #P:8\n`;
}

interface Said {
  readonly vms: AtDocument["vms"];
  readonly unknown: AtDocument["unknown"];
  readonly info: Info["recordings"][number] | undefined;
  readonly log: readonly LogEntry[];
  readonly text: string;
}

/** What irqtwin says of lines, each of a task by its pid. */
async function said(lines: readonly (readonly [pid: number, event: string])[]): Promise<Said> {
  const text = lines.map(
    ([pid, event], i) =>
      `           <...>-${String(pid).padEnd(7)} [007] .....    61.00010${i}: ${event}\n`,
  );
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(scratch.file(".txt", headerOf(text.length) + text.join("")));
  const { vms, unknown } = timeline.recording().at();
  const [info] = timeline.info().recordings;
  const log = [...timeline.recording().log()];
  timeline.close();
  return { vms, unknown, info, log, text: irqtwin(["log", "--db", db]).stdout };
}

test("of a VM that no line names stand alone, as such", async () => {
  const { vms, unknown, info, text } = await said([
    [8800, ABSENT],
    [8800, DISABLED],
  ]);
  const nameless = { vm_id: null, vm_id_by: null, name: null, vmm_pid: null };
  expect(vms).toEqual([
    { vm: "not named", ...nameless, destroyed: false, inhibits: ["DISABLED", "ABSENT"] },
  ]);
  expect(unknown).toContainEqual({ path: "vms[0].vm_id", reason: "no line names the VM" });
  expect(info).toMatchObject({ vms: 0, unnamed_inhibits: ["DISABLED", "ABSENT"] });
  expect(text).toContain("inhibits=0x5 DISABLED|ABSENT");
});

test("of a VM that no line names may be those of each VM", async () => {
  const { vms, unknown } = await said([
    [8800, CREATED],
    [8900, DISABLED],
  ]);
  expect(vms.map(({ vm, inhibits }) => [vm, inhibits])).toEqual([
    [expect.stringMatching(/^kvm@/), null],
    ["not named", ["DISABLED", "ABSENT"]],
  ]);
  const reason = "event @2 changes those of a VM that no line names";
  expect(unknown).toContainEqual({ path: "vms[0].inhibits", reason });
});

test.each([
  ["made no other VM", [8800, CREATED]],
  ["has loaded a vCPU of it", [8800, LOADED]],
] as const)("are inferred to be those of the VM whose task %s", async (_name, line) => {
  const { vms, log } = await said([line, [8800, DISABLED]]);
  expect(vms).toMatchObject([{ inhibits: ["DISABLED", "ABSENT"], source: "inferred" }]);
  expect(log[0]?.payload).toMatchObject({ vm_inferred: 1 });
});

test("are not inferred where the task made two VMs", async () => {
  const other = CREATED.replace("8aa1", "9aa1");
  const { vms } = await said([
    [8800, CREATED],
    [8800, other],
    [8800, DISABLED],
  ]);
  expect(vms.map(({ inhibits }) => inhibits)).toEqual([null, null, ["DISABLED", "ABSENT"]]);
});

test("are none where a vCPU takes up that AVIC is active", async () => {
  const { vms } = await said([
    [8800, LOADED],
    [8900, DISABLED],
    [8800, REFRESHED],
  ]);
  expect(vms[0]).toMatchObject({ inhibits: [], source: "inferred" });
});
