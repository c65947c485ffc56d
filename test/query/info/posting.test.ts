// Why an interrupt is not posted: `info` against the log, and the recipe `posting` against `info`.

import Database from "better-sqlite3";
import { afterAll, describe, expect, test } from "vitest";
import { COOKBOOK, openTimeline, type LogEntry, type Timeline } from "../../../src/index.js";
import { type Interrupt } from "../../../src/query/info/interrupts.js";
import { REAL_TRACES, realTrace } from "../../support/real-traces.js";
import { payloadValue } from "../../support/payload-value.js";
import { Scratch } from "../../support/scratch.js";
import { shippedText } from "../../support/shipped.js";

const scratch = new Scratch();
const opened: Timeline[] = [];
afterAll(() => {
  for (const timeline of opened) timeline.close();
});

/** Recordings whose VMs are inhibited, routed anew and unplugged; those of other releases where they are at hand. */
const TEXTS: readonly (readonly [string, () => string])[] = [
  ["6.17-x-uaf-crash", () => shippedText("6.17-x-uaf-crash")],
  ["6.16-m2-mono-standard", () => shippedText("6.16-m2-mono-standard")],
  ...REAL_TRACES.filter((name) => name.endsWith("/s4-inh")).map(
    (name) => [name, () => realTrace(name).toString("latin1")] as const,
  ),
];
const MOMENTS = 8;

async function importedText(text: string): Promise<Timeline> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  opened.push(timeline);
  await timeline.import(scratch.file(".txt", text));
  return timeline;
}

/** The log of a recording up to a moment, the newest first. */
class History {
  private readonly entries: readonly LogEntry[];

  constructor(entries: readonly LogEntry[]) {
    this.entries = entries;
  }

  last(is: (entry: LogEntry) => boolean): LogEntry | undefined {
    return this.entries.find(is);
  }
}

/** Delivery mode and destination of the MSI that the log showed last for the GSI of an interrupt. */
function msiOf({ gsi, vm_id }: Interrupt, history: History): { mode: number; dest: number } {
  const shown = history.last(
    (each) =>
      each.gsi === gsi &&
      each.vm_id === vm_id &&
      (each.kind === "irqfd_msi" || (each.kind === "irqfd_routed" && each.payload.data !== null)),
  );
  const [mode, dest, address, data] = ["mode", "dest", "address", "data"].map((name) =>
    shown === undefined ? undefined : payloadValue(shown, name),
  );
  return shown?.kind === "irqfd_msi"
    ? { mode: Number(mode), dest: Number(dest) }
    : { mode: (Number(data) >> 8) & 7, dest: (Number(address) >> 12) & 0xff };
}

/** What KVM told the driver last about the interrupt. */
function toldOf({ host_irq }: Interrupt, history: History): LogEntry | undefined {
  return history.last((each) => each.kind === "vcpu_affinity_set" && each.host_irq === host_irq);
}

/** Whether AVIC was active, as the last event of a vCPU (or of any of its VM) before `seq` shows it. */
function activeBefore(history: History, seq: number, vm: number, vcpu?: number): unknown {
  const told = history.last(
    (each) =>
      typeof payloadValue(each, "apicv_active") === "number" &&
      each.vm_id === vm &&
      (vcpu === undefined || each.vcpu_id === vcpu) &&
      each.seq < seq,
  );
  return told && payloadValue(told, "apicv_active");
}

type Proof = (interrupt: Interrupt, history: History, match: RegExpExecArray) => boolean;

