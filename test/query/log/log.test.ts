import Database from "better-sqlite3";
import { beforeAll, afterAll, describe, expect, test } from "vitest";
import { openTimeline, type LogEntry, type LogOptions, type Timeline } from "../../../src/index.js";
import { logQuery } from "../../../src/query/log/log.js";
import { type LogFilter } from "../../../src/query/log/log-filter.js";
import { recordings } from "../../../src/timeline/read/recordings.js";
import { rowsOf } from "../../support/content.js";
import { Scratch } from "../../support/scratch.js";
import { coarseTrace, shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
let timeline: Timeline;
let all: LogEntry[];

beforeAll(async () => {
  timeline = await openTimeline(db, { create: true });
  await timeline.import(shippedPath("6.17-s1-one"));
  await timeline.import(scratch.file(".txt", coarseTrace()));
  all = [...timeline.recording(2).log({ reverse: true })];
});

afterAll(() => {
  timeline.close();
});

const log = (options: LogOptions = {}): LogEntry[] => [...timeline.recording().log(options)];
const seqs = (entries: readonly LogEntry[]): number[] => entries.map(({ seq }) => seq);

describe("log", () => {
  test("shows every event of the newest recording, the newest first", () => {
    const stored = rowsOf(db, "SELECT seq FROM v_event WHERE recording_id = 2 ORDER BY seq DESC");
    expect(seqs(log())).toEqual(stored.map(([seq]) => Number(seq)));
  });

  test("reverse turns the order and nothing else", () => {
    expect(all).toEqual(log().reverse());
    expect(all.length).toBeGreaterThan(1000);
  });

  test("shows where the fate of an entry's interrupts begins", () => {
    const irte = "0000:00:08.0/0";
    const begins = (where: string): number[] =>
      rowsOf(
        db,
        `SELECT DISTINCT from_seq FROM v_fate WHERE recording_id = 1 AND fate = 'wake-up' AND ${where} ORDER BY 1 DESC`,
      ).map(([seq]) => Number(seq));
    expect(begins("true").length).toBeGreaterThan(5);
    const first = timeline.recording(1);
    expect(seqs([...first.log({ fate: "wake-up" })])).toEqual(begins("true"));
    expect(seqs([...first.log({ fate: "wake-up", irte })])).toEqual(begins(`irte = '${irte}'`));
    expect(() => log({ fate: "wakeup" })).toThrow("wakeup is no fate (did you mean wake-up?)");
  });

  test("shows the fates of a VM's or vCPU's entries, whatever their events name", async () => {
    const own = await openTimeline(scratch.path(".db"), { create: true });
    await own.import(shippedPath("6.17-x-uaf-crash"));
    const recording = own.recording();
    const begins = async (where: string): Promise<unknown[]> => {
      const rows = await own.query(
        `SELECT DISTINCT f.from_seq AS seq FROM v_fate AS f JOIN v_event AS e ON e.seq = f.from_seq
         WHERE f.fate = 'pending' AND (${where}) ORDER BY 1 DESC`,
      );
      return rows.map(({ seq }) => seq);
    };
    const ofVm = seqs([...recording.log({ fate: "pending", vm_id: 4 })]);
    expect(ofVm).toEqual(await begins("f.vm_id = 4 OR e.vm_id = 4"));
    expect(ofVm.length).toBeGreaterThan((await begins("e.vm_id = 4")).length);
    expect(seqs([...recording.log({ fate: "pending", vcpu: "vm1/vcpu1" })])).toEqual(
      await begins("f.vm_id = 1 AND f.vcpu_id = 1 OR e.vcpu = 'vm1/vcpu1'"),
    );
    own.close();
  });

  test("says of each interrupt with a verdict why that is said, as v_interrupt does", () => {
    const said = [...timeline.recording(1).log({ verdict: "delivered", reverse: true })].map(
      ({ seq, interrupt }) => [
        seq,
        interrupt?.verdict,
        interrupt?.sure === true ? 1 : 0,
        interrupt?.reason,
        interrupt?.irte,
      ],
    );
    expect(said).toEqual(
      rowsOf(
        db,
        `SELECT id, verdict, sure, reason, irte FROM v_interrupt
         WHERE recording_id = 1 AND verdict = 'delivered' ORDER BY id`,
      ).map((row) => row.map((value) => (typeof value === "bigint" ? Number(value) : value))),
    );
    expect(said.length).toBeGreaterThan(5);
    expect(all.some((entry) => "interrupt" in entry)).toBe(false);
  });

  test("shows the lost interrupts of a VM: of the one whose irqfd takes them", async () => {
    const own = await openTimeline(scratch.path(".db"), { create: true });
    await own.import(shippedPath("6.17-x-uaf-crash"));
    const recording = own.recording();
    const vmOf = ({ seq, interrupt }: LogEntry): number | null | undefined =>
      recording
        .at({ when: { seq } })
        .irqfds.find(({ irte }) => irte !== null && irte === interrupt?.irte)?.vm_id;
    const lost = [...recording.log({ verdict: "lost" })];
    const ofVm = (vm_id: number): number[] =>
      seqs([...recording.log({ verdict: "lost", vm_id, reverse: true })]);
    expect(ofVm(1)).toEqual([]);
    // The eventfd of one counts it until the same VM has an irqfd again.
    const none = lost.filter((each) => vmOf(each) === undefined);
    expect(none).toHaveLength(1);
    for (const each of lost.filter((one) => !none.includes(one)))
      expect(ofVm(vmOf(each) ?? 0)).toContain(each.seq);
    expect([...ofVm(3), ...ofVm(4)].sort((a, b) => b - a)).toEqual(seqs(lost));
    expect(() => [...recording.log({ verdict: "lost", vm_id: 99 })]).toThrow("vm99");
    const delivered = await own.query(
      `SELECT id FROM v_interrupt WHERE verdict = 'delivered'
       AND (vm_id = 4 OR id IN (SELECT seq FROM v_event WHERE vm_id = 4)) ORDER BY id DESC`,
    );
    expect(seqs([...recording.log({ verdict: "delivered", vm_id: 4 })])).toEqual(
      delivered.map(({ id }) => id),
    );
    own.close();
  });

  test("shows what the view v_event shows, and the PCI segment", () => {
    const columns =
      "seq cpu comm pid kind vm_id vcpu_id devid irte_index gsi host_irq cause_seq cause source recording_id line vm_name irte vcpu";
    const rows = rowsOf(
      db,
      `SELECT ${columns.replaceAll(" ", ", ")},
         (SELECT segment FROM event WHERE event.seq = v_event.seq), cast(time_ns AS text), payload
       FROM v_event WHERE recording_id = 2 ORDER BY seq`,
    );
    const expected = rows.map((row) => {
      const cells = row.map((cell) => (typeof cell === "bigint" ? Number(cell) : cell));
      const entry = Object.fromEntries(columns.split(" ").map((column, i) => [column, cells[i]]));
      return {
        ...entry,
        segment: cells.at(-3),
        time_ns: cells.at(-2),
        payload: JSON.parse(String(cells.at(-1))) as unknown,
      };
    });
    expect(all).toMatchObject(expected);
    expect(all.length).toBe(expected.length);
  });

  test("names the kernel function of each event, and that of what brought it about", () => {
    for (const entry of all) {
      expect(entry.function, entry.kind).toMatch(/^\w+(?: or \w+)*$/);
      const by = all.find(({ seq }) => seq === entry.cause_seq);
      if (by !== undefined) expect(entry.cause_function).toBe(by.function);
      else if (entry.cause === null) expect(entry.cause_function).toBeNull();
      if (entry.cause !== null) expect(entry.cause_function).toMatch(/^\w+/);
    }
    expect(new Set(all.map((entry) => entry.function))).toContain("__modify_irte_ga");
  });

  test("-n shows the newest so many, or with reverse the oldest", () => {
    expect(log({ limit: 5 })).toEqual(all.slice(-5).reverse());
    expect(log({ limit: 5, reverse: true })).toEqual(all.slice(0, 5));
    expect(log({ limit: 0 })).toEqual([]);
  });

  test("another recording is another history", () => {
    const older = [...timeline.recording(1).log()];
    expect(new Set(older.map(({ recording_id }) => recording_id))).toEqual(new Set([1]));
    expect(older.length).toBe(1090);
  });
});

describe("filters", () => {
  const filtered = (keep: (entry: LogEntry) => boolean): LogEntry[] => all.filter(keep).reverse();

  test("narrow to one IRTE, vCPU, VM, GSI, host IRQ or kind, and all of them at once", () => {
    const cases: [LogOptions, (entry: LogEntry) => boolean][] = [
      [{ irte: "0000:00:08.0/1" }, (e) => e.devid === 64 && e.irte_index === 1],
      [{ irte: "00:09.0/0" }, (e) => e.devid === 72 && e.irte_index === 0],
      [{ device: "00:08.0" }, (e) => e.devid === 64],
      [{ device: "0000:00:09.0" }, (e) => e.devid === 72],
      [{ device: "00:08.0", irte: "00:08.0/1" }, (e) => e.devid === 64 && e.irte_index === 1],
      [
        { device: "00:08.0", kind: "irte_written" },
        (e) => e.devid === 64 && e.kind === "irte_written",
      ],
      [{ vcpu: "vm1/vcpu2" }, (e) => e.vm_id === 1 && e.vcpu_id === 2],
      [{ vm_id: 2 }, (e) => e.vm_id === 2],
      [{ gsi: 24 }, (e) => e.gsi === 24],
      [
        { host_irq: all.find((e) => e.host_irq !== null)?.host_irq ?? 0 },
        (e) => e.host_irq === all.find((f) => f.host_irq !== null)?.host_irq,
      ],
      [{ kind: "irte_written" }, (e) => e.kind === "irte_written"],
      [
        { irte: "00:08.0/1", kind: "irte_written" },
        (e) => e.devid === 64 && e.irte_index === 1 && e.kind === "irte_written",
      ],
    ];
    for (const [options, keep] of cases) {
      const expected = filtered(keep);
      expect(expected.length, JSON.stringify(options)).toBeGreaterThan(0);
      expect(log(options), JSON.stringify(options)).toEqual(expected);
    }
  });

  test("a device between two moments is that part of it, in either order", () => {
    const [from, to] = [all[300], all[700]];
    if (from === undefined || to === undefined) throw new Error("the recording is too short");
    const options = {
      device: "00:08.0",
      kind: "irte_written",
      since: `${from.time_ns}ns`,
      until: `${to.time_ns}ns`,
    };
    const expected = filtered(
      ({ devid, kind, time_ns }) =>
        devid === 64 &&
        kind === "irte_written" &&
        BigInt(time_ns) >= BigInt(from.time_ns) &&
        BigInt(time_ns) <= BigInt(to.time_ns),
    );
    expect(expected.length).toBeGreaterThan(10);
    expect(log(options)).toEqual(expected);
    expect(log({ ...options, reverse: true })).toEqual(expected.toReversed());
    expect(new Set(expected.map(({ irte_index }) => irte_index)).size).toBeGreaterThan(1);
  });

  test("a device is its IRTEs together", () => {
    const indexes = new Set(
      all.filter(({ devid }) => devid === 64).map(({ irte_index }) => irte_index),
    );
    const each = [...indexes].flatMap((index) => seqs(log({ irte: `00:08.0/${index}` })));
    expect(seqs(log({ device: "00:08.0", reverse: true }))).toEqual(each.sort((a, b) => a - b));
  });

  test("-n counts what is left after the other filters", () => {
    const writes = filtered(({ kind }) => kind === "irte_written");
    expect(log({ kind: "irte_written", limit: 7 })).toEqual(writes.slice(0, 7));
  });

  test("narrow to an irqfd, a task or a cause", () => {
    const some = all.find((e) => e.comm !== null && e.kind === "irqfd_assigned");
    const [comm, pid] = [some?.comm ?? "", some?.pid ?? 0];
    const cases: [LogOptions, (entry: LogEntry) => boolean][] = [
      [{ irqfd: "vm1/gsi24" }, (e) => e.vm_id === 1 && e.gsi === 24],
      [{ task: comm }, (e) => e.comm === comm],
      [{ task: String(pid) }, (e) => e.pid === pid],
      [{ task: `${comm}-${pid}` }, (e) => e.comm === comm && e.pid === pid],
      [{ cause: "routing change" }, (e) => e.cause === "routing change"],
      [
        { cause: "vcpu load", irte: "00:08.0/1", task: "vcpu-0.2" },
        (e) =>
          e.cause === "vcpu load" && e.devid === 64 && e.irte_index === 1 && e.comm === "vcpu-0.2",
      ],
    ];
    for (const [options, keep] of cases) {
      const expected = filtered(keep);
      expect(expected.length, JSON.stringify(options)).toBeGreaterThan(0);
      expect(log(options), JSON.stringify(options)).toEqual(expected);
      expect(log({ ...options, reverse: true, limit: 3 })).toEqual(
        expected.toReversed().slice(0, 3),
      );
    }
  });

  test("any two of them together show what passes both", () => {
    const values: LogOptions[] = [
      { irte: "00:08.0/1" },
      { device: "00:08.0" },
      { vcpu: "vm1/vcpu2" },
      { irqfd: "vm1/gsi24" },
      { task: "piwl" },
      { cause: "vcpu put" },
      { kind: "irte_written" },
      { since: "@1100", until: "@1700" },
    ];
    for (const a of values) {
      for (const b of values) {
        const inB = new Set(seqs(log(b)));
        expect(seqs(log({ ...a, ...b }))).toEqual(seqs(log(a)).filter((seq) => inB.has(seq)));
      }
    }
  });

  test("by the text of a marker", () => {
    const all = log({ kind: "marker" });
    const found = log({ marker: "vm_create" });
    const isMeant = (entry: LogEntry): boolean =>
      entry.kind === "marker" && entry.payload.text?.includes("vm_create") === true;
    expect(found).toEqual(all.filter(isMeant));
    expect(found.length).toBeGreaterThan(0);
    expect(log({ marker: "no such text" })).toEqual([]);
  });

  test("by things that exist and have no such event show nothing", () => {
    expect(log({ irte: "00:08.0/1", kind: "vm_created" })).toEqual([]);
    expect(() => log({ gsi: 9999 })).toThrow("there is no GSI 9999");
    expect(() => log({ host_irq: 9999 })).toThrow("there is no host IRQ 9999");
    expect(log({ cause: "vcpu load", kind: "vm_created" })).toEqual([]);
  });

  test("that are no names, or the names of nothing, are refused", () => {
    const refused: LogOptions[] = [
      ...[{ irte: "8.0" }, { vcpu: "vcpu1" }, { irqfd: "gsi24" }, { kind: "x" }, { cause: "load" }],
      ...[{ irte: "ff:1f.7/9" }, { vcpu: "vm1/vcpu99" }, { vm_id: 77 }, { task: "nobody" }],
      ...[{ irqfd: "vm77/gsi24" }, { irqfd: "vm1/gsi9999" }, { task: "" }],
      ...[{ irte: "0001:00:08.0/1" }, { device: "0001:00:08.0" }, { device: "00:1f.0" }],
      ...[{ device: "00:08.0/1" }, { device: "00:20.0" }, { device: "64" }],
    ];
    for (const options of refused) {
      expect(() => log(options), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: "ERR_NAME" }) as Error,
      );
    }
  });
});

