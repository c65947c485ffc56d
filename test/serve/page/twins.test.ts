// Whatever is in view, in whatever order and behind whatever filter: what a lane's table lists is what the views say, and
// what is drawn has as many changes.

import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { type Lane } from "../../../src/index.js";
import {
  LISTED,
  listedOf,
  missing,
  saidOf,
  wrongOf,
  type Listed,
} from "../../support/lane-tables.js";
import { traceWithLosses } from "../../support/losses.js";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";

/** Lanes of every kind: some of the first recording, and of the second, in which events were lost. */
const SUBJECTS: readonly (readonly [recording: number, lane: string])[] = [
  ...[1, 2].flatMap((recording) =>
    [
      ...["irte:0000:00:08.0/0", "fate:0000:00:08.0/1", "vcpu:vm1/vcpu1", "cpu:1", "avic:vm1"],
      ...["ticks:0000:00:08.0/2", "markers", "findings"],
    ].map((lane) => [recording, lane] as const),
  ),
  ...["irte:0000:00:08.0/2", "vcpu:vm3/vcpu0", "routes:vm1", "irqfd:0000:00:08.0/0"].map(
    (lane) => [1, lane] as const,
  ),
];
const ORDERS = ["", "&o=name", "&o=change"];

interface View {
  readonly start: bigint;
  readonly length: bigint;
}

interface Choice {
  readonly recording: number;
  readonly lane: string;
  readonly order: string;
  /** Only lanes that are named like this one are shown. */
  readonly isFiltered: boolean;
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

function choiceOf([recording, lane]: (typeof SUBJECTS)[number], place: number): Choice {
  const next = numbers(place + 1);
  return {
    ...{ recording, lane, order: ORDERS[place % 3] ?? "", isFiltered: next() < 0.5 },
    // From the whole recording down to a ten thousandth of it.
    ...{ at: 0.05 + next() * 0.3, length: 10 ** (-4 * next()) },
  };
}

describe.skipIf(CHROMIUM === undefined)("the table of a lane", () => {
  let all: Shown;
  let page: Page;
  const kinds: ("exact" | "merged")[] = [];

  beforeAll(async () => {
    const scratch = new Scratch();
    const lossy = scratch.file(".txt", traceWithLosses());
    all = await shown(scratch, "6.17-x-uaf-crash", lossy);
    for (const id of [1, 2]) await all.timeline.recording(id).report();
    page = await all.open("r=1&t=@1188&s=irte:0000:00:08.0/0");
    await page.getByRole("row", { name: "0000:00:08.0/0", exact: true }).waitFor();
  });

  it.each(SUBJECTS.map(choiceOf))(
    "$lane of $recording is what SQL says, and is drawn",
    async (choice) => {
      const { recording, order, isFiltered } = choice;
      const lane = await laneOf(all, choice);
      const view = viewOf(all, choice);
      const end = view.start + view.length;
      const filter = isFiltered ? `&l=${encodeURIComponent(lane.name.split(" ")[0] ?? "")}` : "";
      const first = all.timeline.recording(recording).first_seq;
      const shownView = `v=${view.start}+${view.length}${order}${filter}`;
      const subject = "&s=irte:0000:00:08.0/0";
      await page.evaluate(
        `location.hash = ${JSON.stringify(`r=${recording}&t=@${first + 1187}${subject}&${shownView}`)}`,
      );
      const row = page.locator(`[data-lane="${lane.id}"]`);
      await openTable(page, lane);
      const said = await saidOf(all.timeline, recording, lane);
      const inView = said.filter(({ from, to }) => from < end && (to === null || to > view.start));
      await expect.poll(async () => missing(inView, await listed(page))).toEqual([]);
      const table = await listed(page);
      for (const each of table) expect(wrongOf(each, said)).toBeNull();
      kinds.push(...table.map(({ merged }) => (merged === null ? "exact" : "merged")));
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      // Ticks are drawn on the lane of their entry, and findings by their list.
      if (lane.kind === "interrupts" || lane.kind === "findings") return;
      // What begins outside of the view is drawn up to its edge, and is no change in it.
      const begun = table.filter(({ from }) => from > view.start && from < end);
      const changes = begun.reduce((sum, { merged }) => sum + (merged ?? 1), 0);
      await expect.poll(() => row.getByRole("gridcell").nth(2).textContent()).toBe(String(changes));
    },
  );

  it("was looked at with intervals of their own and with several in a column", () => {
    expect([...new Set(kinds)].sort()).toEqual(["exact", "merged"]);
  });
});

async function laneOf({ timeline }: Shown, { recording, lane: id }: Choice): Promise<Lane> {
  const { groups } = await timeline.recording(recording).lanes();
  const lane = groups.flatMap(({ lanes }) => lanes).find((each) => each.id === id);
  if (lane === undefined) throw new Error(`there is no lane ${id}`);
  return lane;
}

function viewOf({ timeline }: Shown, { recording: id, at, length }: Choice): View {
  const recording = timeline.recording(id);
  const timeOf = (when: string): bigint => BigInt(recording.moment({ when }).time_ns);
  const [start, end] = [timeOf("start"), timeOf("end")];
  const part = (share: number): bigint => BigInt(Math.floor(Number(end - start) * share));
  return { start: start + part(at), length: part(length) + 1000n };
}

/** Opens the table: by the lane's row, or by the choice of another one's table where it has no row. */
async function openTable(page: Page, { id, kind }: Lane): Promise<void> {
  const isOverlay = kind === "interrupts";
  await page.locator(`[data-lane="${isOverlay ? "markers" : id}"]`).focus();
  await page.keyboard.press("t");
  // A key that is pressed before the table is there does not close it.
  await page.getByRole("dialog").waitFor();
  if (isOverlay) await page.getByRole("combobox", { name: "Lane", exact: true }).selectOption(id);
}

/** The rows of the table that is open. */
async function listed(page: Page): Promise<readonly Listed[]> {
  return listedOf(await page.evaluate<readonly (readonly [string, string, string])[]>(LISTED));
}
