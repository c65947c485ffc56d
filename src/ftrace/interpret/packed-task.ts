// A task that has printed nothing for long, in one text: its numbers one after another, as bytes that are the characters.

import { VarintReader, VarintWriter, withSign, withoutSign } from "../../domain/values/varints.js";
import { type TaskRow } from "../../source/rows.js";
import { CallStack } from "./call-stack.js";
import { EnteredCalls, newTask, type Task } from "./task.js";

/** A task in as few words as it needs. */
export interface PackedTask {
  /** As Task.row. */
  readonly row: TaskRow;
  /** As Task.comm. */
  readonly comm: Uint8Array;
  /** What is not as in a new task, in bytes. */
  readonly packed: string;
  /** What of it is no number. */
  readonly objects: readonly unknown[];
}

/** What a new task is. */
const USUAL = newTask({ id: 0, comm: "", pid: 0 }, new Uint8Array(0), 0, 0);
/** The fields that are packed. A field is known by its place. */
const FIELDS = (Object.keys(USUAL) as (keyof Task)[]).filter(
  (name) => name !== "row" && name !== "comm",
);
const NO_OBJECTS: readonly unknown[] = [];
/** What has no number. Numbers come after these. */
const WORDS = [null, false, true] as const;
const OBJECT = WORDS.length;
const FIRST_NUMBER = OBJECT + 1;

const writer = new VarintWriter();

/** Packs a task. */
export function packedTask(task: Task): PackedTask {
  const objects: unknown[] = [];
  writer.clear();
  for (const [field, name] of FIELDS.entries()) {
    const value: unknown = task[name];
    if (value === USUAL[name]) continue;
    writer.put(field);
    if (value instanceof CallStack || value instanceof EnteredCalls) writeList(value.saved);
    else if (typeof value === "number") writer.put(FIRST_NUMBER + withoutSign(value));
    else if (value === null || typeof value === "boolean") writer.put(WORDS.indexOf(value));
    else {
      writer.put(OBJECT);
      objects.push(value);
    }
  }
  const { buffer, byteOffset, length } = writer.written;
  return {
    row: task.row,
    comm: task.comm,
    packed: Buffer.from(buffer, byteOffset, length).toString("latin1"),
    objects: objects.length === 0 ? NO_OBJECTS : objects,
  };
}

/** The task that was packed. */
export function unpackedTask({ row, comm, packed, objects }: PackedTask): Task {
  const values: Partial<Record<keyof Task, unknown>> = {};
  const rest = [...objects];
  const read = new VarintReader(Buffer.from(packed, "latin1"));
  while (!read.isDone) {
    const name = FIELDS[read.get()];
    if (name === "stack") values.stack = CallStack.restored(readList(read));
    else if (name === "entered") values.entered = EnteredCalls.restored(readList(read));
    else if (name !== undefined) values[name] = readValue(read.get(), rest);
  }
  return Object.assign(newTask(row, comm, 0, 0), values);
}

function writeList(numbers: readonly number[]): void {
  writer.put(numbers.length);
  for (const number of numbers) writer.putSigned(number);
}

function readList(read: VarintReader): number[] {
  return Array.from({ length: read.get() }, () => read.getSigned());
}

function readValue(code: number, objects: unknown[]): unknown {
  if (code >= FIRST_NUMBER) return withSign(code - FIRST_NUMBER);
  return code === OBJECT ? objects.shift() : WORDS[code];
}
