// The page in a real browser: what a reader sees equals what the library says.

import { readFileSync } from "node:fs";
import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { type RecordingView } from "../../../src/index.js";
import { rowsOf } from "../../../src/query/rows/query.js";
import { Scratch } from "../../support/scratch.js";
import { AXE, CHROMIUM, settledHash, shown, timeOf, type Shown } from "./browser.js";

const TRACE = "6.17-x-uaf-crash";
const HEALTHY = "6.18-s1-one";
const FIRST = { seq: 1188, irte: "0000:00:08.0/0" };

describe.skipIf(CHROMIUM === undefined)("the page in Chromium", () => {
  let all: Shown;
  let page: Page;

  beforeAll(async () => {
    all = await shown(new Scratch(), TRACE, HEALTHY);
    page = await all.open("r=1");
    await page.getByRole("heading", { name: FIRST.irte }).waitFor();
  });

  it("opens on the first safety finding: T at it, its entry selected, its span between A and B", async () => {
    const [finding] = recording(all).check().findings;
    expect(finding).toMatchObject({ id: "F1", severity: "safety", ...FIRST });
    await expect.poll(() => timeOf(page)).toContain(`@${FIRST.seq}`);
    await expect
      .poll(() => page.getByRole("status", { name: "Verdict" }).textContent())
      .toContain("4 findings");
    expect(await settledHash(page)).toMatch(
      /&t=@1188&v=\d+\+\d+&a=@1186&b=@1825&s=irte:0000:00:08.0\/0&f=F1/,
    );
  });

  it("tells in the inspector what at --json says", async () => {
    await expect.poll(() => stateOf(page)).toEqual(expectedState(all, `@${FIRST.seq}`, FIRST.irte));
    const digits = "[...document.querySelectorAll('[data-bit]')].map(({ dataset }) => dataset.bit)";
    const bits = await page.evaluate<string[]>(digits);
    expect(bits.join("")).toMatch(/^[01]{110,128}$/);
    await page
      .getByRole("button", { name: /^ga_tag 0x202, bits 63 to 32, set by @1108$/ })
      .waitFor();
    const steps = page.getByRole("list", { name: "Cause chain" }).getByRole("listitem");
    await steps.first().waitFor();
    await expect.poll(() => steps.count()).toBe(5);
  });

  it("says who made a change in a tooltip, and judges a finding by other rules", async () => {
    const canvas = await page.locator(".lane-canvas").boundingBox();
    const lane = await page.locator(`[data-lane="irte:${FIRST.irte}"]`).boundingBox();
    if (canvas === null || lane === null) throw new Error("there is no lane");
    for (const x of [399, 400]) await page.mouse.move(canvas.x + x, lane.y + 12);
    await page.getByRole("tooltip").getByText("routing change, piwl-210, @1108").waitFor();
    await page.mouse.move(5, 5);
    await page.getByRole("combobox", { name: "Judge by rules" }).selectOption("6.18");
    await page.getByText(`By rules 6.18: ${FIRST.irte} was not written`).waitFor();
    await page.getByRole("combobox", { name: "Judge by rules" }).selectOption("");
  });

  it("tells by key what a lane says at T, and how far T is from A", async () => {
    const other = await all.open(`r=1&t=@1188&a=@1108&s=irte:${FIRST.irte}`);
    const row = other.locator(`[data-lane="irte:${FIRST.irte}"]`);
    await other.getByRole("status", { name: "Verdict" }).getByText("4 findings").waitFor();
    await row.focus();
    await expect
      .poll(async () => {
        await other.keyboard.press("v");
        return other.getByRole("status", { name: "Message" }).textContent();
      })
      .toContain(`${FIRST.irte}: posted`);
    await other.getByRole("tooltip").getByText("routing change, piwl-210, @1108").waitFor();
    await other.keyboard.press("Escape");
    await expect.poll(() => other.getByRole("tooltip").count()).toBe(0);
    const [from, to] = ["@1108", "@1188"].map((when) =>
      BigInt(recording(all).at({ when }).time_ns),
    );
    const distance = String((to ?? 0n) - (from ?? 0n)).replace(/\B(?=(\d{3})+$)/g, "\u2009");
    await expect
      .poll(() => other.locator(".t-chip").textContent())
      .toContain(`${distance} ticks after A`);
    // Counted from A, the ruler has A at 0.
    await other.getByRole("combobox", { name: "Times" }).selectOption("a");
    await expect.poll(() => other.locator(".ruler-tick").allTextContents()).toContain("0");
    await other.context().close();
  });

  it("follows a drag along the ruler, and still tells what at --json says", async () => {
    const box = await page.getByRole("slider", { name: "Time" }).boundingBox();
    if (box === null) throw new Error("there is no ruler");
    await page.mouse.move(box.x + 300, box.y + 12);
    await page.mouse.down();
    await page.mouse.move(box.x + 720, box.y + 12, { steps: 6 });
    await page.mouse.up();
    const time = /&t=(\d+)&/.exec(await page.evaluate<string>("location.hash"));
    await expect.poll(() => page.evaluate("location.hash")).not.toContain("t=@1188");
    const state = recording(all).at({ when: `${await textOf(page, "T")}ns` });
    await page.getByText(`as of @${state.seq}`).waitFor();
    await expect.poll(() => stateOf(page)).toEqual(expectedState(all, `@${state.seq}`, FIRST.irte));
    expect(time === null || BigInt(time[1] ?? 0) > 41_000_000_000n).toBe(true);
  });

  it("goes to the next finding and back, by button and by key", async () => {
    await page
      .getByRole("row", { name: /^✕ F1|F1 safety/ })
      .first()
      .click();
    await page.getByRole("button", { name: "Next finding" }).click();
    await page.getByRole("button", { name: "Next finding" }).click();
    await page.getByRole("heading", { name: "0000:00:08.0/1" }).waitFor();
    await expect.poll(() => page.evaluate("location.hash")).toContain("f=F3");
    await page.locator("body").press("[");
    await page.getByRole("heading", { name: FIRST.irte }).waitFor();
    await expect.poll(() => page.evaluate("location.hash")).toContain("f=F2");
  });

  it("shows the same view where its link is opened in another profile", async () => {
    const hash = await settledHash(page);
    const other = await all.open(hash);
    await other.getByRole("heading", { name: FIRST.irte }).waitFor();
    await other.getByText(`as of @${FIRST.seq}`).waitFor();
    await expect.poll(() => other.evaluate("location.hash")).toBe(`#${hash}`);
    for (const name of ["A", "B", "T"])
      await expect.poll(() => textOf(other, name)).toBe(await textOf(page, name));
    await expect.poll(() => stateOf(other)).toEqual(await stateOf(page));
    const overview = other.getByRole("slider", { name: "Overview" });
    await expect
      .poll(() => overview.getAttribute("aria-valuetext"))
      .toBe(await page.getByRole("slider", { name: "Overview" }).getAttribute("aria-valuetext"));
    await other.context().close();
  });

  it("shows the state in the middle where the findings are long in coming", async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const late = await all.open("r=1", {
      before: (before) =>
        before.route(/\/findings\?/, async (route) => {
          await released;
          await route.continue();
        }),
    });
    const { first_seq, last_seq } = recording(all);
    const middle = Math.floor((first_seq + Number(last_seq)) / 2);
    await late.waitForURL(new RegExp(`t=@${middle}`));
    // What is not known yet is not told as if there were nothing.
    await late.locator('[data-lane="findings"]').getByText("judging …").waitFor();
    release();
    await late.getByRole("status", { name: "Verdict" }).getByText("4 findings").waitFor();
    await expect.poll(() => late.evaluate("location.hash")).not.toContain("f=F1");
    await late.context().close();
  });

  it.each([
    ["irte", "0000:00:08.0/0", "SELECT from_ns, to_ns FROM v_irte WHERE irte = ?"],
    ["fate", "0000:00:08.0/0", "SELECT from_ns, to_ns FROM v_fate WHERE irte = ?"],
    [
      "vcpu",
      "vm1/vcpu2",
      "SELECT from_ns, to_ns FROM v_vcpu WHERE printf('vm%d/vcpu%d', vm_id, vcpu_id) = ?",
    ],
  ])("has a table of the lane %s:%s that is the view's", async (kind, name, sql) => {
    // At 2 M ticks in view each interval of this part of the recording has columns of its own.
    const view = { start: 40_733_800_000n, length: 2_000_000n };
    const hash = (await page.evaluate<string>("location.hash")).replace(
      /&v=\d+\+\d+/,
      `&v=${view.start}+${view.length}`,
    );
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    await page.evaluate(
      `document.querySelector('[data-lane="${kind}:${name}"] .tool:last-child').click()`,
    );
    const table = page.getByRole("table", { name: / intervals$/ });
    await table.locator("tbody tr").first().waitFor();
    await page.waitForTimeout(100);
    const told = await page.evaluate<string[][]>(
      "[...document.querySelectorAll('dialog tbody tr')].map(({ dataset }) => [dataset.from, dataset.to])",
    );
    const rows = await rowsOf<{ from_ns: bigint; to_ns: bigint | null }>(
      all.timeline.queryPages(sql, [name], { recording: 1 }),
    );
    const wanted = rows
      .map(({ from_ns, to_ns }) => [from_ns, to_ns] as const)
      .filter(([from, to]) => from < view.start + view.length && (to === null || to > view.start))
      .map(([from, to]) => [String(from), to === null ? "" : String(to)])
      .sort();
    expect(wanted.length).toBeGreaterThan(0);
    expect(told.sort()).toEqual(wanted);
    await page.keyboard.press("Escape");
  });

  it("runs SQL, and says what is wrong with it", async () => {
    await page.getByRole("tab", { name: "SQL" }).click();
    const editor = page.getByRole("textbox", { name: "SQL" });
    await editor.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText("SELECT count(*) AS n FROM v_event");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    const result = page.getByRole("table", { name: "Result" });
    await result.getByRole("cell", { name: "3397" }).waitFor();
    await editor.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText("SELECT nothing FROM v_event");
    await page.keyboard.press("Control+Enter");
    await expect.poll(() => page.getByRole("alert").textContent()).toContain("nothing");
  });

  it("compares two recordings that are aligned at an event of each", async () => {
    const other = await all.open("r=1&t=@1188&tab=compare&cmp=2,posting");
    const table = other.getByRole("table", { name: "Differences" });
    const heads = table.getByRole("columnheader");
    await heads.filter({ hasText: "@1188" }).waitFor();
    const [left, right] = [recording(all), all.timeline.recording(2)];
    const sql = "SELECT min(from_ns) AS first FROM v_irte WHERE mode = 'posted'";
    const posted = async (id: number): Promise<bigint> => {
      const pages = all.timeline.queryPages(sql, [], { recording: id });
      return BigInt((await rowsOf<{ first: number }>(pages))[0]?.first ?? 0);
    };
    const distance = BigInt(left.at({ when: "@1188" }).time_ns) - (await posted(1));
    const wanted = right.at({ when: `${(await posted(2)) + distance}ns` });
    await heads.filter({ hasText: `@${wanted.seq}` }).waitFor();
    await expect
      .poll(() => heads.last().textContent())
      .toBe(`${HEALTHY} ${wanted.time_ns} ticks @${wanted.seq}`);
    await other.getByRole("combobox", { name: "Aligned at" }).selectOption("starts");
    await expect.poll(() => other.evaluate("location.hash")).toContain("cmp=2,starts");
    await other.context().close();
  });

  it("shows the lanes of both recordings, each on its own clock, and the link keeps them", async () => {
    const [left, right] = [recording(all), all.timeline.recording(2)];
    const t = BigInt(left.at({ when: "@1188" }).time_ns);
    // A view in which no two changes share a column.
    const hash = `r=1&t=@1188&v=${t - 500n}+1000&s=irte:${FIRST.irte}&tab=compare&cmp=2,starts`;
    const other = await all.open(hash);
    const shift =
      BigInt(right.moment({ when: "start" }).time_ns) -
      BigInt(left.moment({ when: "start" }).time_ns);
    const states = [left.at({ when: "@1188" }), right.at({ when: `${t + shift}ns` })];
    for (const [place, file] of [TRACE, HEALTHY].entries()) {
      const entry = states[place]?.irtes.find(({ irte }) => irte === FIRST.irte);
      const picture = other.getByRole("region", { name: `Lanes of ${file}` });
      const lane = picture
        .getByRole("listitem")
        .filter({ hasText: `IRTE: ${entry?.mode ?? "none"}` });
      await lane.waitFor();
    }
    const name = all.timeline.recording(2).at().irtes.at(-1)?.irte ?? "";
    await other.getByRole("combobox", { name: "Subject there" }).selectOption(`irte:${name}`);
    await expect.poll(() => other.evaluate("location.hash")).toContain(`cmp=2,starts,irte:${name}`);
    const again = await all.open(await other.evaluate<string>("location.hash.slice(1)"));
    const choice = again.getByRole("combobox", { name: "Subject there" });
    await expect.poll(() => choice.inputValue()).toBe(`irte:${name}`);
    for (const each of [other, again]) await each.context().close();
  });

  const timeAt = (seq: number): bigint =>
    BigInt(all.timeline.recording(1).moment({ when: { seq } }).time_ns);

  it("saves what is on the screen as pictures for a mail: names, times, marks, verdict and legend", async () => {
    const marks = { a: timeAt(1100), b: timeAt(1565) };
    const folded = "fold=cpus,vm:vm2,vm:vm3,vm:vm4";
    const hash = `r=1&t=@1188&a=@1100&b=@1565&s=irte:${FIRST.irte}&${folded}`;
    const other = await all.open(hash, { height: 1300 });
    await other.getByRole("heading", { name: FIRST.irte }).waitFor();
    await other.locator(".status").getByText("@1188 · line 2636").waitFor();
    await other.getByRole("button", { name: "Keys" }).click();
    const svg = await savedBy(other, "Lanes as SVG");
    expect(svg.name).toBe(`${TRACE}.svg`);
    const texts = await other.evaluate<string[] | null>(`(() => {
      const read = new DOMParser().parseFromString(${JSON.stringify(svg.bytes.toString())}, "image/svg+xml");
      const texts = [...read.querySelectorAll("text")].map((text) => text.textContent);
      return read.querySelector("parsererror") === null ? texts : null;
    })()`);
    expect(texts?.[0]).toContain(`${TRACE}.txt.gz  ·  kernel 6.17`);
    for (const name of ["Findings", "vm1/vcpu2", FIRST.irte, `${FIRST.irte} fate`])
      expect(texts).toContain(name);
    // The causes of writes are the legend of their counter.
    for (const cause of ["activate", "vcpu load"]) expect(texts).toContain(cause);
    expect(texts?.some((text) => /^T [\d\u2009]+$/.test(text))).toBe(true);
    const plain = (texts ?? []).map((text) => text.replace(/[\s\u2009]+/g, ""));
    expect(texts?.[1]).toMatch(/^✕ 4 findings, 1 known bug: B6/);
    for (const text of [`A${marks.a}`, `B${marks.b}`]) expect(plain).toContain(text);
    const marksText = `A${marks.a}ticks·B${marks.b}ticks·AtoB${marks.b - marks.a}ticks`;
    expect(plain).toContain(marksText);
    expect(plain.some((text) => text.endsWith("ticks(@1188,line2636)"))).toBe(true);
    // The minimap has the flags of findings, the foot the legend of the screen.
    for (const text of ["Whole recording", "blocking / logged", "wrong", "unknown", "predicted"])
      expect(texts).toContain(text);
    const png = await savedBy(other, "Lanes as PNG");
    expect(png.bytes.subarray(1, 4).toString()).toBe("PNG");
    const width = await other.evaluate<number>("document.querySelector('.lane-canvas').width");
    expect(png.bytes.readUInt32BE(16)).toBe(width + 216);
    await other.context().close();
  });

  it("has warm pixels where something is wrong, and not one in a healthy recording", async () => {
    const warm = `(() => {
      const canvas = document.querySelector(".lane-canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let found = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i] > data[i + 2] + 50) found++;
      return found;
    })()`;
    const other = await all.open("r=1");
    await other.getByRole("heading", { name: FIRST.irte }).waitFor();
    await expect.poll(() => other.evaluate<number>(warm)).toBeGreaterThan(1000);
    await other.getByRole("combobox", { name: "Recording" }).selectOption(HEALTHY);
    await other.getByText("No findings. 142 writes explained").first().waitFor();
    await other.getByRole("row", { name: "0000:00:08.0/0", exact: true }).waitFor();
    await other.waitForTimeout(300);
    await expect.poll(() => other.evaluate<number>(warm)).toBe(0);
    await other.context().close();
  });

  it("said no error in its console, and asked nobody else", () => {
    expect(all.faults.filter((text) => !text.includes("status of 400"))).toEqual([]);
  });

  it.each([false, true])("has no violation that axe finds (dark: %s)", async (dark) => {
    const other = dark ? await all.open("r=1", { dark }) : page;
    await other.getByRole("heading", { level: 2 }).first().waitFor();
    const script = readFileSync(AXE, "utf8");
    // The dark theme differs in its colours alone.
    const tabs = dark ? ["Findings", "SQL"] : ["Events", "Findings", "Audit", "Compare", "SQL"];
    for (const tab of tabs) {
      await other.getByRole("tab", { name: tab }).click();
      // A tooltip is a part of the page too.
      await other.locator(`[data-lane="irte:${FIRST.irte}"]`).focus();
      await other.keyboard.press("v");
      await other.getByRole("tooltip").waitFor();
      // The page's own rules let no script in: the audit comes over the debugger.
      await other.evaluate(script);
      const found = await other.evaluate("axe.run().then(({ violations }) => violations)");
      const told = (
        found as { id: string; nodes: { target: unknown; failureSummary: string }[] }[]
      ).map(
        ({ id, nodes }) =>
          `${tab}: ${id}: ${nodes
            .map(({ target }) => String(target))
            .slice(0, 3)
            .join("; ")} ${nodes[0]?.failureSummary ?? ""}`,
      );
      expect(told).toEqual([]);
    }
  });
});

