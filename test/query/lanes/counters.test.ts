// Counters count what the views list.

import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { openTimeline } from "../../../src/index.js";
import { Scratch } from "../../support/scratch.js";
import { coarseTrace, shippedText } from "../../support/shipped.js";

const scratch = new Scratch();

const RECORDINGS = {
  "6.17-x-uaf-crash": () => shippedText("6.17-x-uaf-crash"),
  "many events of one time": coarseTrace,
};

const USED_SQL = `SELECT sum(mode = 'posted') AS posted, count(*) AS used FROM v_irte
  WHERE mode IN ('posted', 'remapped') AND from_ns < :edge AND (to_ns IS NULL OR to_ns >= :edge)`;

const CAUSES_SQL = `SELECT count(*) FROM v_event WHERE kind = 'irte_written'
  AND coalesce(cause, 'cause not known') = :cause AND time_ns >= :from AND time_ns < :edge`;

describe.each(Object.entries(RECORDINGS))("%s", (_name, text) => {
  it("has the share of posted entries and the writes of each cause, column by column", async () => {
    const path = scratch.path(".db");
    const timeline = await openTimeline(path, { create: true });
    await timeline.import(Buffer.from(text(), "latin1"));
    const { from, bucket, columns, series } = await timeline.recording().counters({ columns: 40 });
    timeline.close();
    const views = new Database(path, { readonly: true });
    const used = views.prepare<[object], { posted: number | null; used: number }>(USED_SQL);
    const writes = views.prepare<[object], number>(CAUSES_SQL).pluck();
    const share = series.find(({ id }) => id === "counter:posted_share")?.parts[0]?.values ?? [];
    const causes = series.find(({ id }) => id === "counter:writes")?.parts ?? [];
    const shares = new Set<number>();
    for (let column = 0; column < columns; column++) {
      const begin = BigInt(from) + BigInt(column * bucket);
      const edge = begin + BigInt(bucket);
      const row = used.get({ edge });
      const wanted = row?.used === 0 ? null : (100 * (row?.posted ?? 0)) / (row?.used ?? 1);
      expect([column, share[column]]).toEqual([column, wanted]);
      shares.add(wanted ?? -1);
      for (const { name, values } of causes) {
        const count = writes.get({ cause: name, from: begin, edge }) ?? 0;
        expect(values[column]).toBeCloseTo((count * 1e9) / bucket, 6);
      }
    }
    views.close();
    expect(shares.size).toBeGreaterThan(2);
    expect(causes.length).toBeGreaterThan(2);
  });
});