describe("since and until", () => {
  test("include events of exactly that time", () => {
    const [a, b] = [all[300], all[420]];
    if (a === undefined || b === undefined) throw new Error("the recording is too short");
    const between = all.filter(
      ({ time_ns }) => BigInt(time_ns) >= BigInt(a.time_ns) && BigInt(time_ns) <= BigInt(b.time_ns),
    );
    expect(log({ since: `${a.time_ns}ns`, until: `${b.time_ns}ns` })).toEqual(between.reverse());
    const since = BigInt(a.time_ns);
    expect(log({ since: `${since + 1n}ns` }).at(-1)?.seq).toBe(
      all.find(({ time_ns }) => BigInt(time_ns) > since)?.seq,
    );
  });

  test("include all of several events that share a time", () => {
    const i = all.findIndex((entry, n) => entry.time_ns === all[n + 1]?.time_ns);
    const [one, two] = [all[i], all[i + 1]];
    if (one === undefined || two === undefined) throw new Error("no two events share a time");
    const same = all.filter(({ time_ns }) => time_ns === one.time_ns);
    expect(log({ since: `${one.time_ns}ns`, until: `${one.time_ns}ns`, reverse: true })).toEqual(
      same,
    );
    expect(log({ since: `@${two.seq}`, until: `@${two.seq}` })).toEqual([two]);
  });

  test("as @SEQ include that event; start and end are everything", () => {
    const [first, last] = [all[10]?.seq ?? 0, all[20]?.seq ?? 0];
    expect(seqs(log({ since: `@${first}`, until: `@${last}`, reverse: true }))).toEqual(
      seqs(all.slice(10, 21)),
    );
    expect(log({ since: "start", until: "end" })).toEqual(log());
    expect(() => log({ since: "end", until: "start" })).toThrow("is after");
  });

  test("count back from the end", () => {
    const end = BigInt(timeline.recording(2).last_ns ?? 0);
    const recent = all.filter(({ time_ns }) => BigInt(time_ns) >= end - 500_000_000n);
    expect(recent.length).toBeGreaterThan(0);
    expect(log({ since: "-500ms", reverse: true })).toEqual(recent);
  });
});