function recording({ timeline }: Shown): RecordingView {
  return timeline.recording(1);
}

/** The digits of a time field. */
async function textOf(page: Page, name: string): Promise<string> {
  const text = await page.getByRole("textbox", { name, exact: true }).inputValue();
  return text.replace(/\s/g, "");
}

async function stateOf(page: Page): Promise<Record<string, string>> {
  const cells = await page.evaluate<[string, string][]>(
    `[...document.querySelectorAll('table[aria-label="State"] tbody tr')]
      .map((row) => [...row.children].map(({ textContent }) => textContent))`,
  );
  return Object.fromEntries(cells);
}

function expectedState(all: Shown, when: string, name: string): Record<string, string> {
  const entry = recording(all)
    .at({ when })
    .irtes.find(({ irte }) => irte === name);
  return Object.fromEntries(
    Object.entries(entry ?? {}).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

/** What a button saves. */
async function savedBy(
  page: Page,
  name: string,
): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name }).click();
  const saved = await saving;
  return { name: saved.suggestedFilename(), bytes: readFileSync(await saved.path()) };
}

describe.skipIf(CHROMIUM === undefined)("the page where no recording was checked", () => {
  it("shows the newest, checks them, and opens the newest with a safety finding", async () => {
    const all = await shown(new Scratch(), TRACE, HEALTHY);
    const page = await all.open();
    await page.getByRole("heading", { name: FIRST.irte }).waitFor();
    await expect.poll(() => page.evaluate("location.hash")).toMatch(/^#r=1&.*&f=F1/);
    await expect
      .poll(() => page.getByRole("status", { name: "Message" }).textContent())
      .toBe(`${TRACE} is the newest recording with a safety finding`);
    expect(all.faults).toEqual([]);
  });
});
