// A browser that comes without a token is told what to do.

import { beforeAll, describe, expect, it } from "vitest";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";

describe.skipIf(CHROMIUM === undefined)("a browser without a token", () => {
  let all: Shown;

  beforeAll(async () => {
    all = await shown(new Scratch());
  });

  it.each(["/", "/#r=1&f=F1", "/api/timeline", `/?token=${"0".repeat(32)}`])(
    "reads what to do at %s",
    async (path) => {
      const page = await all.open();
      const browser = page.context().browser();
      if (browser === null) throw new Error("there is no browser");
      const stranger = await (await browser.newContext()).newPage();
      const answer = await stranger.goto(`${all.server.url}${path}`);
      expect(answer?.status()).toBe(401);
      const { "content-type": type, "content-security-policy": policy } = answer?.headers() ?? {};
      expect(type).toContain("text/html");
      expect(policy).toContain("default-src 'none'");
      await stranger.getByRole("heading", { name: "A link is needed" }).waitFor();
      await stranger.getByText("irqtwin serve --link").first().waitFor();
      expect(await stranger.locator("script").count()).toBe(0);
      await stranger.context().close();
      await page.context().close();
    },
  );

  it("opens the page by the link that it prints then", async () => {
    const page = await all.open();
    await page.getByRole("button", { name: "Import" }).first().waitFor();
    await page.context().close();
  });

  it("is told in JSON where it asks for that, or for anything", async () => {
    for (const accept of ["application/json", "*/*", "text/html, application/json"]) {
      const answer = await fetch(`${all.server.url}/`, { headers: { Accept: accept } });
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ error: { code: "ERR_TOKEN" } });
    }
  });
});
