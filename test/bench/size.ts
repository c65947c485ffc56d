// What an event costs on disk.

import { statSync } from "node:fs";
import Database from "better-sqlite3";
import { LINES, type Inputs } from "./inputs.js";
import { goal, type Section } from "./report.js";

/** Smaller tables and indexes are added up. */
const SHARE_MIN = 0.005;

export function benchSize(inputs: Inputs): Section {
  const path = `${inputs.folder}/${inputs.timeline(LINES)}`;
  const sqlite = new Database(path, { readonly: true });
  const events = sqlite.prepare<[], number>("SELECT count(*) FROM event").pluck().get() ?? 0;
  const tables = sqlite
    .prepare<[], { name: string; bytes: number }>(
      "SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name ORDER BY bytes DESC",
    )
    .all();
  sqlite.close();
  const { size } = statSync(path);
  const row = (name: string, bytes: number): string[] => [
    name,
    String(bytes),
    (bytes / events).toFixed(2),
    `${((100 * bytes) / size).toFixed(1)} %`,
  ];
  const large = tables.filter(({ bytes }) => bytes >= SHARE_MIN * size);
  const rest = size - large.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    title: "Bytes per event",
    note: `The timeline of ${LINES} lines, ${events} events, by table and index (whole pages).`,
    header: ["", "bytes", "per event", "share"],
    rows: [
      row("whole file", size),
      ...large.map(({ name, bytes }) => row(`\`${name}\``, bytes)),
      row("everything else", rest),
    ],
    goals: [
      goal(
        "bytes per stored event, all tables and indexes",
        { atMost: 80, unit: " bytes" },
        size / events,
      ),
    ],
  };
}
