// The table `tag_layout`, by which the views name the vCPU of a posted entry. The migrations make the rows of
// the profiles of their time; a recording of a newer profile brings its row.

import type Database from "better-sqlite3";
import { type Platform, type TagLayout } from "../../domain/platform/platform.js";
import { prepared } from "./sql.js";

/** A row of the table. */
export type LayoutRow = readonly [rules: string, bits: number, is_idx: number];

/** The layout of a profile as a row. */
export function layoutRow(profile: string, { bits, field }: TagLayout): LayoutRow {
  return [profile, bits, field === "vcpu_idx" ? 1 : 0];
}

/** Stores the layout of a profile, unless it is there. The caller holds the transaction. */
export function storeLayout(sqlite: Database.Database, platform: Platform, profile: string): void {
  const layout = platform.profiles.includes(profile) ? platform.tagLayoutOf(profile) : null;
  if (layout === null) return;
  const sql = "INSERT OR IGNORE INTO main.tag_layout (rules, bits, is_idx) VALUES (?, ?, ?)";
  prepared<[string, number, number], never>(sqlite, sql).run(...layoutRow(profile, layout));
}
