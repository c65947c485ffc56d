// A VM that has a row behind a loss and one before it, because another line than one that shows it comes first.

import { expect, test } from "vitest";
import { openTimeline } from "../../../src/index.js";
import { rowsOf } from "../../support/content.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines } from "../../support/shipped.js";

const scratch = new Scratch();

test.each([
  ["", /entries-in-buffer/, false],
  [", where no end of a VM has a line", /entries-in-buffer| vm_destroy: /, null],
])("it is there once, and nothing says that it was destroyed%s", async (_what, left, destroyed) => {
  const lines = shippedLines("6.17-s1-one").filter((line) => !left.test(line));
  const halt = lines.findIndex((line) => line.includes(" avic_unblocking: "));
  const load = lines.findIndex((line, i) => i > halt && /piwl-\d+ .* svm_vcpu_load: /.test(line));
  const next = lines.findIndex((line, i) => i > load && line.includes(" avic_unblocking: "));
  const [time = ""] = / (\d+): /.exec(lines[next + 1] ?? "")?.slice(1) ?? [];
  const text = [...lines.slice(0, load), "CPU:0 [LOST 1 EVENTS]", ...lines.slice(load)].join("\n");
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(Buffer.from(`${text}\n`), { name: "lost.txt" });
  expect(rowsOf(timeline.file, "SELECT vm FROM v_vm WHERE vm_id = 1")).toHaveLength(2);
  const { vms, vcpus } = timeline.recording().at({ when: `${time}ns` });
  expect(vms).toMatchObject([{ vm_id: 1, destroyed }]);
  expect(vcpus.map(({ vcpu }) => vcpu)).toEqual(["vm1/vcpu0"]);
  expect(vcpus[0]?.run_state).not.toBe("unknown");
  const asOf = `from_ns <= ${time} AND (to_ns IS NULL OR to_ns > ${time})`;
  expect(rowsOf(timeline.file, `SELECT run_state FROM v_vcpu WHERE ${asOf}`)).toHaveLength(1);
  timeline.close();
});

test("where its vCPU was is not known behind the first line of another row at its address", async () => {
  const lines = shippedLines("6.17-s1-one").filter((line) => !line.includes("entries-in-buffer"));
  const places = (name: string): readonly number[] =>
    lines.flatMap((line, i) => (line.includes(` ${name}: `) ? [i] : []));
  const [, put = 0] = places("svm_vcpu_put");
  const [, , , load = 0] = places("svm_vcpu_load");
  const [time = ""] = / (\d+): /.exec(lines[put + 4] ?? "")?.slice(1) ?? [];
  const text = [
    ...lines.slice(0, put),
    "CPU:1 [LOST 1 EVENTS]",
    ...lines.slice(put, load),
    "CPU:0 [LOST 1 EVENTS]",
    ...lines.slice(load),
  ];
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(Buffer.from(`${text.join("\n")}\n`), { name: "lost.txt" });
  const asOf = `from_ns <= ${time} AND (to_ns IS NULL OR to_ns > ${time})`;
  const rows = rowsOf(timeline.file, `SELECT vm_id, pcpu FROM v_vcpu WHERE ${asOf}`);
  timeline.close();
  expect(rows).not.toContainEqual([1n, 0n]);
});
