// Shows, while a trace is imported, where each vCPU is and how many of its interrupts are posted.
//
//   cat /sys/kernel/tracing/trace_pipe | node dashboard.mjs TIMELINE

import { decodeIrte, openTimeline } from "irqtwin";

const [file = "irqtwin.db", trace = "-"] = process.argv.slice(2);
const timeline = await openTimeline(file, { create: true });

timeline.live().subscribe((update) => {
  if (update.kind === "rolled_back") {
    // Nothing of this recording counts any more. It may begin anew, with the same number.
    console.log(`recording ${update.recording_id} is taken back (${update.why})`);
    return;
  }
  const { kind, recording, seq } = update;
  const head = `recording ${recording.id} (rules ${recording.rules ?? "unknown"}) ${kind} @${seq ?? 0}`;
  console.log([head, ...vcpuLines(update)].join("\n  "));
});

function vcpuLines({ state, names }) {
  const { irtes } = state.iommu;
  return [...state.kvm.vcpus].map(([row, { run_state, pcpu, ir_list }]) => {
    // null = not known; a state of an earlier update never changes, so it can be kept and compared.
    const posted = ir_list?.filter((key) => isPosted(irtes.get(key)?.bits)) ?? [];
    const where =
      run_state === "running" ? `running on CPU ${pcpu ?? "?"}` : (run_state ?? "unknown");
    return `${names.vcpu(row) ?? "vCPU of a VM without a name"}: ${where}; posted: ${posted.map((key) => names.irte(key)).join(" ") || "none"}`;
  });
}

function isPosted(bits) {
  return bits != null && decodeIrte(bits).shape === "posted";
}

try {
  await timeline.import(trace);
} finally {
  timeline.close();
}
