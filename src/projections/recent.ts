// What was noted of a place not long ago: older notes are forgotten, however many places there are.

import { type Seq } from "../domain/values/ids.js";

interface Note<Value> {
  readonly seq: Seq;
  readonly value: Value;
}

/** The last note of each place that is at most so many events old. */
export class Recent<Value> {
  private readonly events: number;
  /** The oldest first. */
  private readonly notes = new Map<number, Note<Value>>();

  /** `events`: how many events later a note is forgotten. */
  constructor(events: number) {
    this.events = events;
  }

  /** The note of a place, as it is at an event. */
  get(place: number, at: Seq): Value | undefined {
    const note = this.notes.get(place);
    return note === undefined || at - note.seq > this.events ? undefined : note.value;
  }

  /** Notes a value at an event. */
  put(place: number, at: Seq, value: Value): void {
    this.notes.delete(place);
    this.notes.set(place, { seq: at, value });
    for (const [old, { seq }] of this.notes) {
      if (at - seq <= this.events) break;
      this.notes.delete(old);
    }
  }

  /** Forgets the note of a place. */
  forget(place: number): void {
    this.notes.delete(place);
  }
}
