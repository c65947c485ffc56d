// `check --follow`

import { EXIT } from "../base/errors.js";
import { type CheckOptions, type Finding, type Timeline } from "../index.js";
import { type Arguments } from "./command.js";
import { findingText, roleOf, STATUS } from "./finding-text.js";
import { newestRecording, watchFindings } from "./finding-watch.js";
import { type Output } from "./output.js";
import { RunOnFinding } from "./run-on-finding.js";
import { withTimeline } from "./with-timeline.js";

/** Findings as they arise: one line of JSON each, or their text. The recording is the newest one, unless one is named. */
export async function followChecks(
  args: Arguments,
  asked: CheckOptions,
  format: string,
): Promise<number> {
  const isJson = format === "json";
  const command = args.text("exec");
  const exec = command === undefined ? null : new RunOnFinding(command);
  const end = new AbortController();
  const stop = (): void => {
    end.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  const answer = async (timeline: Timeline, output: Output): Promise<number> => {
    const id = args.count("recording") ?? (await newestRecording(timeline, end.signal));
    if (id === null) return EXIT.ok;
    const onFinding = (finding: Finding): void => {
      if (isJson) output.json({ recording_id: id, ...finding });
      else
        for (const line of findingText(finding, timeline.recording(id)))
          output.line(line, roleOf(line));
      output.flush();
      exec?.queue(finding, id);
    };
    const report = await watchFindings(timeline, id, { asked, end: end.signal, onFinding });
    await exec?.done(end.signal);
    return report === null ? EXIT.ok : STATUS[report.verdict];
  };
  return withTimeline(args, answer);
}
