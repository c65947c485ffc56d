// The API answers what the library and the command line answer.

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type CheckReport,
  type Lanes,
  type LaneIntervals,
  type Overview,
} from "../../src/index.js";
import { Scratch } from "../support/scratch.js";
import { SHIPPED, shippedPath } from "../support/shipped.js";
import { served, type Served } from "./running.js";

const scratch = new Scratch();
let server: Served;

beforeAll(async () => {
  server = await served(scratch, "6.17-x-uaf-crash", "6.18-s1-one");
});

/** What JSON has of a value. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe("the API", () => {
  it("answers moments as the library does", async () => {
    const recording = server.timeline.recording(1);
    for (const [path, value] of [
      ["info", server.timeline.info({ recording: 1 })],
      ["at?when=@1188", recording.at({ when: "@1188" })],
      ["at?when=40886016549", recording.at({ when: 40886016549n })],
      ["at?when=end&irte=0000:00:08.0/0", recording.at({ irte: "0000:00:08.0/0" })],
      ["diff?from=@400&to=@900", recording.diff({ from: "@400", to: "@900" })],
      ["audit?by=cause", recording.audit({ by: "cause" })],
      ["capture", recording.capture()],
      ["moment?when=@1188", { seq: 1188, time_ns: "40886016549", line: 2636 }],
      ["overview?columns=16", await recording.overview({ columns: 16 })],
      ["counters?columns=16", await recording.counters({ columns: 16 })],
      ["lanes", await recording.lanes()],
      ["last-changes?when=@900", await recording.lastChanges({ when: "@900" })],
    ] as const)
      expect(await server.json(`/api/r/1/${path}`), path).toEqual(plain(value));
  });

  it("tells the whole of a bit diagram", async () => {
    const answer = (await server.json("/api/r/1/blame?irte=0000:00:08.0/0&when=@1188")) as {
      lo: string;
      hi: string;
      since_seq: number;
      bits: { field: string; high: number; low: number; value: string | null; flipped: number[] }[];
    };
    const entry = server.timeline.recording(1).at({ when: "@1188", irte: "0000:00:08.0/0" })
      .irtes[0];
    expect([answer.lo, answer.hi, answer.since_seq]).toEqual([
      entry?.lo,
      entry?.hi,
      entry?.since_seq,
    ]);
    expect(answer.bits.find(({ field }) => field === "vector")?.value).toBe(
      `0x${(entry?.vector ?? 0).toString(16)}`,
    );
    // Every bit is one field's, and no bit is two's.
    const covered = answer.bits.flatMap(({ high, low }) =>
      Array.from({ length: high - low + 1 }, (_, i) => low + i),
    );
    expect(covered.sort((a, b) => a - b)).toEqual(Array.from({ length: 128 }, (_, i) => i));
    const word = (lo: string, hi: string): bigint => (BigInt(hi) << 64n) | BigInt(lo);
    const before = server.timeline
      .recording(1)
      .at({ when: { seq: answer.since_seq - 1 }, irte: "0000:00:08.0/0" }).irtes[0];
    const flips = word(answer.lo, answer.hi) ^ word(before?.lo ?? "0", before?.hi ?? "0");
    const flipped = answer.bits
      .flatMap((each) => each.flipped)
      .reduce((all, bit) => all | (1n << BigInt(bit)), 0n);
    expect(flipped).toBe(flips);
  });

  it("gives rows of the filtered list of events by their place", async () => {
    const all = [...server.timeline.recording(1).log({ kind: "irte_written", reverse: true })];
    const total = all.length;
    for (const [query, begin, limit] of [
      ["offset=0&limit=10", 0, 10],
      [`offset=${total - 3}&limit=10`, total - 3, 10],
      [`offset=${total + 5}&limit=10`, total, 10],
      [`from_seq=${(all[20]?.seq ?? 0) - 1}&limit=4`, 20, 4],
      [`around=${all[50]?.seq ?? 0}&limit=20`, 40, 20],
    ] as const)
      expect(await server.json(`/api/r/1/events?kind=irte_written&${query}`), query).toEqual({
        events: plain(all.slice(begin, begin + limit)),
        ...{ total, offset: begin },
      });
    const unfiltered = (await server.json("/api/r/2/events?offset=5&limit=1")) as {
      events: { seq: number }[];
    };
    expect(unfiltered.events[0]?.seq).toBe(server.timeline.recording(2).first_seq + 5);
  });

  it("finds the next and the previous change, finding and event", async () => {
    const next = (query: string): Promise<unknown> => server.json(`/api/r/1/next?${query}`);
    const [one, two] = server.timeline
      .recording(1)
      .check()
      .findings.filter(({ seq }, i, all) => seq !== all[i - 1]?.seq);
    const place = (finding: typeof one): object => ({
      seq: finding?.seq,
      time_ns: finding?.time_ns,
    });
    expect(await next("kind=finding&from=0")).toEqual(place(one));
    expect(await next(`kind=finding&from=${one?.seq ?? 0}`)).toEqual(place(two));
    expect(await next(`kind=finding&from=${two?.seq ?? 0}&direction=previous`)).toEqual(place(one));
    expect(await next(`kind=finding&from=0&direction=previous`)).toBeNull();
    const lane = "irte:0000:00:08.0/0";
    const changed = await next(`kind=change&subject=${lane}&from=900`);
    expect(changed).toMatchObject({ seq: 1023 });
    expect(await next(`kind=change&subject=${lane}&from=1023&direction=previous`)).toMatchObject({
      seq: 416,
    });
    const events = [...server.timeline.recording(1).log({ irte: "0000:00:08.0/0", reverse: true })];
    const at = events.findIndex(({ seq }) => seq > 900);
    expect(await next(`kind=event&subject=${lane}&from=900`)).toMatchObject({
      seq: events[at]?.seq,
    });
    expect(await next(`kind=event&subject=${lane}&from=900&direction=previous`)).toMatchObject({
      seq: events.filter(({ seq }) => seq < 900).at(-1)?.seq,
    });
  });

  it("counts writes as a table too", async () => {
    const { rows } = server.timeline.recording(1).audit({ by: "task" });
    const answer = await server.ask("/api/r/1/audit?by=task&format=csv");
    expect(answer.headers.get("content-type")).toBe("text/csv");
    const [head, ...lines] = (await answer.text()).trimEnd().split("\r\n");
    expect(head).toBe("key,writes,unchanged,not_allowed,undecided,irtes,first_ns,last_ns");
    expect(lines.map((line) => line.split(",").slice(0, 2))).toEqual(
      rows.map(({ key, writes }) => [key, String(writes)]),
    );
  });

  it.each([
    "intervals?lanes=irte:0000:00:09.0/9",
    "intervals?lanes=irte:0000:00:08.0/0,vcpu:vm9/vcpu0",
    "intervals?lanes=avic:vm99",
    "intervals?lanes=cpu:99",
    "intervals?lanes=fate:nothing",
    "next?kind=change&subject=irte:0000:00:09.0/9&from=1",
    "next?kind=change&subject=routes:vm99&from=1",
    "next?kind=event&subject=vcpu:vm9/vcpu9&from=1",
    "next?kind=event&subject=cpu:99&from=1",
    "next?kind=event&subject=nothing&from=1",
  ])("refuses a lane that there is not: %s", async (path) => {
    const answer = await server.ask(`/api/r/1/${path}`);
    expect([answer.status, await answer.json()]).toMatchObject([
      404,
      { error: { code: "ERR_NAME" } },
    ]);
  });

  it("answers for every lane that it lists", async () => {
    const { groups } = (await server.json("/api/r/1/lanes")) as Lanes;
    const ids = groups.flatMap(({ lanes }) => lanes.map(({ id }) => id));
    const drawn = ids.filter((id) => !id.startsWith("counter:"));
    const path = `/api/r/1/intervals?columns=8&format=json&lanes=${drawn.join(",")}`;
    const { lanes } = (await server.json(path)) as LaneIntervals;
    expect(lanes.map(({ id }) => id)).toEqual(drawn);
  });

  it("names what is no number of a recording", async () => {
    for (const path of ["at", "info", "lanes"]) {
      const answer = await server.ask(`/api/r/abc/${path}`);
      expect([answer.status, await answer.json()]).toEqual([
        400,
        { error: { code: "ERR_USAGE", message: 'a recording has a number from 1, not "abc"' } },
      ]);
    }
  });

  it("gives the report with spans, explains a finding, and says what to open with", async () => {
    const report = (await server.json("/api/r/1/findings")) as CheckReport & {
      findings: { span: { from_seq: number; to_seq: number } }[];
    };
    const own = await server.timeline.recording(1).report();
    expect(report.findings.map(({ id }) => id)).toEqual(own.findings.map(({ id }) => id));
    expect(report.findings[0]?.span).toMatchObject({ from_seq: 1186, to_seq: 1825 });
    const { mail } = (await server.json("/api/r/1/findings/F1")) as { mail: string };
    const explained = await server.timeline.recording(1).explainQuoted("F1");
    expect(mail).toBe(explained.mail.join("\n"));
    expect(await server.json("/api/r/2/start")).toBe(null);
    const start = { recording: 1, finding: "F1" };
    expect(await server.json("/api/r/1/start")).toEqual(start);
    expect(await server.json("/api/timeline")).toMatchObject({ start, unchecked: [] });
  });

  it("judges by other rules and keeps what was judged", async () => {
    const other = (await server.json("/api/r/1/findings?rules=6.16")) as CheckReport;
    const wanted = server.timeline.recording(1).check({ rules: "6.16", store: false });
    expect(other.findings).toEqual(plain(wanted.findings));
    const { rules } = (await server.json("/api/timeline")) as { rules: string[] };
    expect(rules).toContain("6.16");
    expect((await server.ask("/api/r/1/findings?rules=9.9")).status).toBe(400);
    const kept = (await server.json("/api/r/1/findings")) as CheckReport;
    expect(kept.findings.map(({ id }) => id)).toEqual(["F1", "F2", "F3", "F4"]);
  });

  it("packs intervals as it describes them", async () => {
    const path = "/api/r/1/intervals?lanes=irte:0000:00:08.0/0,findings,markers&columns=300";
    const wanted = (await server.json(`${path}&format=json`)) as LaneIntervals;
    const bytes = await (await server.ask(path)).arrayBuffer();
    const length = new DataView(bytes).getUint32(0, true);
    const start = 4 + length;
    expect(start % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.slice(4, start))) as {
      lanes: { id: string; rows: number; offset: number; words: string[] }[];
    };
    expect(header).toMatchObject({ from: wanted.from, to: wanted.to, columns: wanted.columns });
    for (const [at, { id, rows, offset, words }] of header.lanes.entries()) {
      let place = start + offset;
      const take = <Values>(
        make: (buffer: ArrayBuffer, at: number, length: number) => Values,
        width: number,
      ): Values => {
        const values = make(bytes, place, rows);
        place += Math.ceil((rows * width) / 8) * 8;
        return values;
      };
      const float = (buffer: ArrayBuffer, from: number, n: number): (number | null)[] =>
        Array.from(new Float64Array(buffer, from, n), (value) =>
          Number.isNaN(value) ? null : value,
        );
      const lane = wanted.lanes[at];
      expect([id, words]).toEqual([lane?.id, lane?.words]);
      expect({
        from: take(float, 8),
        to: take(float, 8),
        seq: take(float, 8),
        state: take((buffer, from, n) => [...new Uint16Array(buffer, from, n)], 2),
        label: take((buffer, from, n) => [...new Uint16Array(buffer, from, n)], 2),
        source: take((buffer, from, n) => [...new Uint8Array(buffer, from, n)], 1),
        flags: take((buffer, from, n) => [...new Uint8Array(buffer, from, n)], 1),
        count: take((buffer, from, n) => [...new Uint32Array(buffer, from, n)], 4),
      }).toEqual(lane?.rows);
    }
  });

  it("reads no findings for what is asked first", async () => {
    const fresh = await served(scratch, "6.17-x-uaf-crash");
    const ofFindings = async (quick: number): Promise<unknown> => {
      const { groups } = (await fresh.json(`/api/r/1/lanes?quick=${quick}`)) as Lanes;
      return groups[0]?.lanes[0]?.changes;
    };
    const checked = async (quick: number): Promise<unknown> =>
      ((await fresh.json(`/api/r/1/overview?quick=${quick}`)) as Overview).checked;
    fresh.timeline.recording(1).check();
    expect(await fresh.json("/api/timeline?quick=1")).toMatchObject({ start: null, unchecked: [] });
    expect([await ofFindings(1), await checked(1)]).toEqual([null, false]);
    // Once somebody has asked for them they are there at once too.
    expect(await checked(0)).toBe(true);
    expect([await ofFindings(1), await checked(1)]).toEqual([4, true]);
  });

  it("lists lanes at once without the counts that take a pass", async () => {
    const fresh = await served(scratch, "6.12-s2-two");
    const quick = (await fresh.json("/api/r/1/lanes?quick=1")) as Lanes;
    const whole = (await fresh.json("/api/r/1/lanes")) as Lanes;
    const lanesOf = ({ groups }: Lanes): Lanes["groups"][number]["lanes"] =>
      groups.flatMap(({ lanes }) => lanes);
    const counts = new Map(lanesOf(quick).map(({ id, changes }) => [id, changes]));
    for (const { id, changes } of lanesOf(whole)) expect([null, changes]).toContain(counts.get(id));
    expect([...counts.values()]).toContain(null);
  });

  it("gives tables as CSV", async () => {
    const csv = async (path: string, options: RequestInit = {}): Promise<string[]> => {
      const answer = await server.ask(path, options);
      expect(answer.headers.get("content-type")).toBe("text/csv");
      return (await answer.text()).split("\r\n");
    };
    const [head, first] = await csv("/api/r/1/events?format=csv&limit=3");
    expect(head).toMatch(/^seq,time_ns,cpu,comm/);
    expect(first).toMatch(/^1,/);
    expect((await csv("/api/r/1/findings?format=csv"))[1]).toMatch(
      /^F1,safety,invariant,,I10,B6,1188,/,
    );
    const lane = await csv("/api/r/1/intervals?lanes=irte:0000:00:08.0/0&format=csv");
    expect(lane[1]).toBe(
      "irte:0000:00:08.0/0,39762095621,39767486149,329,irte.allocated,allocated,observed,0,1",
    );
    const rows = await csv("/api/sql?format=csv", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        sql: `SELECT 'a"b' AS "x,y", 1 AS n, NULL AS z UNION ALL SELECT 'c', 2, 3`,
      }),
    });
    expect(rows).toEqual(['"x,y",n,z', '"a""b",1,', "c,2,3", ""]);
  });

  it("offers every recording that is shipped", async () => {
    const samples = (await server.json("/api/samples")) as { name: string; title: string }[];
    expect(samples.map(({ name }) => name.replace(".txt.gz", "")).sort()).toEqual(SHIPPED);
    for (const { title } of samples) expect(title).toMatch(/\w+ \w+/);
    const one = await server.ask("/api/samples/6.18-s1-one.txt.gz");
    expect(Buffer.from(await one.arrayBuffer())).toEqual(readFileSync(shippedPath("6.18-s1-one")));
    for (const name of ["SOURCES.md", "..%2fpackage.json", "6.18-s1-one"])
      expect((await server.ask(`/api/samples/${name}`)).status).toBe(404);
  });

  it("describes every address", async () => {
    const { paths } = (await server.json("/api/schema.json")) as { paths: Record<string, object> };
    expect(Object.keys(paths).length).toBeGreaterThan(20);
    expect(paths["/api/r/{recording}/intervals"]).toMatchObject({
      get: {
        parameters: expect.arrayContaining([
          expect.objectContaining({ name: "columns", in: "query" }),
        ]) as unknown,
      },
    });
    expect(paths["/api/sql"]).toMatchObject({ post: { requestBody: { required: true } } });
  });
});

describe("an import", () => {
  const messages = (text: string): { event: string; data: unknown }[] =>
    [...text.matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(([, event = "", data = ""]) => ({
      event,
      data: JSON.parse(data) as unknown,
    }));

  it("of a body tells its progress and ends with the recording", async () => {
    const body = readFileSync(shippedPath("7.3-s2-two"));
    const answer = await server.ask("/api/import", {
      method: "POST",
      body,
      headers: { "X-File-Name": "my%20trace.gz" },
    });
    const told = messages(await answer.text());
    expect(told.at(-1)).toMatchObject({
      event: "done",
      data: { file: "my trace.gz", already_imported: false },
    });
    expect(told[0]).toMatchObject({ event: "progress", data: { size: body.length } });
    expect(server.timeline.recordings().at(-1)).toMatchObject({
      file: "my trace.gz",
      state: "complete",
    });
  });

  it("of what is no trace says why", async () => {
    const answer = await server.ask("/api/import", { method: "POST", body: "no trace\n" });
    const count = server.timeline.recordings().length;
    expect(messages(await answer.text()).at(-1)).toMatchObject({
      event: "error",
      data: { error: { code: "ERR_FORMAT_UNKNOWN" } },
    });
    expect(server.timeline.recordings()).toHaveLength(count);
  });

  it("is stopped by DELETE, or by ending the request, and leaves nothing; others wait", async () => {
    const count = server.timeline.recordings().length;
    const endless = (signal?: AbortSignal): Promise<Response> => {
      const head = readFileSync(shippedPath("6.16-s1-one"));
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(head.subarray(0, head.length - 100));
        },
      });
      const options = { method: "POST", body, duplex: "half" as const };
      return server.ask("/api/import", signal === undefined ? options : { ...options, signal });
    };
    const running = async (): Promise<unknown> =>
      ((await server.json("/api/timeline")) as { importing: unknown }).importing;
    const first = endless();
    await expect.poll(running).toBe("trace");
    const second = await server.ask("/api/import", { method: "POST", body: "x" });
    expect(await second.text()).toContain("ERR_TOO_MANY");
    expect(await server.json("/api/import", { method: "DELETE" })).toEqual({ stopped: true });
    expect(messages(await (await first).text()).at(-1)).toMatchObject({
      event: "error",
      data: { error: { code: "ERR_ABORTED" } },
    });
    await expect.poll(running).toBeNull();
    const stop = new AbortController();
    const third = endless(stop.signal);
    third.catch(() => undefined);
    await expect.poll(running).toBe("trace");
    stop.abort();
    await expect.poll(running, { timeout: 5000 }).toBeNull();
    expect(server.timeline.recordings()).toHaveLength(count);
  });
});

describe("live", () => {
  it("tells what is committed, from the event on that the client knows", async () => {
    const fresh = await served(scratch, "6.12-s2-two");
    const last = fresh.timeline.recording(1).last_seq ?? 0;
    const stop = new AbortController();
    const answer = await fresh.ask("/api/live", {
      headers: { "Last-Event-ID": String(last - 10) },
      signal: stop.signal,
    });
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    await fresh.timeline.import(shippedPath("6.18-s1-one"));
    let text = "";
    const decoder = new TextDecoder();
    try {
      for await (const chunk of answer.body ?? []) {
        text += decoder.decode(chunk as Uint8Array, { stream: true });
        if ((text.match(/event: complete/g) ?? []).length === 2) stop.abort();
      }
    } catch {
      expect(stop.signal.aborted).toBe(true);
    }
    expect(text).toContain(
      `id: ${last}\nevent: events\ndata: {"recording_id":1,"first_seq":${last - 9},"last_seq":${last},`,
    );
    expect(text).toContain('event: began\ndata: {"recording_id":2}');
  });
});
