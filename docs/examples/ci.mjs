// Checks traces in CI. Findings that the baseline has are known and do not fail the job.
//
//   node ci.mjs BASELINE TRACE...             status 0: nothing new; 1: a new finding; 4: too little was decided
//   node ci.mjs --update BASELINE TRACE...    makes all that is found the baseline

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT, MIN_DECIDED_DEFAULT, openTimeline, TwinError } from "irqtwin";

const isUpdate = process.argv[2] === "--update";
const [baselineFile = "", ...traces] = process.argv.slice(isUpdate ? 3 : 2);
const baseline = existsSync(baselineFile) ? JSON.parse(readFileSync(baselineFile, "utf8")) : [];
const STATUS = { pass: EXIT.ok, fail: EXIT.found, inconclusive: EXIT.inconclusive };

/** Checks one trace in a timeline that is gone afterwards. */
async function checked(trace) {
  const folder = mkdtempSync(join(tmpdir(), "irqtwin-ci-"));
  const timeline = await openTimeline(join(folder, "irqtwin.db"), { create: true });
  try {
    await timeline.import(trace);
    const known = isUpdate ? [] : baseline;
    return timeline.recording().check({ minDecided: MIN_DECIDED_DEFAULT, baseline: known });
  } finally {
    timeline.close();
    rmSync(folder, { recursive: true });
  }
}

try {
  const found = new Set();
  for (const trace of traces) {
    const { verdict, reason, findings, left_out } = await checked(trace);
    console.log(`${trace}: ${verdict}${reason === null ? "" : ` (${reason})`}, ${left_out} known`);
    for (const { title, fingerprint, kind } of findings) {
      console.log(`  ${title}\n  ${fingerprint}`);
      // A contradiction says that the trace is damaged: it is no finding about the kernel.
      if (kind !== "contradiction") found.add(fingerprint);
    }
    if (!isUpdate && STATUS[verdict] !== EXIT.ok && process.exitCode !== EXIT.found)
      process.exitCode = STATUS[verdict];
  }
  if (isUpdate) writeFileSync(baselineFile, `${JSON.stringify([...found].sort(), null, 2)}\n`);
} catch (error) {
  // Nothing else is thrown by the library: a trace that cannot be read is status 3, a full disk is 5.
  if (!(error instanceof TwinError)) throw error;
  console.error(`error: ${error.message} (${error.code})`);
  process.exitCode = error.exitCode;
}
