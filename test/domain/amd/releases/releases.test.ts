import { layoutRow, type LayoutRow } from "../../../../src/timeline/store/tag-layout.js";
import { AMD } from "../../../../src/domain/amd/platform.js";
import Database from "better-sqlite3";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { CAUSES, causeCode, causeName } from "../../../../src/domain/events/causes.js";
import { EVENT_KINDS, kindName } from "../../../../src/domain/events/kinds.js";
import {
  RULES,
  RULES_IDS,
  isRulesId,
  rulesOfRelease,
  type RulesId,
} from "../../../../src/domain/amd/releases/releases.js";
import { decodeGaTag, encodeGaTag } from "../../../../src/domain/amd/irte/ga-tag.js";
import { migrationFiles } from "../../../../src/timeline/open/migrate.js";

describe("the rules profile of a kernel release", () => {
  it.each([
    ["6.1.0-50-amd64", "6.1"],
    ["6.12.107+deb13-amd64", "6.12"],
    ["6.12", "6.12"],
    // The series came with 6.17; what 6.13 to 6.15 do is what 6.16 does.
    ["6.13.1", "6.16"],
    ["6.15.9-arch1-1", "6.16"],
    ["6.16.12+deb13-amd64", "6.16"],
    ["6.17.13+deb13-amd64", "6.17"],
    ["6.17-rc1", "6.17"],
    ["6.18.15+deb13-amd64", "6.18"],
    // From 6.19 on the GA tag has 12 bits for the vCPU, and no later release differs.
    ["6.19.6+deb14-amd64", "7.3"],
    ["7.0.2", "7.3"],
    ["7.1.13", "7.3"],
    ["7.2.12-arch1-1", "7.3"],
    ["7.3.4+deb13-amd64", "7.3"],
  ])("%s is %s", (release, rules) => {
    expect(rulesOfRelease(release)).toBe(rules);
  });

  it.each(["", "6", "6.2.16", "6.11.9", "6.120.0", "7.4.1", "7.30.1", "x6.17"])(
    "%j has none",
    (release) => {
      expect(rulesOfRelease(release)).toBeNull();
    },
  );

  it("belongs to one major and minor number only", () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(8000), (major, minor) => {
        const rules = rulesOfRelease(`${major}.${minor}.1`);
        return rules === null || major === Number(rules.split(".")[0]);
      }),
      // The numbers that a sum of major * 1000 and minor confuses.
      {
        examples: [
          [5, 1017],
          [0, 6017],
          [6, 1003],
        ],
      },
    );
  });

  it("is known by its name and by no other", () => {
    expect(RULES_IDS.every(isRulesId)).toBe(true);
    expect(isRulesId("6.13")).toBe(false);
    expect(isRulesId("toString")).toBe(false);
    expect(RULES_IDS.map((id) => RULES[id].id)).toEqual(RULES_IDS);
  });
});

describe("a GA tag", () => {
  it("of VM 1, vCPU 3 is 0x203 to 6.18 and 0x1003 in 7.3", () => {
    const tagOf = (id: RulesId): number => encodeGaTag({ vm_id: 1, vcpu: 3 }, RULES[id]);
    expect((["6.12", "6.16", "6.17", "6.18", "7.3"] as const).map(tagOf)).toEqual([
      ...[0x203, 0x203, 0x203, 0x203],
      0x1003,
    ]);
  });

  it("names the vCPU by vcpu_id before the series and by vcpu_idx since", () => {
    for (const { series, tagVcpuField } of RULES_IDS.map((id) => RULES[id]))
      expect(tagVcpuField).toBe(series === "before" ? "vcpu_id" : "vcpu_idx");
  });

  it.each(RULES_IDS)("of %s comes back from its parts, and its parts from it", (id) => {
    const rules = RULES[id];
    const vm_ids = fc.nat(2 ** (32 - rules.tagVcpuBits) - 1);
    const vcpus = fc.nat(2 ** rules.tagVcpuBits - 1);
    fc.assert(
      fc.property(vm_ids, vcpus, fc.nat(0xffff_ffff), (vm_id, vcpu, tag) => {
        expect(decodeGaTag(encodeGaTag({ vm_id, vcpu }, rules), rules)).toEqual({ vm_id, vcpu });
        expect(encodeGaTag(decodeGaTag(tag, rules), rules)).toBe(tag);
      }),
    );
  });
});

describe("the vocabulary in a timeline", () => {
  const sqlite = new Database(":memory:");
  beforeAll(() => {
    for (const { sql } of migrationFiles()) sqlite.exec(sql);
    return () => sqlite.close();
  });

  it("has from the start only tag layouts that the rules have; an import adds what is newer", () => {
    const rows = sqlite.prepare<[], LayoutRow>("SELECT * FROM tag_layout").raw().all();
    expect(rows.length).toBeGreaterThan(0);
    const layouts = RULES_IDS.flatMap((id) => {
      const layout = AMD.tagLayoutOf(id);
      return layout === null ? [] : [layoutRow(id, layout)];
    });
    for (const row of rows) expect(layouts).toContainEqual(row);
  });

  it("has the event kinds, with code, meaning, slots and words", () => {
    const kinds = Object.entries(EVENT_KINDS).map(([name, { code, meaning, slots, words }]) => {
      const [a = null, b = null, c = null, d = null] = slots;
      return { id: code, name, meaning, a, b, c, d, words };
    });
    expect(sqlite.prepare("SELECT * FROM event_kind ORDER BY id").all()).toEqual(
      kinds.sort((x, y) => x.id - y.id),
    );
  });

  it("has the causes, numbered from 1", () => {
    expect(sqlite.prepare("SELECT id, name FROM cause ORDER BY id").all()).toEqual(
      CAUSES.map((name, i) => ({ id: i + 1, name })),
    );
  });
});

describe("codes of events and causes", () => {
  it("are one each, and lead back to the name", () => {
    const entries = Object.entries(EVENT_KINDS);
    expect(new Set(entries.map(([, { code }]) => code)).size).toBe(entries.length);
    for (const [name, { code }] of entries) expect(kindName(code)).toBe(name);
    for (const cause of CAUSES) expect(causeName(causeCode(cause))).toBe(cause);
  });

  it("that nothing has are refused for a kind and unknown for a cause", () => {
    expect(() => kindName(0)).toThrow(RangeError);
    expect(() => kindName(999)).toThrow("event kind 999 is not known");
    expect(causeName(0)).toBeNull();
    expect(causeName(99)).toBeNull();
    expect(causeName(null)).toBeNull();
  });
});
