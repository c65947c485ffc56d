// A task that has printed nothing for long comes back as it was, and takes little memory until then.

import { expect, test } from "vitest";
import { RememberedTasks } from "../../../src/ftrace/interpret/remembered-tasks.js";
import { newTask, type Task } from "../../../src/ftrace/interpret/task.js";

const COMM = Buffer.from("worker");

function taskOf(pid: number): Task {
  const task = newTask({ id: pid, comm: "worker", pid }, COMM, pid % 4, pid % 3);
  task.entered.add(1, pid);
  return Object.assign(task, { lastSeq: pid, updateGsi: 0, vm: pid % 2, writesInInterrupt: true });
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
    expect(tasks.get(pid)).toEqual(taskOf(pid));
  }
  expect(tasks.size).toBe(3000);
  expect(tasks.get(3001)).toBeUndefined();
});

test("what is changed of one that has come back stays", () => {
  const tasks = remembered(3000);
  const task = tasks.get(1);
  if (task !== undefined) task.updateGsi = 7;
  for (let pid = 3001; pid <= 6000; pid++) tasks.set(pid, taskOf(pid));
  expect(tasks.get(1)).toEqual({ ...taskOf(1), updateGsi: 7 });
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
