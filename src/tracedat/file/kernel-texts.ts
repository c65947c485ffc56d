// The texts that a file keeps of the kernel, in the form that both versions have.

import { Damage } from "./damage.js";
import { type Words } from "./words.js";

/** A text of the kernel is no larger: kallsyms has 20 MB on a host with many modules. */
export const TEXT_BYTES_MAX = 64 * 1024 * 1024;
/** A format file is no larger than a page of sysfs, but for the exit reasons of KVM. */
const FORMAT_BYTES_MAX = 1024 * 1024;
/** A kernel has some thousands of events. */
const FORMATS_MAX = 100_000;

/** The formats of ftrace's own events: a count, and each with its size. */
export function readFtraceFormats(words: Words): string[] {
  return readFormats(words, "ftrace's own events");
}

/** The formats of all other events: a count of systems, and each with its name and its events. */
export function readSystemFormats(words: Words): string[] {
  const formats: string[] = [];
  const systems = countOf(words, "event systems");
  for (let i = 0; i < systems; i++) {
    const name = words.text("the name of an event system");
    for (const format of readFormats(words, `the events of ${JSON.stringify(name.slice(0, 40))}`))
      formats.push(format);
  }
  return formats;
}

function readFormats(words: Words, of: string): string[] {
  const count = countOf(words, of);
  const formats: string[] = [];
  for (let i = 0; i < count; i++)
    formats.push(readText(words, `a format of ${of}`, FORMAT_BYTES_MAX));
  return formats;
}

/** A text with its size of 64 bits in front of it. */
export function readText(words: Words, what: string, most = TEXT_BYTES_MAX): string {
  const { offset } = words;
  const size = words.size(`the size of ${what}`);
  if (size > most) throw new Damage(offset, `${what} has ${size} bytes`);
  return words.take(size, what).toString("latin1");
}

/** A text with its size of 32 bits in front of it. */
export function readShortText(words: Words, what: string): string {
  return words.take(words.u32(`the size of ${what}`), what).toString("latin1");
}

/** The heads of pages and of records: two texts with their names in front of them. Gives that of pages. */
export function readHeaderPage(words: Words): string {
  expectName(words, "header_page");
  const page = readText(words, "header_page", FORMAT_BYTES_MAX);
  expectName(words, "header_event");
  readText(words, "header_event", FORMAT_BYTES_MAX);
  return page;
}

function expectName(words: Words, name: string): void {
  const { offset } = words;
  if (words.take(name.length + 1, name).toString("latin1") !== `${name}\0`)
    throw new Damage(offset, `${name} should begin there and does not`);
}

function countOf(words: Words, of: string): number {
  const { offset } = words;
  const count = words.u32(`the count of ${of}`);
  if (count > FORMATS_MAX) throw new Damage(offset, `${of} would be ${count}`);
  return count;
}
