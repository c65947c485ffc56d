// A struct kvm whose address comes back, where the lines of the new VM's creation are not in the file.

import { expect, test } from "vitest";
import { KIND } from "../../../src/domain/events/kinds.js";
import { readEvents } from "../../support/events.js";
import { shippedLines } from "../../support/shipped.js";

const NAME = "6.17-s1-one";

/** One line of the recording with another time, and its vCPU's identity kept. */
function at(line: string, seconds: number): string {
  return line.replace(/ \d+: /, ` ${seconds}000000: `);
}

test("a vCPU that was freed prints nothing more: what follows is a new VM's", () => {
  const lines = shippedLines(NAME);
  const one = (name: string): string => lines.find((line) => line.includes(` ${name}: `)) ?? "";
  const of = (line: string): string => / kvm=(\w+)/.exec(line)?.[1] ?? "";
  const kvm = of(one("svm_vcpu_load"));
  const ofVm = (name: string): string => one(name).replace(/ kvm=\w+/, ` kvm=${kvm}`);
  const id = / id=(\d+)/.exec(one("svm_vcpu_load"))?.[1] ?? "";
  const text = [
    at(one("svm_vcpu_load"), 50_001),
    at(one("svm_vcpu_put"), 50_002),
    at(ofVm("vm_destroy"), 50_003),
    at(one("svm_vcpu_load"), 50_004),
    at(ofVm("svm_vcpu_free").replace(/ id=\d+/, ` id=${id}`), 50_005),
    at(one("svm_vcpu_load"), 50_006),
  ].join("\n");
  const { events } = readEvents(Buffer.from(`${text}\n`, "latin1"), "6.17");
  const loads = events.filter(({ kind }) => kind === KIND.vcpu_loaded);
  const [first, ending, next] = loads.map(({ vm, vcpu }) => [vm, vcpu]);
  // The VM's end loads each vCPU once more.
  expect(ending).toEqual(first);
  expect(next?.[0]).not.toBe(first?.[0]);
  expect(next?.[1]).not.toBe(first?.[1]);
});
