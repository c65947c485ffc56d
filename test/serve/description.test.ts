// The description of the API is where one looks for it, and says what README says.

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { Scratch } from "../support/scratch.js";
import { served, type Served } from "./running.js";

let server: Served;

beforeAll(async () => {
  server = await served(new Scratch(), "6.17-x-uaf-crash");
});

describe("the description", () => {
  interface OpenApi {
    readonly paths: Record<
      string,
      Record<string, { requestBody?: { content: Record<string, unknown> } }>
    >;
  }

  it("is what /api and /api/ answer", async () => {
    const description = await server.json("/api/schema.json");
    for (const path of ["/api", "/api/"]) expect(await server.json(path)).toEqual(description);
  });

  it("says what an import takes, and has each address that README names", async () => {
    const { paths } = (await server.json("/api/schema.json")) as OpenApi;
    const body = paths["/api/import"]?.["post"]?.requestBody;
    expect(Object.keys(body?.content ?? {})).toEqual(["application/octet-stream"]);
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const [section = ""] =
      /`GET \/api\/schema.json` describes[^]*?Tables are CSV/.exec(readme) ?? [];
    const named = new Set([...section.matchAll(/`([a-z-]+)[`/]/g)].map(([, name]) => name));
    for (const path of Object.keys(paths)) {
      const [, name] = /^\/api\/(?:r\/\{recording\}\/)?([a-z-]+)/.exec(path) ?? [];
      if (name !== undefined && path !== "/api/schema.json") expect(named).toContain(name);
    }
  });

  it("tells that the next change is one of a lane", async () => {
    const answer = await server.ask("/api/r/1/next?kind=change&from=1");
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining("subject is missing"),
    ]);
  });
});
