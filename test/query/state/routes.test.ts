// v_route against what the raw lines show of routes. After the series two lines show one whole: when
// a routing update reaches an irqfd, and when an irqfd is given to the IOMMU.

import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openTimeline } from "../../../src/index.js";
import { Scratch } from "../../support/scratch.js";
import { SHIPPED, shippedLines, shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();

const SHOWN =
  / (\d+): (?:update_irqfd_routing|kvm_pi_update): .* gsi=(\d+) kvm=(0x\w+) .*(?:new|e)_type=(\d+) (?:new|e)_addr=(0x\w+) (?:new|e)_data=(0x\w+)/;
const NAMED = / kvm=(0x\w+) vm_id=([1-9]\d*)/;
const DESTROYED = / vm_destroy: .* vm_id=(\d+)/;
const TYPES: Readonly<Record<string, string>> = { 0: "none", 1: "irqchip", 2: "msi" };

interface Shown {
  readonly line: number;
  readonly time: bigint;
  readonly vm_id: number;
  readonly gsi: number;
  readonly type: string;
  readonly address: bigint;
  readonly data: bigint;
}

/** Each line that shows a route, until its VM is gone. */
function shownRoutes(name: string): Shown[] {
  const ids = new Map<string, number>();
  const shown: Shown[] = [];
  const gone = new Set<number>();
  shippedLines(name).forEach((line, i) => {
    const named = NAMED.exec(line);
    if (named !== null) ids.set(named[1] ?? "", Number(named[2]));
    const destroyed = DESTROYED.exec(line);
    if (destroyed !== null) gone.add(Number(destroyed[1]));
    const [, time = "", gsi, kvm = "", type = "", address = "", data = ""] = SHOWN.exec(line) ?? [];
    const vm_id = ids.get(kvm);
    // Without an entry the irqfd is taken from the IOMMU: its route is not shown.
    if (gsi === undefined || vm_id === undefined || gone.has(vm_id)) return;
    if (line.includes(" entry=0x0 ")) return;
    shown.push({
      line: i + 1,
      time: BigInt(time),
      vm_id,
      gsi: Number(gsi),
      type: TYPES[type] ?? "other",
      address: BigInt(address),
      data: BigInt(data),
    });
  });
  return shown;
}

describe("a route", () => {
  test.each(SHIPPED.filter((name) => !/^6\.1[26]/.test(name)))(
    "of %s is never other than the newest line that shows it whole",
    async (name) => {
      const db = scratch.path(".db");
      const timeline = await openTimeline(db, { create: true });
      await timeline.import(shippedPath(name));
      timeline.close();
      const sqlite = new Database(db, { readonly: true });
      // A line of kvm_msi_set_irq follows within the same call: then the interval is looked at.
      const asOf = sqlite
        .prepare<[Record<string, number>], Record<string, bigint | string | null>>(
          `SELECT type, address, data FROM v_route WHERE vm_id = :vm_id AND gsi = :gsi
             AND from_seq <= (SELECT max(seq) FROM event WHERE line <= :line)
           ORDER BY from_seq DESC LIMIT 1`,
        )
        .safeIntegers();
      const shown = shownRoutes(name);
      expect(shown.length).toBeGreaterThan(0);
      for (const { line, vm_id, gsi, type, address, data } of shown) {
        const row = asOf.get({ vm_id, gsi, line: line + 1 });
        const where = `line ${line}, vm${vm_id} gsi ${gsi}`;
        expect(row, where).toBeDefined();
        expect(row?.["type"], where).toBe(type);
        // null is honest: not every line that shows a route is read.
        expect([null, address], where).toContain(row?.["address"]);
        expect([null, data], where).toContain(row?.["data"]);
      }
      sqlite.close();
    },
  );
});
