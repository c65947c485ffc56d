// irqtwin serve as users start it.

import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { type ChildProcess } from "node:child_process";
import { describe, expect, it } from "vitest";
import { irqtwin, json, startIrqtwin } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const runtime = scratch.path(".run");
mkdirSync(runtime, { mode: 0o700 });
process.env["XDG_RUNTIME_DIR"] = runtime;

interface Started {
  readonly url: string;
  readonly socket: string | null;
  readonly header: string;
  readonly pid: number;
}

/** Starts a server, and what it says of itself. */
async function started(...args: string[]): Promise<readonly [ChildProcess, Started]> {
  const child = startIrqtwin(["serve", "--json", ...args]);
  const [line] = (await once(child.stdout ?? child, "data")) as [Buffer];
  return [child, JSON.parse(line.toString()) as Started];
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  child.kill(signal);
  const [status] = (await once(child, "close")) as [number | null];
  return status;
}

function authorization(header: string): string {
  return readFileSync(header, "utf8").replace("Authorization: ", "").trim();
}

describe("serve", () => {
  it("imports a trace and opens, tells a new link while it runs, and leaves one file", async () => {
    const db = scratch.path(".db");
    const [child, { url, header }] = await started("--db", db, shippedPath("6.17-s1-one"));
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\da-f]{32}$/);
    const [origin = ""] = url.split("/?");
    expect(statSync(header).mode & 0o777).toBe(0o600);
    const headers = { Authorization: authorization(header) };
    const timeline = (await (await fetch(`${origin}/api/timeline`, { headers })).json()) as object;
    expect(timeline).toMatchObject({ recordings: [{ id: 1, file: "6.17-s1-one.txt.gz" }] });
    const first = await fetch(url, { redirect: "manual" });
    expect([first.status, first.headers.get("set-cookie")?.includes("HttpOnly")]).toEqual([
      303,
      true,
    ]);
    expect((await fetch(url, { redirect: "manual" })).status).toBe(401);
    const link = irqtwin(["serve", "--link", "--db", db]).stdout.trim();
    expect(link.replace(/[\da-f]+$/, "")).toBe(url.replace(/[\da-f]+$/, ""));
    expect(link).not.toBe(url);
    expect((await fetch(link, { redirect: "manual" })).status).toBe(303);
    expect(await ended(child, "SIGTERM")).toBe(0);
    expect(existsSync(header)).toBe(false);
    expect(existsSync(`${db}-wal`)).toBe(false);
    const late = irqtwin(["serve", "--link", "--db", db]);
    expect([late.status, late.stderr]).toEqual([2, expect.stringContaining("no server runs on")]);
  });

  it("says that a timeline does not exist, where a link of its server is asked for", () => {
    const { status, stderr } = irqtwin(["serve", "--link", "--db", scratch.path(".db")]);
    expect([status, stderr]).toEqual([3, expect.stringContaining("(ERR_NO_TIMELINE)")]);
  });

  it("ends where others can read what says how it is reached", () => {
    const open = join(runtime, "irqtwin");
    const before = statSync(open).mode;
    chmodSync(open, 0o777);
    const db = scratch.path(".db");
    const { status, stderr } = irqtwin(["serve", "--db", db, shippedPath("6.17-s1-one")]);
    chmodSync(open, before);
    expect([status, stderr]).toEqual([2, expect.stringContaining("only you can read")]);
  });

  it("leaves the files of another server of the timeline alone, whichever ends first", async () => {
    const db = scratch.path(".db");
    irqtwin(["import", shippedPath("6.17-s1-one"), "--db", db]);
    const servers = [await started("--db", db), await started("--db", db)] as const;
    const [[first, one], [second, two]] = servers;
    expect(one.header).not.toBe(two.header);
    for (const { url, header } of [one, two]) {
      const headers = { Authorization: authorization(header) };
      const answer = await fetch(`${new URL(url).origin}/api/timeline`, { headers });
      expect(answer.status).toBe(200);
    }
    const originOfLink = (): string =>
      new URL(irqtwin(["serve", "--link", "--db", db]).stdout.trim()).origin;
    expect(originOfLink()).toBe(new URL(one.url).origin);
    await ended(first, "SIGTERM");
    expect([existsSync(one.header), existsSync(two.header)]).toEqual([false, true]);
    expect(originOfLink()).toBe(new URL(two.url).origin);
    const [third, three] = await started("--db", db);
    expect(three.header).toBe(one.header);
    await ended(second, "SIGTERM");
    expect([existsSync(two.header), originOfLink()]).toEqual([false, new URL(three.url).origin]);
    await ended(third, "SIGTERM");
    expect(irqtwin(["serve", "--link", "--db", db]).status).toBe(2);
  });

  it("leaves each byte of a timeline that was checked as it is, and stores what it finds in another", async () => {
    const db = scratch.path(".db");
    irqtwin(["import", shippedPath("6.17-s1-one"), "--db", db]);
    const unchecked = readFileSync(db);
    irqtwin(["serve", "--get", "/api/r/1/findings", "--db", db]);
    const checked = readFileSync(db);
    expect(checked.equals(unchecked)).toBe(false);

    irqtwin(["serve", "--get", "/api/r/1/findings", "--db", db]);
    expect(readFileSync(db).equals(checked)).toBe(true);
    const [child, { url, header }] = await started("--db", db);
    const [origin = ""] = url.split("/?");
    const headers = { Authorization: authorization(header) };
    for (const path of ["timeline", "r/1/lanes", "r/1/findings", "r/1/at?when=end"]) {
      const answer = await fetch(`${origin}/api/${path}`, { headers });
      expect([path, answer.status]).toEqual([path, 200]);
      await answer.arrayBuffer();
      expect(readFileSync(db).equals(checked)).toBe(true);
    }
    const body = readFileSync(shippedPath("7.3-s2-two"));
    const into = { method: "POST", headers: { ...headers, "X-File-Name": "7.3-s2-two" }, body };
    expect(await (await fetch(`${origin}/api/import`, into)).text()).toContain("event: done");
    const { recordings } = (await (await fetch(`${origin}/api/timeline`, { headers })).json()) as {
      recordings: object[];
    };
    expect(recordings).toHaveLength(2);
    expect(await ended(child, "SIGTERM")).toBe(0);
    expect(readFileSync(db).equals(checked)).toBe(false);
    for (const end of ["-wal", "-shm", "-journal"]) expect(existsSync(`${db}${end}`)).toBe(false);
  });

  it("answers one request without a server", () => {
    const db = scratch.path(".db");
    irqtwin(["import", shippedPath("6.17-s1-one"), "--db", db]);
    const at = irqtwin(["serve", "--get", "/api/r/1/at?when=end", "--db", db]);
    expect(json(at)).toEqual(json(irqtwin(["at", "end", "--json", "--db", db])));
    const none = irqtwin(["serve", "--get", "/api/r/9/lanes", "--db", db]);
    expect([none.status, json(none)]).toMatchObject([2, { error: { code: "ERR_NO_RECORDING" } }]);
  });

  it("listens at a socket that only its user can use", async () => {
    const [db, socket] = [scratch.path(".db"), scratch.path(".sock")];
    const [child, { header }] = await started("--db", db, "--socket", socket);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const headers = { Authorization: authorization(header), Host: "localhost" };
    const status = await new Promise((resolve, reject) => {
      request({ socketPath: socket, path: "/api/timeline", headers }, (answer) => {
        resolve(answer.statusCode);
        answer.resume();
      })
        .on("error", reject)
        .end();
    });
    expect(status).toBe(200);
    expect(irqtwin(["serve", "--link", "--db", db]).stdout).toMatch(
      /^http:\/\/localhost\/\?token=/,
    );
    expect(await ended(child, "SIGINT")).toBe(130);
    expect([existsSync(socket), existsSync(db)]).toEqual([false, false]);
  });

  it("refuses a port that is taken, or two places", async () => {
    const [child, { url }] = await started("--db", scratch.path(".db"));
    const taken = irqtwin(["serve", "--port", new URL(url).port, "--db", scratch.path(".db")]);
    expect([taken.status, taken.stderr]).toEqual([
      2,
      expect.stringContaining("cannot listen at port"),
    ]);
    expect(irqtwin(["serve", "--port", "1", "--socket", "x"]).status).toBe(2);
    expect(irqtwin(["serve", "--port", "70000"]).status).toBe(2);
    expect(await ended(child, "SIGTERM")).toBe(0);
  });
});
