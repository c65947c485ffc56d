// What each scenario must have come to.

import { type Outcome } from "./guest.js";
import { readEvents, recordingAt, valuesOf, type Recording } from "./recording.js";

/** One thing that was looked at. */
export interface Result {
  readonly what: string;
  readonly isSo: boolean;
  /** What there was instead. */
  readonly detail: string;
}

/** Looks at what the guest's scenarios left. */
export class Expectations {
  readonly results: Result[] = [];
  private readonly guest: Outcome;
  private readonly release: string;

  constructor(guest: Outcome, release: string) {
    this.guest = guest;
    this.release = release;
  }

  /** A statement about a scenario. */
  say(what: string, isSo: boolean, detail: string): void {
    this.results.push({ what: `${this.release} ${what}`, isSo, detail });
  }

  /** How the scenario ended, that it undid everything, and what the script said. */
  ended(name: string, status: number, ...said: readonly string[]): void {
    const log = this.guest.text(`${name}.log`);
    const found = this.guest.text(`${name}.status`).trim();
    this.say(`${name} ends with ${status}`, found === String(status), `${found}\n${log}`);
    const state = this.guest.text(`${name}.state`).trim();
    this.say(`${name} leaves tracefs as it was`, state === "same", `${state}\n${log}`);
    for (const text of said) this.say(`${name} says "${text}"`, log.includes(text), log);
  }

  /** The recording is whole and clean; null = it is not there, which is said. */
  recording(name: string): Recording | null {
    const recording = recordingAt(this.file(name), this.release);
    this.say(`${name}.trace.gz is there`, recording !== null, this.guest.text(`${name}.log`));
    if (recording === null) return null;
    const { rejected, findings, events } = recording;
    this.say(`${name}: no line is rejected`, rejected === 0, `${rejected} rejected`);
    this.say(`${name}: check finds nothing`, findings === 0, `${findings} findings`);
    if (valuesOf(recording, "end").length > 0)
      this.say(
        `${name}: every event that was read is in the file`,
        readEvents(recording) === events.length,
        `${readEvents(recording)} read, ${events.length} lines`,
      );
    return recording;
  }

  /** The recording shows the interrupt's moves. */
  moves(name: string): Recording | null {
    const recording = this.recording(name);
    if (recording !== null)
      this.say(`${name}: shows IRTE writes`, recording.writes > 0, `${recording.writes} writes`);
    return recording;
  }

  /** Nothing of this name was left. */
  nothing(name: string): void {
    const files = this.guest.text(`${name}.files`).split("\n");
    const left = files.filter((file) => file.startsWith(`${name}.trace`));
    this.say(`${name} leaves no file`, left.length === 0, left.join(" "));
  }

  text(file: string): string {
    return this.guest.text(file);
  }

  file(name: string): string {
    return `${this.guest.folder}/${name}.trace.gz`;
  }
}
