// Of a long answer a part can be asked for: what belongs to a subject, the first of each list, a page, or columns.

import { beforeAll, describe, expect, it } from "vitest";
import { type AtDocument, type CheckReport } from "../../src/index.js";
import { findingsOf, type FindingsByColumns } from "../../src/serve/page/pure/columns.js";
import { Scratch } from "../support/scratch.js";
import { served, type Served } from "./running.js";

let server: Served;

beforeAll(async () => {
  server = await served(new Scratch(), "6.17-x-uaf-crash");
});

/** What JSON has of a value. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe("a part of an answer", () => {
  it("answers of a subject what belongs to it, with the paths of what is not known", async () => {
    const recording = server.timeline.recording(1);
    const whole = recording.at({ when: "@1188" });
    const irte = "0000:00:08.0/0";
    const part = (await server.json(
      `/api/r/1/at?when=@1188&irte=${irte}&related=1`,
    )) as AtDocument & { total: Record<string, number> };
    const entry = whole.irtes.find((each) => each.irte === irte);
    expect(part.irtes).toEqual(plain([entry]));
    expect(part.irqfds).toEqual(plain(whole.irqfds.filter((each) => each.irte === irte)));
    const near = whole.vcpus.filter(
      ({ vcpu, ir_list }) => vcpu === entry?.vcpu || ir_list?.includes(irte) === true,
    );
    expect(near.length).toBeGreaterThan(0);
    expect(part.vcpus).toEqual(plain(near));
    expect(part.vms.map(({ vm_id }) => vm_id)).toEqual([
      ...new Set(near.map((each) => each.vm_id)),
    ]);
    expect(part.total).toEqual({
      ...{ irtes: whole.irtes.length, vcpus: whole.vcpus.length },
      ...{ irqfds: whole.irqfds.length, vms: whole.vms.length },
    });
    for (const { path } of part.unknown) {
      const [, list, at] = /^(\w+)\[(\d+)\]/.exec(path) ?? [];
      if (list !== undefined)
        expect((part as unknown as Record<string, unknown[]>)[list]?.[Number(at)]).toBeDefined();
    }
    const [vcpu] = near;
    const ofVcpu = (await server.json(
      `/api/r/1/at?when=@1188&vcpu=${vcpu?.vcpu ?? ""}&related=1`,
    )) as AtDocument;
    expect(ofVcpu.irtes).toEqual(plain(whole.irtes.filter((each) => each.vcpu === vcpu?.vcpu)));
    expect((await server.ask("/api/r/1/at?irte=0000:00:1f.0/9&related=1")).status).toBe(404);
  });

  it("answers the first of each list where a limit is given", async () => {
    const whole = server.timeline.recording(1).at({ when: "@1188" });
    const part = (await server.json("/api/r/1/at?when=@1188&limit=2")) as AtDocument;
    expect(part.irtes).toEqual(plain(whole.irtes.slice(0, 2)));
    expect(part.vcpus).toEqual(plain(whole.vcpus.slice(0, 2)));
    const kept = whole.unknown.filter(({ path }) => Number(/\[(\d+)\]/.exec(path)?.[1] ?? 0) < 2);
    expect(part.unknown).toEqual(plain(kept));
  });

  it("gives findings by pages, and all of them as columns", async () => {
    const whole = (await server.json("/api/r/1/findings")) as CheckReport & { total: number };
    expect(whole.total).toBe(4);
    const page = (await server.json("/api/r/1/findings?offset=1&limit=2")) as typeof whole;
    expect(page.total).toBe(4);
    expect(page.findings).toEqual(whole.findings.slice(1, 3));
    const columns = (await server.json("/api/r/1/findings?format=columns")) as FindingsByColumns;
    const { findings, ...report } = findingsOf(columns);
    expect(findings.length).toBe(4);
    for (const [at, finding] of findings.entries())
      expect(whole.findings[at]).toMatchObject(finding);
    expect(report).toEqual({ ...whole, findings: undefined, total: undefined });
  });
});
