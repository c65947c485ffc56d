// Whatever is in view, in whatever order and behind whatever filter: what a lane's table lists is what the views say, and
// what is drawn has as many changes.

import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { rowsOf } from "../../../src/query/rows/query.js";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";

const SUBJECTS = [
  ["irte", "0000:00:08.0/0", "SELECT from_ns, to_ns FROM v_irte WHERE irte = ?"],
  ["irte", "0000:00:08.0/2", "SELECT from_ns, to_ns FROM v_irte WHERE irte = ?"],
  ["fate", "0000:00:08.0/1", "SELECT from_ns, to_ns FROM v_fate WHERE irte = ?"],
  ...["vm1/vcpu1", "vm3/vcpu0"].map(
    (name) =>
      [
        ...(["vcpu", name] as const),
        "SELECT from_ns, to_ns FROM v_vcpu WHERE printf('vm%d/vcpu%d', vm_id, vcpu_id) = ?",
      ] as const,
  ),
] as const;
const ORDERS = ["", "&o=name", "&o=change"];
const FILTERS = ["", "&l=vm1,vm3,08.0", "&l=0000:00:08.0,vcpu"];

interface Interval {
  readonly from: bigint;
  /** null = it goes on. */
  readonly to: bigint | null;
}

/** A row of a lane's table. */
interface Listed extends Interval {
  /** How many changes begin in it; null = it is one interval of the view. */
  readonly merged: number | null;
}

interface Choice {
  readonly seed: number;
  readonly subject: (typeof SUBJECTS)[number];
  readonly order: string;
  readonly filter: string;
  /** Parts of the recording: where the view begins, and how long it is. */
  readonly at: number;
  readonly length: number;
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function choiceOf(seed: number): Choice {
  const next = numbers(seed);
  const pick = <Value>(all: readonly Value[]): Value => {
    const found = all[Math.floor(next() * all.length)];
    if (found === undefined) throw new Error("there is nothing to choose");
    return found;
  };
  return {
    ...{ seed, subject: pick(SUBJECTS), order: pick(ORDERS), filter: pick(FILTERS) },
    // From the whole recording down to a ten thousandth of it.
    ...{ at: 0.05 + next() * 0.3, length: 10 ** (-4 * next()) },
  };
}

describe.skipIf(CHROMIUM === undefined)("the table of a lane", () => {
  let all: Shown;
  let page: Page;
  let span: { readonly start: bigint; readonly end: bigint };

  beforeAll(async () => {
    all = await shown(new Scratch(), "6.17-x-uaf-crash");
    page = await all.open("r=1&t=@1188");
    await page.getByRole("row", { name: "0000:00:08.0/0", exact: true }).waitFor();
    const recording = all.timeline.recording(1);
    const timeOf = (when: string): bigint => BigInt(recording.moment({ when }).time_ns);
    span = { start: timeOf("start"), end: timeOf("end") };
  });

  const kinds: ("exact" | "merged")[] = [];
  const seeds = Array.from({ length: 10 }, (_, seed) => choiceOf(seed + 1));

  it.each(seeds)("is what the views say, and is drawn: seed $seed", async (choice) => {
    const [kind, name, sql] = choice.subject;
    const whole = span.end - span.start;
    const part = (share: number): bigint => BigInt(Math.floor(Number(whole) * share));
    const view = { start: span.start + part(choice.at), length: part(choice.length) + 1000n };
    const end = view.start + view.length;
    const hash = `r=1&t=@1188&v=${view.start}+${view.length}${choice.order}${choice.filter}`;
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    const row = page.locator(`[data-lane="${kind}:${name}"]`);
    await row.focus();
    await page.keyboard.press("t");
    const rows = await rowsOf<{ from_ns: number; to_ns: number | null }>(
      all.timeline.queryPages(sql, [name], { recording: 1 }),
    );
    const said = rows.map(({ from_ns, to_ns }) => ({
      from: BigInt(from_ns),
      to: to_ns === null ? null : BigInt(to_ns),
    }));
    const inView = said.filter(({ from, to }) => from < end && (to === null || to > view.start));
    await expect.poll(async () => missing(inView, await listed(page))).toEqual([]);
    const table = await listed(page);
    for (const each of table) expect(wrongOf(each, said)).toBeNull();
    kinds.push(...table.map(({ merged }) => (merged === null ? "exact" : "merged")));
    await page.keyboard.press("Escape");
    // What begins outside of the view is drawn up to its edge, and is no change in it.
    const begun = table.filter(({ from }) => from > view.start && from < end);
    const changes = begun.reduce((sum, { merged }) => sum + (merged ?? 1), 0);
    await expect.poll(() => row.getByRole("gridcell").nth(2).textContent()).toBe(String(changes));
  });

  it("was looked at with intervals of their own and with several in a column", () => {
    expect([...new Set(kinds)].sort()).toEqual(["exact", "merged"]);
  });
});

/** The rows of the table that is open. */
async function listed(page: Page): Promise<readonly Listed[]> {
  const told = await page.evaluate<readonly (readonly [string, string, string])[]>(
    `[...document.querySelectorAll("dialog .twin tbody tr")]
      .map((row) => [row.dataset.from, row.dataset.to, row.children[2].textContent])`,
  );
  return told.map(([from, to, state]) => {
    const merged = /^(\d+) changes here/.exec(state)?.[1];
    return {
      ...{ from: BigInt(from), to: to === "" ? null : BigInt(to) },
      merged: merged === undefined ? null : Number(merged),
    };
  });
}

/** Intervals that no row of the table stands for. */
function missing(said: readonly Interval[], table: readonly Listed[]): readonly Interval[] {
  return said.filter(
    (interval) =>
      !table.some(({ from, to, merged }) =>
        merged === null
          ? from === interval.from && to === interval.to
          : from <= interval.from && (to === null || interval.from < to),
      ),
  );
}

/** What a row claims that the view does not say; null = nothing. */
function wrongOf({ from, to, merged }: Listed, said: readonly Interval[]): string | null {
  if (merged === null) {
    const isThere = said.some((interval) => interval.from === from && interval.to === to);
    return isThere ? null : `no interval from ${from} to ${String(to)}`;
  }
  const begun = said.filter((each) => each.from >= from && (to === null || each.from < to));
  return begun.length === merged ? null : `${merged} from ${from}, and not ${begun.length}`;
}