/** What the log must show for each reason. */
const PROOFS: readonly (readonly [RegExp, Proof])[] = [
  [
    /^AVIC is inhibited on vm(\d+)\/vcpu(\d+)/,
    (_, history, [, vm, vcpu]) => activeBefore(history, Infinity, Number(vm), Number(vcpu)) === 0,
  ],
  [
    /^AVIC was inhibited on vm(\d+) when @(\d+) set it up$/,
    (interrupt, history, [, vm, seq]) => {
      const told = toldOf(interrupt, history);
      const isLast = told?.seq === Number(seq) && payloadValue(told, "is_guest_mode") === 0;
      return isLast && activeBefore(history, Number(seq), Number(vm)) === 0;
    },
  ],
  [
    /^KVM found no single vCPU for its MSI/,
    (interrupt, history) => {
      const { dest } = msiOf(interrupt, history);
      const isSet = dest === 0xff || (dest & (dest - 1)) !== 0;
      // A vCPU of that number may have no APIC: then KVM does not update the entry, or without a vCPU.
      const { host_irq } = interrupt;
      const last = (kind: string): LogEntry | undefined =>
        history.last((each) => each.kind === kind && each.host_irq === host_irq);
      const update = last("pi_update_requested");
      const added = last("producer_added")?.seq ?? 0;
      const hasTarget = update !== undefined && update.seq > added && update.vcpu_id !== null;
      const driver = toldOf(interrupt, history);
      const told = driver && payloadValue(driver, "is_guest_mode");
      return isSet ? told !== 1 : !hasTarget;
    },
  ],
  [/^the route of gsi \d+ cannot be posted$/, (...of) => msiOf(of[0], of[1]).mode > 1],
  [
    /^the route of gsi \d+ is (\w+)$/,
    ({ gsi, vm_id }, history, [, type = ""]) => {
      const routed = history.last(
        (each) => each.kind === "irqfd_routed" && each.gsi === gsi && each.vm_id === vm_id,
      );
      return (
        routed !== undefined && payloadValue(routed, "type") === ["none", "irqchip"].indexOf(type)
      );
    },
  ],
  [
    /^no irqfd is connected to its host IRQ$/,
    ({ host_irq }, history) => {
      const tells = /^(producer_|irte_allocated|vm_destroyed)/;
      const last = history.last((each) => tells.test(each.kind) && each.host_irq === host_irq);
      if (last?.kind !== "producer_added") return true;
      // An irqfd that is shut down is told by its GSI.
      const { vm_id, gsi } = last;
      const end = history.last(
        (each) => each.kind === "irqfd_shut_down" && each.vm_id === vm_id && each.gsi === gsi,
      );
      return end !== undefined && end.seq > last.seq;
    },
  ],
];

/** Does the log show what the reason claims? */
function isShown(reason: string, interrupt: Interrupt, history: History): boolean {
  for (const [pattern, proof] of PROOFS) {
    const match = pattern.exec(reason);
    if (match !== null) return proof(interrupt, history, match);
  }
  return false;
}

/** The first lines of a trace, as if it had been read then: its header counts them alone. */
function beginning(text: string, share: number): string {
  const lines = text.trimEnd().split("\n");
  const part = lines.slice(0, Math.floor(lines.length * share));
  const count = part.filter((line) => !line.startsWith("#")).length;
  const counted = part.map((line) =>
    line.replace(/(entries-written:\s+)\d+\/\d+/, `$1${count}/${count}`),
  );
  return [...counted, ""].join("\n");
}

describe.each(TEXTS)("%s", (_name, text) => {
  test("each reason is what the log shows, and since and by are those of the change", async () => {
    const timeline = await importedText(text());
    const all = [...timeline.recording().log()];
    const reasons = new Set<string>();
    for (let i = 1; i <= MOMENTS; i++) {
      const seq = Math.floor((all.length * i) / MOMENTS);
      const history = new History(all.slice(all.length - seq));
      const [told] = timeline.info({ when: `@${seq}` }).recordings;
      for (const interrupt of told?.interrupts ?? []) {
        const { irte, mode, since_seq, cause, why_not_posted: reason } = interrupt;
        if (reason !== null && mode === "remapped") {
          expect(isShown(reason, interrupt, history), `@${seq} ${irte}: ${reason}`).toBe(true);
          reasons.add(reason.split(/[\d:(@]/)[0] ?? "");
        }
        const modeAt = (at: number) =>
          timeline.recording().at({ when: `@${at}`, irte }).irtes[0]?.mode;
        const [before, then] = [
          since_seq > 1 ? modeAt(since_seq - 1) : undefined,
          modeAt(since_seq),
        ];
        // The change itself: it was not so before, it was so from then on, by that cause.
        expect(then === "posted", `@${seq} ${irte}`).toBe(mode === "posted");
        expect(before === then, `@${seq} ${irte} since @${since_seq}`).toBe(false);
        expect(timeline.recording().at({ when: `@${since_seq}`, irte }).irtes[0]?.cause).toBe(
          cause,
        );
      }
    }
    expect(reasons.size).toBeGreaterThan(2);
  });

  test("the recipe says at the end of every part what info says there", async () => {
    const recipe = COOKBOOK.find(({ id }) => id === "posting");
    let said = 0;
    for (let i = 2; i <= 10; i += 2) {
      const timeline = await importedText(beginning(text(), i / 10));
      const sqlite = new Database(timeline.file, { readonly: true });
      const rows = sqlite.prepare<[], { irte: string; reason: string }>(recipe?.sql ?? "").all();
      sqlite.close();
      const { interrupts = [] } = timeline.info().recordings[0] ?? {};
      for (const { irte, reason } of rows) {
        const why = interrupts.find((each) => each.irte === irte)?.why_not_posted ?? "not shown";
        if (reason.startsWith("posted to ")) continue;
        said++;
        expect([i, irte, why.startsWith(reason) ? reason : why]).toEqual([i, irte, reason]);
      }
    }
    expect(said).toBeGreaterThan(5);
  });
});
