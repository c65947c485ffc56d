import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import {
  AUDIT_GROUPS,
  hashOf,
  NOTHING_SAID,
  ORDERS,
  parseHash,
  TABS,
  type At,
  type UrlState,
} from "../../../../src/serve/page/pure/url-state.js";

const at: fc.Arbitrary<At | null> = fc.oneof(
  fc.constant(null),
  fc.constant("live" as const),
  fc.nat().map((seq) => ({ seq })),
  fc.bigInt({ min: 0n, max: 10n ** 18n }).map((time) => ({ time })),
);
const name = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => !text.includes(","));
const names = fc.array(name, { maxLength: 3 });

const anyStates: fc.Arbitrary<UrlState> = fc.record({
  recording: fc.option(fc.nat(999_999_999)),
  hash: fc.option(fc.stringMatching(/^[0-9a-f]{12}$/)),
  t: at,
  view: fc.option(
    fc.record({
      start: fc.bigInt({ min: 0n, max: 10n ** 18n }),
      length: fc.bigInt({ min: 1n, max: 10n ** 18n }),
    }),
  ),
  a: at,
  b: at,
  subject: fc.option(
    fc.record({
      kind: fc.constantFrom("irte", "vcpu", "vm", "cpu"),
      name: fc.string({ minLength: 1 }),
    }),
  ),
  finding: fc.option(
    fc.oneof(
      fc.nat().map((n) => `F${n}`),
      fc.nat().map((n) => `@${n}`),
      fc.nat().map((n) => `@${n}.2`),
    ),
  ),
  lanes: names,
  order: fc.constantFrom(...ORDERS),
  pinned: names,
  folded: names,
  tab: fc.constantFrom(...TABS),
  query: fc.string({ unit: "grapheme" }),
  grep: fc.string({ unit: "grapheme" }),
  rows: fc.constantFrom("all", "view"),
  auditBy: fc.constantFrom(...AUDIT_GROUPS),
  result: fc.constantFrom("table", "plot", null),
  compareFields: fc.constantFrom("different", "all"),
  lists: fc.constantFrom("open", "folded", null),
  judgeBy: fc.constantFrom("6.12", "7.3", null),
  zone: fc.constantFrom("trace", "a", "wall"),
  timeZone: fc.constantFrom(null, "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+5"),
  others: fc.constant([["hz", "2596000000"]] as const),
});
// A zone tells the wall clock alone.
const states = anyStates.map((state) =>
  state.zone === "wall" ? state : { ...state, timeZone: null },
);

describe("the address", () => {
  property.prop([
    states.filter(({ subject }) => subject === null || !/[\r\n\u2028\u2029]/.test(subject.name)),
  ])("says again what it was made from", (state) => {
    expect(parseHash(`#${hashOf(state)}`)).toEqual({ state, ignored: [] });
  });

  it("names the zone of the wall clock, and no zone that there is not", () => {
    expect(hashOf(parseHash("#r=1&z=Europe/Berlin").state)).toBe("r=1&z=Europe/Berlin");
    expect(hashOf(parseHash("#r=1&z=UTC").state)).toBe("r=1&z=wall");
    for (const zone of ["Europe/Nowhere", "../x", "wall/wall", "", "A".repeat(99)])
      expect(parseHash(`#r=1&z=${zone}`)).toMatchObject({
        state: { zone: "trace", timeZone: null },
        ignored: ["z"],
      });
  });

  it("is the one of the design", () => {
    const hash =
      "r=1&t=@913&v=15639445300+392912173&a=@911&b=@1343&s=irte:0000:00:08.0/0&l=vm1,0000:00:08.0&tab=events";
    expect(hashOf(parseHash(`#${hash}`).state)).toBe(hash);
  });

  it("has how lists are shown, and only where it is not as a page begins", () => {
    const hash = "r=1&rows=view&by=task&as=plot&fields=all&lists=folded&rules=6.18";
    expect(hashOf(parseHash(`#${hash}`).state)).toBe(hash);
    expect(hashOf(parseHash("#r=1&rows=all&by=cause&fields=different").state)).toBe("r=1");
    expect(parseHash("#rows=some&by=x&as=y&fields=z&lists=no&rules=a%20b").ignored).toEqual([
      ...["rows", "by", "as", "fields", "lists", "rules"],
    ]);
  });

  it("keeps keys that it does not know, and ignores values that mean nothing", () => {
    const { state, ignored } = parseHash("#r=x&t=@&v=5+0&new=1%20&q=%E0%A4%A");
    expect(ignored).toEqual(["r", "t", "v", "q"]);
    expect(hashOf(state)).toBe("new=1%20");
    expect({ ...state, others: [] }).toEqual(NOTHING_SAID);
  });
});
