// A long document is sent in parts that are together what JSON.stringify writes.

import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { longJson } from "../../src/serve/api/long-json.js";

async function written(document: object): Promise<readonly string[]> {
  const answer = longJson(document);
  if (!("content" in answer) || !(answer.content instanceof ReadableStream))
    throw new Error("it is no stream");
  const parts: string[] = [];
  const decoder = new TextDecoder();
  for await (const part of answer.content) parts.push(decoder.decode(part, { stream: true }));
  return parts;
}

describe("a long JSON document", () => {
  test.prop([fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()))])(
    "is what JSON.stringify writes",
    async (document) => {
      expect((await written(document)).join("")).toBe(JSON.stringify(document));
    },
  );

  it("leaves out what is undefined, and comes in parts", async () => {
    const list = Array.from({ length: 40_000 }, (_, at) => ({ at, name: "ä" }));
    const document = { none: undefined, list, empty: [], nothing: {} };
    const parts = await written(document);
    expect(parts.length).toBeGreaterThan(4);
    expect(parts.join("")).toBe(JSON.stringify(document));
  });
});
