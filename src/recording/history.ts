// What happened in a recording: its events, counted and listed.

import { eitherOf } from "../base/abort.js";
import { TwinError } from "../base/errors.js";
import { type LogEntry, type LogOptions } from "../query/log/log.js";
import { logPage, type LogPage, type LogPageOptions } from "../query/log/log-page.js";
import { logPages } from "../query/log/log-pages.js";
import { audit, type Audit, type AuditOptions } from "../query/sql/writes.js";
import { captureOf, type CaptureDocument } from "../query/info/capture.js";
import { spanOf } from "../query/subject/span.js";
import { foundLines } from "../timeline/import/found-lines.js";
import { asked } from "../twin-asked.js";
import { accessOf } from "./access.js";
import { RecordingStates } from "./states.js";

/**
 * What happened in a recording: its events, listed and counted, and what its header says. `RecordingView` is what a user of the library has.
 *
 * @internal
 */
export abstract class RecordingHistory extends RecordingStates {
  /**
   * Events, newest first; oldest first with `reverse`. They are read in pages, so that any other question works while
   * they are iterated. Throws ERR_WHEN, and ERR_NAME for a name that nothing has.
   */
  log(options: LogOptions = {}): Generator<LogEntry, void, undefined> {
    asked("log", options);
    const [recording, span] = accessOf(this).read((sqlite, found) => {
      return [found, spanOf(sqlite, found, options)];
    });
    return logPages((question) => accessOf(this).db.read(question), recording, {
      ...options,
      ...span,
    });
  }

  /**
   * Rows of the list of events that a filter leaves, by their place in it; oldest first. In turns. Throws as `log` does,
   * ERR_USAGE, and with `grep` ERR_NO_SUCH_FILE where the trace itself is not found: the file with the recording's SHA-256,
   * where it was imported from, beside the timeline or in the current folder.
   */
  async logPage(options: LogPageOptions = {}): Promise<LogPage> {
    const { signal, grep, ...wanted } = asked("logPage", options);
    const by =
      grep === undefined || grep === ""
        ? null
        : { grep, lines: await this.#linesWith(grep, signal) };
    return accessOf(this).inTurns(
      (sqlite, recording) => logPage(sqlite, recording, wanted, by),
      signal,
    );
  }

  /** The lines of the trace that have a text in them. Throws ERR_NO_SUCH_FILE where the trace is not found. */
  async #linesWith(text: string, signal: AbortSignal | undefined): Promise<readonly number[]> {
    const where = accessOf(this).read((sqlite, recording) => ({
      sqlite,
      recording,
      file: accessOf(this).db.file,
    }));
    const stop = eitherOf(accessOf(this).db.closed, signal);
    const { lines, problem } = await foundLines(where, text, { signal: stop });
    if (problem === null) return lines;
    const what = `the lines of ${where.recording.file} cannot be searched`;
    throw new TwinError("ERR_NO_SUCH_FILE", `${what}: ${problem}`);
  }

  /** IRTE writes counted by task, cause, device, IRTE, vCPU or interval. Throws ERR_USAGE and ERR_WHEN. */
  audit(options: AuditOptions = {}): Audit {
    asked("audit", options);
    return accessOf(this).read((sqlite, recording) => audit(sqlite, recording, options));
  }

  /** What its header says of a recording, without all else that `info` counts. */
  capture(): CaptureDocument {
    return accessOf(this).raw((sqlite, recording) => ({
      recording_id: recording.id,
      capture: captureOf(sqlite, recording),
    }));
  }
}
