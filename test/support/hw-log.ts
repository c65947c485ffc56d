// What the emulated IOMMU noted of each interrupt, in a file NAME.hw.log.gz beside a recording.

import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { irteName } from "../../src/domain/values/names.js";

/** One interrupt that a device sent. */
export interface HwInterrupt {
  /** Ticks of the counter that stamps the recording too. */
  readonly ticks: number;
  readonly devid: number;
  readonly irte: string;
  /** The path, in irqtwin's words. */
  readonly path: string;
}

const PATHS: Readonly<Record<string, string>> = {
  doorbell: "doorbell",
  galog: "GA log",
  none: "vAPIC page only",
};

const LINE = /^(\d+): IOMMU_(REMAP|POST) devid=0x([0-9a-f]+) index=(\d+)(?:.* action=(\w+))?/;

/** The interrupts beside the recording in the file `trace`; null = there is no such log. */
export function hwLog(trace: string): readonly HwInterrupt[] | null {
  const file = trace.replace(/\.txt\.gz$/, ".hw.log.gz");
  if (!existsSync(file)) return null;
  return gunzipSync(readFileSync(file))
    .toString()
    .split("\n")
    .flatMap((line) => {
      const [, ticks, what, id = "", index, action = ""] = LINE.exec(line) ?? [];
      if (ticks === undefined) return [];
      const devid = parseInt(id, 16);
      const path = what === "REMAP" ? "remapped" : (PATHS[action] ?? action);
      return [{ ticks: Number(ticks), devid, irte: irteName(0, devid, Number(index)), path }];
    });
}
