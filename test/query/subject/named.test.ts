// Names that `at` is narrowed by: there, not seen yet, or none of the recording.

import Database from "better-sqlite3";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTimeline, type AtDocument, type AtFilter, type Timeline } from "../../../src/index.js";
import { ALL_IRTE_NAMES } from "../../support/predicted.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath, shippedText } from "../../support/shipped.js";

const scratch = new Scratch();
const RUNS = 25;

/** A file with the lines of a recording that match. */
function only(keep: (line: string) => boolean): string {
  const lines = shippedText("6.16-m2-mono-standard").split("\n").filter(keep);
  return scratch.file(".txt", `${lines.join("\n")}\n`);
}

const NAME_OF_NONE: readonly AtFilter[] = [
  ...[{ irte: "00:1f.0/0" }, { irte: "00:08.0/99" }, { irte: "0001:00:08.0/0" }],
  ...[{ vcpu: "vm1/vcpu99" }, { vcpu: "vm77/vcpu0" }, { vm_id: 77 }],
  ...[
    { irte: "00:08.0/0", vcpu: "vm77/vcpu0" },
    { irte: "00:08.0/0", vm_id: 77 },
  ],
];

const NO_NAME: readonly AtFilter[] = [
  ...[{ irte: "8.0" }, { irte: "00:08.0" }, { irte: "" }, { vcpu: "vcpu0" }, { vcpu: "" }],
];

describe.each([
  ["all probes", () => shippedPath("6.16-m2-mono-standard")],
  ["minimal probes", () => shippedPath("6.16-m3-local-minimal")],
  ["IRTE writes alone", () => only((line) => /^#|: irte_write: /.test(line))],
  ["predicted IRTEs", () => only((line) => !ALL_IRTE_NAMES.test(line))],
])("a recording with %s", (_what, path) => {
  let timeline: Timeline;
  let last: number;
  let filters: AtFilter[];

  beforeAll(async () => {
    const db = scratch.path(".db");
    timeline = await openTimeline(db, { create: true });
    await timeline.import(path());
    last = timeline.recording().at().seq;
    filters = namesIn(db);
  });

  afterAll(() => {
    timeline.close();
  });

  it("has names", () => {
    expect(filters.length).toBeGreaterThan(3);
  });

  it("shows of a name what it shows without, and says why where that is nothing", () => {
    const seq = fc.oneof(fc.integer({ min: 1, max: last }), fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(seq, (at) => {
        const whole = timeline.recording().at({ when: `@${at}` });
        for (const filter of filters) {
          const document = timeline.recording().at({ when: `@${at}`, ...filter });
          const { path, name, listed } = answerOf(document, filter);
          expect(listed).toEqual(answerOf(whole, filter).listed);
          const said = document.unknown.filter((each) => each.path === path).map(reasonOf);
          const why = said.filter((reason) => reason.startsWith(`${name} is `));
          expect(why, `${name} at @${at}`).toHaveLength(listed.length === 0 ? 1 : 0);
          const first = Number(/first named at @(\d+)$/.exec(why[0] ?? "")?.[1] ?? at + 1);
          expect(first).toBeGreaterThan(at);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it.each(NAME_OF_NONE)("has no %j, at any moment", (filter) => {
    for (const when of ["start", "@20", "end"])
      expect(() => timeline.recording().at({ when, ...filter })).toThrow(
        expect.objectContaining({
          code: "ERR_NAME",
          message: expect.stringMatching(
            /^there is no .* in recording 1 .*`irqtwin at end`$/,
          ) as string,
        }) as Error,
      );
    expect(() => timeline.recording().diff({ from: "start", to: "end", ...filter })).toThrow(
      /^there is no /,
    );
  });

  it.each(NO_NAME)("cannot be asked for %j", (filter) => {
    expect(() => timeline.recording().at({ ...filter })).toThrow(
      expect.objectContaining({ code: "ERR_NAME" }) as Error,
    );
  });
});

it("the short form of a name is the name", async () => {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(shippedPath("6.17-s1-one"));
  const document = timeline.recording().at({ irte: "00:08.0/0" });
  expect(document.irtes).toHaveLength(1);
  expect(timeline.recording().at({ irte: "0000:00:08.0/0" })).toEqual(document);
  timeline.close();
});

it("an IRTE that is there, and of another VM, is told apart from one that is not there", async () => {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(shippedPath("6.16-m2-mono-standard"));
  const { irtes } = timeline.recording().at({ when: "@1500" });
  const posted = irtes.find(({ vm_id }) => vm_id === 1);
  const filter = { irte: posted?.irte, vm_id: 2 };
  expect(timeline.recording().at({ when: "@1500", ...filter })).toMatchObject({
    irtes: [],
    unknown: [{ path: "irtes", reason: `${posted?.irte ?? ""} is not one of vm2 then` }],
  });
  timeline.close();
});

const reasonOf = ({ reason }: { reason: string }): string => reason;

/** Every IRTE, vCPU and VM that the tables of a timeline name. */
function namesIn(db: string): AtFilter[] {
  const sqlite = new Database(db, { readonly: true });
  const column = (sql: string): unknown[] => sqlite.prepare(sql).pluck().all();
  const irtes = column("SELECT DISTINCT irte FROM v_irte");
  const tagged = "SELECT vm_id, vcpu_id FROM v_irte UNION SELECT vm_id, vcpu_id FROM v_vcpu";
  const vcpus = column(
    `SELECT printf('vm%d/vcpu%d', vm_id, vcpu_id) FROM (${tagged}) WHERE vcpu_id IS NOT NULL`,
  );
  const vms = column(
    `SELECT vm_id FROM (${tagged} UNION SELECT vm_id, NULL FROM vm) WHERE vm_id IS NOT NULL GROUP BY 1`,
  );
  sqlite.close();
  return [
    ...irtes.map((irte) => ({ irte: String(irte) })),
    ...vcpus.map((vcpu) => ({ vcpu: String(vcpu) })),
    ...vms.map((vm_id) => ({ vm_id: Number(vm_id) })),
  ];
}

/** What a document has of a name. */
function answerOf(
  { irtes, vcpus, vms }: AtDocument,
  { irte, vcpu, vm_id }: AtFilter,
): { path: string; name: string; listed: readonly object[] } {
  if (irte !== undefined)
    return { path: "irtes", name: irte, listed: irtes.filter((each) => each.irte === irte) };
  if (vcpu !== undefined)
    return { path: "vcpus", name: vcpu, listed: vcpus.filter((each) => each.vcpu === vcpu) };
  const listed = vms.filter((each) => each.vm_id === vm_id);
  return { path: "vms", name: `vm${vm_id ?? "?"}`, listed };
}
