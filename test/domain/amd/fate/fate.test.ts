// Every way in which the inputs of the table of fates can be, each known or not.

import { describe, expect, it } from "vitest";
import {
  FATE_ROWS,
  fateRowOf,
  isRowOf,
  pathOf,
  type FateFacts,
} from "../../../../src/domain/amd/fate/fate-rows.js";
import {
  AMD_FATES,
  completionsOf,
  fateOf,
  type PartialFacts,
} from "../../../../src/domain/amd/fate/fate.js";
import { type IrteBits } from "../../../../src/domain/values/bits.js";

const UNKNOWN: PartialFacts = {
  valid: null,
  guest_mode: null,
  is_run: null,
  ga_log_intr: null,
  hasHandler: null,
  vcpu: null,
  isOnCpu: null,
  route: null,
};
const WHOLE = completionsOf(UNKNOWN);
const POSTED = { valid: true, guest_mode: true, hasHandler: false } as const;

/** Every input: each known with each value, or unknown. */
function* everyInput(): Generator<PartialFacts> {
  const names = Object.keys(UNKNOWN) as (keyof FateFacts)[];
  const masks = 1 << names.length;
  const seen = new Set<string>();
  for (const facts of WHOLE)
    for (let mask = 0; mask < masks; mask++) {
      const inputs = Object.fromEntries(
        names.map((name, i) => [name, (mask >> i) & 1 ? facts[name] : null]),
      ) as unknown as PartialFacts;
      const key = JSON.stringify(inputs);
      if (seen.has(key)) continue;
      seen.add(key);
      yield inputs;
    }
}

describe("the table of fates", () => {
  it("has exactly one fate for every whole input", () => {
    expect(WHOLE).toHaveLength(2 ** 6 * 4 * 4);
    for (const facts of WHOLE) {
      const rows = FATE_ROWS.filter((row) => isRowOf(row, facts, pathOf(facts)));
      expect(rows[0]).toBe(fateRowOf(facts));
    }
  });

  it("has no row that never decides", () => {
    const deciding = new Set(WHOLE.map(fateRowOf));
    expect(FATE_ROWS.filter((row) => !deciding.has(row))).toEqual([]);
  });

  it("states a fate exactly where every completion of the unknown inputs has it", () => {
    let inputs = 0;
    let unknown = 0;
    for (const each of everyInput()) {
      inputs++;
      const fates = new Set(completionsOf(each).map((facts) => fateRowOf(facts).fate));
      const paths = new Set(completionsOf(each).map(pathOf));
      const told = fateOf(each);
      if (told.fate === "unknown") unknown++;
      const [only] = fates;
      expect(told.fate).toBe(fates.size === 1 ? only : "unknown");
      expect(told.path === null).toBe(paths.size > 1);
    }
    expect(inputs).toBe(3 ** 6 * 5 * 5);
    expect(unknown).toBeGreaterThan(0);
    expect(unknown).toBeLessThan(inputs);
  });

  it("names what is not known where that decides, and nothing else", () => {
    const posted = { ...UNKNOWN, ...POSTED, is_run: false, ga_log_intr: true, isOnCpu: null };
    expect(fateOf({ ...posted, vcpu: "out" }).reason).toBe(
      "not known: whether the entry agrees with the route in force",
    );
    expect(fateOf({ ...posted, route: "fits" }).reason).toBe("not known: where the vCPU is");
    expect(fateOf({ ...posted, vcpu: "freed" }).fate).toBe("freed memory");
  });

  it.each([
    ["runs on the CPU of the entry", { is_run: true, vcpu: "running", isOnCpu: true }, "direct"],
    ["has left the CPU", { is_run: true, vcpu: "running", isOnCpu: false }, "pending"],
    ["runs, the entry says not", { is_run: false, vcpu: "running", isOnCpu: true }, "pending"],
    ["is out", { is_run: false, vcpu: "out", isOnCpu: false }, "pending"],
    [
      "blocks, and no one logs",
      { is_run: false, vcpu: "blocking", isOnCpu: false },
      "lost wake-up",
    ],
    [
      "blocks, and the doorbell rings",
      { is_run: true, vcpu: "blocking", isOnCpu: true },
      "lost wake-up",
    ],
  ] as const)("of a posted entry whose vCPU %s", (_what, facts, fate) => {
    expect(fateOf({ ...POSTED, ga_log_intr: false, route: "fits", ...facts }).fate).toBe(fate);
  });

  it("wakes a vCPU that blocks by the GA log", () => {
    const facts = { ...POSTED, is_run: false, ga_log_intr: true, vcpu: "blocking" } as const;
    const told = fateOf({ ...facts, isOnCpu: false, route: "fits" });
    expect(told).toMatchObject({ fate: "wake-up", path: "GA log" });
  });

  it.each([
    ["posted, running", { loH: 0x200, loL: 0x3c1, hiH: 1, hiL: 0x41 }, "doorbell"],
    ["posted, logging", { loH: 0x200, loL: 0x85, hiH: 1, hiL: 0x41 }, "GA log"],
    ["posted, silent", { loH: 0x200, loL: 0x81, hiH: 1, hiL: 0x41 }, "vAPIC page only"],
    ["remapped", { loH: 0, loL: 0x101, hiH: 0, hiL: 0x22 }, "remapped"],
    ["posted, not valid", { loH: 0x200, loL: 0x80, hiH: 1, hiL: 0x41 }, "refused"],
  ] as const)("reads the path of an entry that is %s", (_what, bits: IrteBits, path) => {
    const inputs = { entry: AMD_FATES.entryOf(bits), vcpu: null, isOnCpu: null, route: null };
    expect(AMD_FATES.judge(inputs).path).toBe(path);
  });

  it("says that nobody handles the vector of an interrupt that is shut down", () => {
    const bits = { loH: 0, loL: 0x101, hiH: 0, hiL: 239 };
    const inputs = { entry: AMD_FATES.entryOf(bits), vcpu: null, isOnCpu: null, route: null };
    expect(AMD_FATES.judge(inputs).fate).toBe("no handler");
  });

  it("needs of an entry no more than what changes its fate", () => {
    for (let entry = 0; entry < 32; entry++) {
      const { vcpu, cpu } = AMD_FATES.needs(entry);
      const fates = (of: object): number =>
        new Set(
          [true, false].map(
            (isOnCpu) =>
              AMD_FATES.judge({ entry, vcpu: "running", isOnCpu, route: "fits", ...of }).fate,
          ),
        ).size;
      expect(fates({}) > 1).toBe(cpu);
      const free = AMD_FATES.judge({ entry, vcpu: null, isOnCpu: null, route: null }).fate;
      expect(free === "unknown").toBe(vcpu);
    }
  });
});