test("events come one by one: the first costs no more than itself", () => {
  const entries = timeline.recording(2).log();
  expect(entries.next()).toEqual({ done: false, value: all.at(-1) });
  expect(entries.next()).toEqual({ done: false, value: all.at(-2) });
  // Closing it early frees the statement: the connection can write again.
  entries.return();
  expect(log({ limit: 1 })).toHaveLength(1);
});

describe("from a write of an IRTE", () => {
  const of = { irte: "00:08.0/1", kind: "irte_written" };

  test("the next is the oldest since then, the one before the newest until then", () => {
    const writes = seqs(log({ ...of, reverse: true }));
    expect(writes.length).toBeGreaterThan(20);
    const next = writes.map((seq) =>
      seqs(log({ ...of, since: `@${seq + 1}`, reverse: true, limit: 1 })),
    );
    expect(next).toEqual([...writes.slice(1).map((seq) => [seq]), []]);
    const before = writes.map((seq) => seqs(log({ ...of, until: `@${seq - 1}`, limit: 1 })));
    expect(before).toEqual([[], ...writes.slice(0, -1).map((seq) => [seq])]);
  });

  test("or from any event between two", () => {
    const writes = seqs(log({ ...of, reverse: true }));
    for (const { seq } of all.filter((_, i) => i % 11 === 0)) {
      const [here, next] = [`@${seq}`, writes.find((each) => each >= seq)];
      expect(seqs(log({ ...of, since: here, reverse: true, limit: 1 }))).toEqual(
        next === undefined ? [] : [next],
      );
      expect(seqs(log({ ...of, until: here, limit: 1 }))).toEqual(
        writes.filter((each) => each <= seq).slice(-1),
      );
    }
  });

  test("is one search: nothing is sorted, in either order", () => {
    for (const reverse of [true, false]) {
      const plan = planOf({ ...of, from: 900, limit: 1, reverse });
      expect(plan[0]).toMatch(/USING INDEX event_of_irte .*rowid>/);
      expect(plan.join()).not.toContain("TEMP B-TREE");
    }
  });
});

test("names are looked up before the events: each plan starts at the event table", () => {
  const subjects = [{ vcpu: "vm1/vcpu2" }, { task: "piwl" }, { cause: "vcpu put" }];
  for (const options of [...subjects, { device: "00:08.0" }]) {
    const plan = planOf(options);
    expect(plan[0]).toMatch(/^(SEARCH|SCAN) e USING INTEGER PRIMARY KEY/);
    expect(plan.join()).not.toContain("TEMP B-TREE");
  }
  expect(planOf({ irte: "00:08.0/1" })[0]).toContain("USING INDEX event_of_irte");
});

function planOf(options: LogFilter): string[] {
  const sqlite = new Database(db, { readonly: true });
  try {
    const recording = recordings(sqlite)[1];
    if (recording === undefined) throw new Error("no recording");
    const { sql, values } = logQuery(sqlite, recording, options);
    return sqlite
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...(values[0] ?? []), -1)
      .map(({ detail }) => detail);
  } finally {
    sqlite.close();
  }
}
