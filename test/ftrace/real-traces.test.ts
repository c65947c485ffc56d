import { describe, expect, it } from "vitest";
import { hex64 } from "../../src/base/words.js";
import { type TwinEvent } from "../../src/domain/events/event.js";
import { KIND } from "../../src/domain/events/kinds.js";
import { inhibitNames } from "../../src/domain/amd/releases/inhibit.js";
import { RULES, isRulesId } from "../../src/domain/amd/releases/releases.js";
import { sniff } from "../../src/ftrace/sniff.js";
import { readText } from "../support/ftrace-text.js";
import {
  NO_REAL_TRACES,
  REAL_TRACES,
  WHERE_TRACES_ARE,
  realTrace,
} from "../support/real-traces.js";

const WRITE = / irte_write: \([^)]*\) (?:seg=(\S+) )?devid=(\S+) index=(\d+) lo=(\S+) hi=(\S+)$/gm;

/** A word of the trace's text as 16 digits. */
function padded(word = ""): string {
  return `0x${word.replace("0x", "").padStart(16, "0")}`;
}

describe.skipIf(NO_REAL_TRACES)(`the real traces ${WHERE_TRACES_ARE}`, () => {
  it.each(REAL_TRACES)("%s has no line that is rejected and no name that is unknown", (name) => {
    const bytes = realTrace(name);
    const { rules, clockUnit } = sniff(bytes);
    const { reader, rejected } = readText(bytes, { rules, isCounter: clockUnit === "ticks" });
    expect(rules).toBe(name.split("/")[0]);
    expect(rejected).toEqual([]);
    expect(reader.names.counts().filter(({ known }) => !known)).toEqual([]);
    expect(reader.clock.anomalies).toBe(0);
  });

  it.each(REAL_TRACES)("%s gives for every irte_write line its event, bit for bit", (name) => {
    const bytes = realTrace(name);
    const { events } = readText(bytes, { rules: sniff(bytes).rules });
    const told = [...bytes.toString("latin1").matchAll(WRITE)].map(
      ([, , devid = "", index, lo, hi]) => [Number(devid), Number(index), padded(lo), padded(hi)],
    );
    const made = events
      .filter(({ kind }) => kind === KIND.irte_written)
      .map(({ devid, irte_index, loH, loL, hiH, hiL }) => [
        devid,
        irte_index,
        hex64(loH, loL),
        hex64(hiH, hiL),
      ]);
    expect(made.length).toBeGreaterThan(0);
    expect(made).toEqual(told);
  });

  // The minimal set of probes shows the writes and not the functions around them.
  const probed = REAL_TRACES.filter((name) => !name.endsWith("-minimal"));
  it.each(probed)(
    "%s has a cause for every write but those of first functions, before it in the same recording",
    (name) => {
      const bytes = realTrace(name);
      const { events } = readText(bytes, { rules: sniff(bytes).rules });
      const writes = events.filter(({ kind }) => kind === KIND.irte_written);
      // The first function that a task shows may be called by one whose entry was before the recording.
      const caused = events.filter(({ cause_seq }) => cause_seq !== null);
      const first = new Map([...caused].reverse().map(({ task, cause_seq }) => [task, cause_seq]));
      const isUndecided = ({ task, cause_seq }: TwinEvent): boolean =>
        first.get(task) === cause_seq;
      expect(writes.filter((each) => each.cause === null && !isUndecided(each))).toEqual([]);
      expect(writes.filter(({ cause_seq }) => cause_seq === null)).toEqual([]);
      expect(writes.filter(({ seq, cause_seq }) => (cause_seq ?? seq) >= seq)).toEqual([]);
    },
  );

  it.each(REAL_TRACES)("%s prints the names of AVIC inhibits as irqtwin does", (name) => {
    const text = realTrace(name).toString("latin1");
    const changes = [...text.matchAll(/inhibit_changed: .* inhibits=(0x\S+)(?: (\S+))?$/gm)];
    for (const [line, mask = "", names = ""] of changes) {
      expect(inhibitNames(Number(mask)).join("|"), line).toBe(names);
    }
  });

  it.each(REAL_TRACES.filter((name) => !name.includes("/s0-boot")))(
    "%s shows the kernel's generation even without its release",
    (name) => {
      const text = realTrace(name)
        .toString("latin1")
        .replaceAll(/^.* boot_state .*\n/gm, "");
      const { kernel, rules, rulesFrom } = sniff(Buffer.from(text, "latin1"));
      expect({ kernel, rulesFrom }).toEqual({ kernel: null, rulesFrom: "probe format" });
      const truth = RULES[name.split("/")[0] as keyof typeof RULES];
      const told = rules === null || !isRulesId(rules) ? null : RULES[rules];
      expect(told).toMatchObject({ series: truth.series, tagVcpuBits: truth.tagVcpuBits });
    },
  );
});
