// What the library promises, tried by a program that has installed it: `node promises.mjs TRACE OTHER_TRACE FOLDER`.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { openTimeline, TwinError } from "irqtwin";

const [trace, otherTrace, folder] = process.argv.slice(2);
const bytes = gunzipSync(readFileSync(trace));
const irte = "0000:00:08.0/0";
/** What a machine that does much else may take where the library promises a second, or a tenth of one. */
const PATIENCE_MS = 5000;

let files = 0;
const newFile = () => join(folder, `${++files}.db`);

async function withTimeline(use, options = { create: true }) {
  const timeline = await openTimeline(newFile(), options);
  try {
    return await use(timeline);
  } finally {
    timeline.close();
  }
}

const withTrace = (use) =>
  withTimeline(async (timeline) => {
    await timeline.import(trace);
    return use(timeline, timeline.recording());
  });

const isTwinError = (code) => (error) => error instanceof TwinError && error.code === code;

/** The trace in pieces, with whatever is done between two of them. */
async function* pieces(between = () => undefined) {
  for (let at = 0; at < bytes.length; at += 50_000) {
    yield bytes.subarray(at, at + 50_000);
    await between(at);
  }
}

test("live gives one state a batch, of the recording that it names, once it is committed", () =>
  withTimeline(async (timeline) => {
    const batches = [];
    const updates = [];
    timeline.batches.subscribe((batch) => batches.push(batch));
    const reader = await openTimeline(timeline.file);
    timeline.live().subscribe((update) => {
      updates.push(update);
      if (update.kind === "batch")
        assert.ok(reader.recording(update.recording_id).last_seq >= update.seq);
    });
    for (const path of [trace, otherTrace]) await timeline.import(path);
    reader.close();
    const told = updates.filter(({ kind }) => kind === "batch");
    assert.deepEqual(
      told.map(({ seq }) => seq),
      batches.map((batch) => batch.at(-1).seq),
    );
    for (const id of [1, 2]) {
      const own = updates.filter(({ recording_id }) => recording_id === id);
      assert.deepEqual([own[0].kind, own.at(-1).kind], ["began", "complete"]);
      assert.equal(own[0].recording.rules_read, timeline.recording(id).rules_read);
      assert.equal(own[0].state.kvm.vcpus.size, 0);
      assert.deepEqual(own.at(-1).state, timeline.recording(id).stateAt());
    }
    const { names, state } = updates.at(-1);
    for (const key of state.iommu.irtes.keys()) assert.match(names.irte(key), /^0000:/);
    for (const row of state.kvm.vcpus.keys()) assert.match(names.vcpu(row), /^vm\d+\/vcpu\d+$/);
  }));

test("what is rolled back is announced, and a stopped import leaves the timeline as it was", () =>
  withTrace(async (timeline) => {
    const updates = [];
    timeline.live().subscribe((update) => updates.push(update));
    const controller = new AbortController();
    let at = 0;
    const source = pieces(async () => {
      await pause(900);
      at = performance.now();
      controller.abort();
    });
    const { signal } = controller;
    await assert.rejects(timeline.import(source, { signal }), isTwinError("ERR_ABORTED"));
    assert.ok(performance.now() - at < PATIENCE_MS);
    assert.deepEqual(updates.at(-1), { kind: "rolled_back", recording_id: 2, why: "ERR_ABORTED" });
    assert.equal(timeline.recordings().length, 1);
    assert.equal(timeline.verify().verdict, "intact");
  }));

test("a path, a stream, an iterable and bytes are imported alike", async () => {
  const sources = [() => trace, () => createReadStream(trace), () => pieces(), () => bytes];
  const told = [];
  for (const source of sources)
    await withTimeline(async (timeline) => {
      const { lines, events } = await timeline.import(source());
      told.push(JSON.stringify([lines, events, timeline.recording().at()]));
    });
  assert.deepEqual(new Set(told).size, 1);
});

test("a source that pauses is stored by time, however little it gave", () =>
  withTimeline(async (timeline) => {
    const stream = new PassThrough();
    const running = timeline.import(stream);
    stream.write(bytes.subarray(0, 8000));
    const until = performance.now() + PATIENCE_MS;
    while (timeline.recordings()[0]?.last_seq == null && performance.now() < until) await pause(50);
    assert.ok(timeline.recording(1).last_seq > 0);
    stream.end(bytes.subarray(8000));
    await running;
  }));

test("of two imports of one object the second waits, and that of another object is refused", () =>
  withTimeline(async (timeline) => {
    const other = await openTimeline(timeline.file);
    const slow = pieces(() => pause(100));
    const both = [timeline.import(slow), timeline.import(otherTrace)];
    while (timeline.recordings().length === 0) await pause(20);
    await assert.rejects(other.import(trace), isTwinError("ERR_IMPORT_RUNNING"));
    assert.deepEqual(
      (await Promise.all(both)).map(({ recording_id }) => recording_id),
      [1, 2],
    );
    other.close();
  }));

test("check and verify are stopped by a signal, and what was stored stays", () =>
  withTrace(async (timeline, recording) => {
    recording.check();
    const stored = await timeline.query("SELECT * FROM v_finding");
    const signal = AbortSignal.abort();
    await assert.rejects(
      recording.checkAsync({ signal, rules: "6.12" }),
      isTwinError("ERR_ABORTED"),
    );
    await assert.rejects(timeline.verifyAsync({ signal }), isTwinError("ERR_ABORTED"));
    await assert.rejects(recording.rewind({ to: newFile(), signal }), isTwinError("ERR_ABORTED"));
    assert.deepEqual(await timeline.query("SELECT * FROM v_finding"), stored);
  }));

