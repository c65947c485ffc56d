// Each table can be taken away as CSV, by a button of the same name beside it.

import { readFileSync } from "node:fs";
import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";

const IRTE = "0000:00:08.0/0";

describe.skipIf(CHROMIUM === undefined)("tables as CSV", () => {
  let all: Shown;
  let page: Page;

  beforeAll(async () => {
    all = await shown(new Scratch(), "6.17-x-uaf-crash");
    page = await all.open(`r=1&t=@1188&a=@1186&b=@1825&s=irte:${IRTE}&f=F1`);
    await page.getByRole("list", { name: "Cause chain" }).getByRole("listitem").first().waitFor();
  });

  /** The lines of what a table's button saves, without the ends of lines. */
  async function saved(table: string): Promise<readonly string[]> {
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: `CSV of ${table}`, exact: true }).click();
    const text = readFileSync(await (await saving).path(), "utf8");
    return text.replace(/\r\n$/, "").split("\r\n");
  }

  const toTab = async (name: string): Promise<void> => {
    await page.getByRole("tab", { name }).click();
    await page.getByRole("table", { name, exact: true }).waitFor();
  };

  it("has all events, not only those in sight", async () => {
    await toTab("Events");
    const [head, ...rows] = await saved("Events");
    // The columns are those of the API.
    const { server } = all;
    const headers = { Authorization: `Bearer ${server.session.bearer}` };
    const asked = await fetch(`${server.url}/api/r/1/events?format=csv&limit=1`, { headers });
    expect(head).toBe((await asked.text()).split("\r\n")[0]);
    expect(rows).toHaveLength(3397);
  });

  it("has the events of the filter", async () => {
    await page.getByRole("searchbox", { name: "Filter", exact: true }).fill("kind=irte_written");
    const { total } = await all.timeline.recording(1).logPage({ kind: "irte_written", limit: 1 });
    await expect.poll(() => page.evaluate("location.hash")).toContain("q=kind");
    const [, ...rows] = await saved("Events");
    expect(rows).toHaveLength(total);
    expect(rows.every((row) => row.includes(",irte_written,"))).toBe(true);
  });

  it("has the findings that the filter leaves", async () => {
    await toTab("Findings");
    expect(await saved("Findings")).toHaveLength(5);
    await page.getByRole("searchbox", { name: "Filter", exact: true }).fill("F3");
    const [head, ...rows] = await saved("Findings");
    expect(head).toMatch(/^id,severity,kind,/);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatch(/^F3,/);
    await page.getByRole("searchbox", { name: "Filter", exact: true }).fill("");
  });

  it("has the rows of the audit", async () => {
    await toTab("Audit");
    const { rows } = all.timeline.recording(1).audit({ by: "cause" });
    await expect
      .poll(() => page.getByRole("table", { name: "Audit" }).locator("tbody tr").count())
      .toBe(rows.length);
    const [, ...lines] = await saved("Audit");
    expect(lines.map((line) => line.split(",")[0])).toEqual(rows.map(({ key }) => key));
  });

  it("has the differences of A and B, in the tab and in the dialog", async () => {
    await page.getByRole("tab", { name: "Compare" }).click();
    await page.getByRole("table", { name: "Differences" }).waitFor();
    const inTab = await saved("Differences");
    expect(inTab[0]).toMatch(/^subject,field,A .*@1186,B .*@1825$/);
    expect(inTab.some((line) => line.startsWith(`${IRTE},`))).toBe(true);
    await page.getByRole("tab", { name: "Findings" }).click();
    await page.getByRole("button", { name: "Diff A to B" }).click();
    await page.getByRole("dialog").getByRole("table", { name: "Differences" }).waitFor();
    expect(await saved("Differences")).toEqual(inTab);
    await page.keyboard.press("Escape");
  });

  it("has the events that prove a finding, with their lines of the trace", async () => {
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    const { explanation } = await all.timeline.recording(1).explainQuoted("F1");
    const [head, ...rows] = await saved("Cause chain");
    expect(head).toMatch(/^seq,.*,line,payload,raw$/);
    expect(rows.map((row) => Number(row.split(",")[0]))).toEqual(
      explanation.events.map(({ seq }) => seq),
    );
    await page.keyboard.press("Escape");
  });

  it("has the fields of what is selected, with who set them", async () => {
    const [head, ...rows] = await saved("Fields");
    expect(head).toBe("field,value,set_by_seq,set_by_ns,cause,was");
    expect(rows.find((row) => row.startsWith("ga_tag,"))).toContain(",1108,");
    await page.getByRole("searchbox", { name: "Go to" }).fill("vm1/vcpu2");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "vm1/vcpu2" }).waitFor();
    expect((await saved("Fields"))[0]).toBe("field,value");
  });

  it("has the intervals of a lane", async () => {
    await page.getByRole("row", { name: IRTE, exact: true }).focus();
    await page.keyboard.press("t");
    await page.getByRole("table", { name: `${IRTE} intervals` }).waitFor();
    expect((await saved(`${IRTE} intervals`))[0]).toBe("from_ns,to_ns,seq,state,source,cause");
  });

  it("said no error", () => {
    expect(all.faults).toEqual([]);
  });
});
