// What the API tells of the findings of a recording that grows.

import { describe, expect, it, vi } from "vitest";
import { type CheckReport, type ExplainedFinding, type Finding } from "../../src/index.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines } from "../support/shipped.js";
import { growing } from "./page/growing.js";
import { served } from "./running.js";

const TRACE = "6.17-x-uaf-crash";

/** What the API answers. */
type Findings = Omit<CheckReport, "findings"> & {
  readonly is_final?: boolean;
  readonly judged_to?: number | null;
  readonly findings: readonly (Finding & { readonly place: string; readonly span: object })[];
};

describe("the findings of a recording that grows", () => {
  it("are those so far, have places, and are explained by them as by their numbers at the end", async () => {
    const server = await served(new Scratch());
    const { timeline, checks } = server;
    const lines = shippedLines(TRACE).length;
    const trace = growing(timeline, TRACE, lines - 100);
    const stored = (): number => timeline.recordings()[0]?.lines.total ?? 0;
    await vi.waitUntil(() => stored() >= lines - 100, 60_000);
    const list = async (): Promise<Findings> =>
      (await server.json("/api/r/1/findings")) as Findings;
    const explained = async (name: string): Promise<ExplainedFinding> =>
      (await server.json(`/api/r/1/findings/${name}`)) as ExplainedFinding;

    const soFar = await list();
    expect(soFar.is_final).toBe(false);
    expect(soFar.judged_to).toBeGreaterThan(0);
    expect(soFar.verdict).toBe("fail");
    const [first] = soFar.findings;
    expect(first?.place).toBe(`@${first?.seq ?? ""}`);
    expect(first?.span).toMatchObject({ to_seq: first?.seq });
    const { explanation } = await explained(first?.place ?? "");
    expect(explanation.finding).toMatchObject({ seq: first?.seq, title: first?.title });
    expect((await server.ask("/api/r/1/findings/@1")).status).toBe(404);
    expect(checks.growing.count).toBe(1);

    await trace.end();
    const whole = await list();
    expect(whole).not.toHaveProperty("is_final");
    expect(whole.findings.map(({ place }) => place)).toContain(first?.place);
    const again = await explained(first?.place ?? "");
    expect(again.explanation.finding.seq).toBe(first?.seq);
    expect(checks.growing.count).toBe(0);
  });
});
