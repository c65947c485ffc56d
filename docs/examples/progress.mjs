// Imports a trace, shows how far the import is, and then the table at a hundred moments of the recording.
//
//   node progress.mjs TRACE TIMELINE

import { openTimeline } from "irqtwin";

const [trace = "", file = "irqtwin.db"] = process.argv.slice(2);
const timeline = await openTimeline(file, { create: true });
try {
  const { recording_id, lines, already_imported } = await timeline.import(trace, {
    onProgress({ bytes, size, lines }) {
      const share = size === null ? "" : ` (${Math.floor((100 * bytes) / size)} %)`;
      process.stderr.write(`${bytes} bytes${share}, ${lines} lines\n`);
    },
  });
  console.error(
    already_imported ? "was here already" : `${lines.events} of ${lines.total} lines are events`,
  );

  const recording = timeline.recording(recording_id);
  const { first_seq, last_seq } = recording;
  if (last_seq === null) throw new Error(`${trace} has no event that irqtwin knows`);

  console.log("seq\ttime_ns\tirtes\tposted\trunning\tunknown");
  for (let i = 0; i < 100; i++) {
    const seq = first_seq + Math.floor(((last_seq - first_seq) * i) / 99);
    // A Frame is the fastest answer, a document the most careful one: only it knows what was lost or filtered out.
    const { time_ns, irtes, vcpus, unknown } = recording.at({ when: { seq } });
    const posted = irtes.filter(({ mode }) => mode === "posted").length;
    const running = vcpus.filter(({ run_state }) => run_state === "running").length;
    console.log([seq, time_ns, irtes.length, posted, running, unknown.length].join("\t"));
  }
} finally {
  timeline.close();
}