test("while the log is iterated all else works, and close ends it", () =>
  withTrace(async (timeline, recording) => {
    let count = 0;
    for (const { seq } of recording.log({ reverse: true })) {
      assert.equal(seq, recording.first_seq + count++);
      if (count === 50) assert.equal(recording.check().not_stored, null);
      if (count === 100) await timeline.import(otherTrace);
    }
    assert.equal(count, recording.last_seq - recording.first_seq + 1);
    const rest = recording.log();
    rest.next();
    timeline.close();
    assert.throws(() => [...rest], isTwinError("ERR_CLOSED"));
  }));

test("queries only read, within limits; recipes have names", () =>
  withTrace(async (timeline) => {
    const endless =
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    const refused = [
      ["DELETE FROM v_event", {}, "ERR_SQL_NOT_READONLY"],
      ["SELECT seq FROM v_event", { rows: 3 }, "ERR_SQL_LIMIT"],
      [endless, { seconds: 0.3 }, "ERR_SQL_LIMIT"],
      [endless, { signal: AbortSignal.timeout(300) }, "ERR_ABORTED"],
    ];
    for (const [sql, options, code] of refused)
      await assert.rejects(timeline.query(sql, [], options), isTwinError(code));
    assert.deepEqual(
      await timeline.query("SELECT ? AS a, :b AS b", { b: "x" }).catch(({ code }) => code),
      "ERR_SQL",
    );
    assert.deepEqual(await timeline.query("SELECT :b AS b", { b: "x" }), [{ b: "x" }]);
    assert.ok((await timeline.recipe("posting")).length > 0);
    await assert.rejects(timeline.recipe("postin"), isTwinError("ERR_NAME"));
  }));

const IMPORTER = `
  import { openTimeline } from "irqtwin";
  const [file, trace] = process.argv.slice(1);
  const timeline = await openTimeline(file);
  await timeline.import(trace);
  timeline.close();
`;

test("another process's import is watched as it commits", () =>
  withTimeline(async (timeline) => {
    const args = ["--input-type=module", "-e", IMPORTER, timeline.file, trace];
    const child = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: "inherit" });
    const exited = once(child, "exit");
    const seqs = [];
    const kinds = [];
    for await (const change of timeline.changes({ after: 0 })) {
      kinds.push(change.kind);
      if (change.kind === "events") seqs.push(...change.batch.map(({ seq }) => seq));
      if (change.kind === "complete") break;
    }
    assert.deepEqual(await exited, [0, null]);
    assert.deepEqual([kinds[0], kinds.at(-1)], ["began", "complete"]);
    assert.deepEqual(
      seqs,
      Array.from({ length: timeline.recording().last_seq }, (_, i) => i + 1),
    );
  }));

test("a check stores nothing where it shall not, and its findings are explained and known again", () =>
  withTrace(async (timeline, recording) => {
    const { findings } = recording.check({ store: false });
    assert.ok(findings.length > 0);
    assert.deepEqual(await timeline.query("SELECT * FROM v_finding"), []);
    for (const finding of findings) assert.ok(recording.explain(finding).text.length > 3);
    await withTimeline(async (other) => {
      await other.import(otherTrace);
      await other.import(bytes);
      const again = other.recording().check().findings;
      const known = findings.map(({ fingerprint }) => fingerprint);
      assert.deepEqual(
        again.map(({ fingerprint }) => fingerprint),
        known,
      );
      assert.equal(other.recording().check({ baseline: known }).findings.length, 0);
    });
  }));

test("a moment is text, a bigint or an event, and what is unknown is refused", () =>
  withTrace((_timeline, recording) => {
    const at = recording.at({ when: "@500" });
    assert.deepEqual(recording.at({ when: { seq: 500 } }), at);
    assert.deepEqual(recording.at({ when: BigInt(at.time_ns) }).irtes, at.irtes);
    const refused = [
      [() => recording.check({ only: ["I1O"] }), "ERR_NAME"],
      [() => recording.check({ rules: "6.99" }), "ERR_NAME"],
      [() => recording.at({ irte: "00:1f.0/9" }), "ERR_NAME"],
      [() => [...recording.log({ kind: "irte_writen" })], "ERR_NAME"],
      [() => recording.at({ wen: "end" }), "ERR_USAGE"],
      [() => recording.at({ when: "tomorrow" }), "ERR_WHEN"],
    ];
    for (const [ask, code] of refused) assert.throws(ask, isTwinError(code));
  }));

test("every result passes JSON and structuredClone", () =>
  withTrace(async (timeline, recording) => {
    const results = [
      ...[recording.at(), recording.diff(), recording.frameAt(), [...recording.log({ limit: 50 })]],
      ...[recording.blame({ irte }), recording.check(), recording.audit(), recording.explain("F1")],
      ...[recording.first({ tests: ["mode=posted"], irte }), timeline.info(), timeline.verify()],
      ...[timeline.recordings(), await recording.lanes(), await recording.overview()],
    ];
    for (const result of results) {
      assert.deepEqual(structuredClone(result), JSON.parse(JSON.stringify(result)));
      assert.notDeepEqual(result, {});
    }
  }));

test("errors keep their codes, and no file is made unless it is asked for", async () => {
  const none = newFile();
  await assert.rejects(openTimeline(none), isTwinError("ERR_NO_TIMELINE"));
  assert.equal(existsSync(none), false);
  const timeline = await openTimeline(none, { create: true });
  const empty = await timeline.import(new Uint8Array()).catch((error) => error);
  assert.equal(TwinError.from(structuredClone(empty)).code, "ERR_INPUT_EMPTY");
  assert.throws(() => timeline.recording(), isTwinError("ERR_TIMELINE_EMPTY"));
  timeline[Symbol.dispose]();
  assert.throws(() => timeline.recordings(), isTwinError("ERR_CLOSED"));
});
