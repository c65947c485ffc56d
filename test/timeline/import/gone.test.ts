// A timeline that is deleted or replaced while an import writes to it: the import says so, and does not end as if all were stored.

import { copyFileSync, renameSync, rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openTimeline } from "../../../src/index.js";
import { Scratch } from "../../support/scratch.js";
import { shippedText } from "../../support/shipped.js";

const scratch = new Scratch();
const TEXT = Buffer.from(shippedText("6.17-s1-one"), "latin1");
const HALF = TEXT.indexOf("\n", TEXT.length / 2) + 1;

/** A trace in the middle of which something is done. */
async function* interrupted(act: () => void): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(TEXT.subarray(0, HALF));
  act();
  yield TEXT.subarray(HALF);
}

const WAYS: Readonly<Record<string, readonly [act: (db: string) => void, says: string]>> = {
  deleted: [
    (db) => {
      rmSync(db);
    },
    "was deleted while it was written",
  ],
  replaced: [
    (db) => {
      copyFileSync(db, `${db}.other`);
      renameSync(`${db}.other`, db);
    },
    "was replaced by another file while it was written",
  ],
};

describe.each(Object.entries(WAYS))("a timeline that is %s", (_way, [act, says]) => {
  test("refuses the import that runs, and the next one", async () => {
    const db = scratch.path(".db");
    using timeline = await openTimeline(db, { create: true });
    const running = timeline.import(
      interrupted(() => {
        act(db);
      }),
    );
    const refused = { code: "ERR_NO_TIMELINE", message: expect.stringContaining(says) as string };
    await expect(running).rejects.toMatchObject(refused);
    await expect(timeline.import(TEXT)).rejects.toMatchObject(refused);
  });
});

test("a timeline that is renamed is as good as deleted, until it has its name again", async () => {
  const db = scratch.path(".db");
  using timeline = await openTimeline(db, { create: true });
  renameSync(db, `${db}.away`);
  await expect(timeline.import(TEXT)).rejects.toMatchObject({ code: "ERR_NO_TIMELINE" });
  renameSync(`${db}.away`, db);
  expect((await timeline.import(TEXT)).lines.total).toBeGreaterThan(2000);
});
