// A task that has printed nothing for long comes back as it was, and takes little memory until then.

import { expect, test } from "vitest";
import { FRAME } from "../../../src/domain/amd/probes/frames.js";
import { RememberedTasks } from "../../../src/ftrace/interpret/remembered-tasks.js";
import { newTask, type Task } from "../../../src/ftrace/interpret/task.js";

/** Functions that call one another. */
const CALLED = [FRAME.set_irq_routing, FRAME.update_irqfd_routing, FRAME.avic_pi_update];
const COMM = Buffer.from("worker");

function taskOf(pid: number): Task {
  const task = newTask({ id: pid, comm: "worker", pid }, COMM, pid % 4, pid % 3);
  task.entered.add(1, pid);
  task.entered.add(2, pid);
  task.entered.take(pid % 2 === 0 ? 1 : 3);
  if (pid % 5 === 0) task.injecting = { vm: pid, gsi: null, lastSeq: pid };
  for (const kind of CALLED.slice(0, pid % 4)) {
    task.stack.prepare(kind, "after");
    task.stack.enter(kind, pid);
  }
  return Object.assign(task, { lastSeq: pid, updateGsi: 0, vm: pid % 2, writesInInterrupt: true });
}

/** What a task does next depends on; a call that has returned is as good as none. */
function whatIs(task: Task | undefined): object {
  const { stack, entered, ...rest } = task ?? taskOf(0);
  const { cause, causeSeq, innermostSeq, saved } = stack;
  const stackIs = { cause, causeSeq, innermostSeq, saved };
  return { ...rest, stackIs, isIn: CALLED.map((kind) => stack.isIn(kind)), calls: entered.saved };
}

function remembered(count: number): RememberedTasks {
  const tasks = new RememberedTasks();
  for (let pid = 1; pid <= count; pid++) tasks.set(pid, taskOf(pid));
  return tasks;
}

test("tasks come back with all that was remembered of them, in any order", () => {
  const tasks = remembered(3000);
  for (let i = 0; i < 3000; i++) {
    const pid = 1 + ((i * 1009) % 3000);
    expect(whatIs(tasks.get(pid))).toEqual(whatIs(taskOf(pid)));
  }
  expect(tasks.size).toBe(3000);
  expect(tasks.get(3001)).toBeUndefined();
});

test("what is changed of one that has come back stays", () => {
  const tasks = remembered(3000);
  const task = tasks.get(1);
  if (task !== undefined) task.updateGsi = 7;
  for (let pid = 3001; pid <= 6000; pid++) tasks.set(pid, taskOf(pid));
  expect(whatIs(tasks.get(1))).toEqual({ ...whatIs(taskOf(1)), updateGsi: 7 });
});

test("of eight times as many tasks no more are kept whole", () => {
  const [few, many] = [remembered(4096), remembered(8 * 4096)];
  expect(few.wholeCount).toBeLessThan(600);
  expect(many.wholeCount).toBe(few.wholeCount);
});

test("all are forgotten", () => {
  const tasks = remembered(3000);
  tasks.clear();
  expect([tasks.size, tasks.get(1), tasks.get(3000)]).toEqual([0, undefined, undefined]);
});
