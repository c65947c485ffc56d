// What strangers, other pages and hostile recordings try: all of it is refused or inert, and the server goes on.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { request, type IncomingMessage } from "node:http";
import { beforeAll, describe, expect, it } from "vitest";
import { SECURITY_HEADERS } from "../../src/serve/guard.js";
import { Scratch } from "../support/scratch.js";
import { shippedText } from "../support/shipped.js";
import { PAGE_TEXT, served, type Served } from "./running.js";

const scratch = new Scratch();
let server: Served;
let port: number;

beforeAll(async () => {
  server = await served(scratch, "6.17-x-uaf-crash");
  port = Number(new URL(server.url).port);
});

interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** A request as it stands: fetch() sets Host and Origin by itself. */
function raw(
  path: string,
  headers: Record<string, string>,
  method = "GET",
  body = "",
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, method, headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => (text += chunk));
      answer.on("end", () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/** Bytes as they stand; what came back until the other side ended. */
function bytes(text: string, waitMs = 3000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let got = "";
    const timer = setTimeout(() => socket.destroy(), waitMs);
    socket.on("data", (chunk) => (got += chunk.toString("latin1")));
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(got);
    });
    socket.on("error", () => undefined);
    socket.write(text);
  });
}

const bearer = (): Record<string, string> => ({ Authorization: `Bearer ${server.session.bearer}` });

function codeOf({ text }: Answered): string {
  return (JSON.parse(text) as { error: { code: string } }).error.code;
}

async function cookie(): Promise<string> {
  const { headers } = await raw(`/?token=${server.session.newLink()}`, {});
  return headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
}

describe("who may ask", () => {
  it.each([
    ...["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example"],
    ...["0.0.0.0", "127.1", "[::2]", "localhost:1:2", "user@localhost", "169.254.169.254"],
  ])("refuses the host %j before anything else", async (host) => {
    const answer = await raw("/api/timeline", { ...bearer(), Host: host });
    expect([answer.status, codeOf(answer)]).toEqual([403, "ERR_HOST"]);
  });

  it.each(["localhost", "127.0.0.1", "[::1]", "localhost:9000", "127.0.0.1:41234"])(
    "lets the host %s through, at any port",
    async (host) => {
      expect((await raw("/api/timeline", { ...bearer(), Host: host })).status).toBe(200);
    },
  );

  it("refuses a request without a Host", async () => {
    const answer = await bytes(
      `GET /api/timeline HTTP/1.0\r\nAuthorization: Bearer ${server.session.bearer}\r\n\r\n`,
    );
    const empty = await bytes(
      `GET /api/timeline HTTP/1.1\r\nHost:\r\nAuthorization: Bearer ${server.session.bearer}\r\n\r\n`,
    );
    for (const text of [answer, empty]) {
      expect(text).toMatch(/^HTTP\/1\.1 403 /);
      expect(text).not.toContain("recordings");
    }
  });

  it.each(["https://evil.example", "http://localhost:1", "null", "http://127.0.0.1"])(
    "refuses the origin %s",
    async (origin) => {
      const answer = await raw("/api/timeline", { ...bearer(), Origin: origin });
      expect([answer.status, codeOf(answer)]).toEqual([403, "ERR_ORIGIN"]);
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    },
  );

  it.each(["cross-site", "same-site"])("refuses a page that is %s", async (site) => {
    for (const path of ["/api/timeline", "/api/live", "/page.js"]) {
      const answer = await raw(path, { Cookie: await cookie(), "Sec-Fetch-Site": site });
      expect([answer.status, codeOf(answer)]).toEqual([403, "ERR_ORIGIN"]);
    }
  });

  it("refuses a change that a cookie alone vouches for", async () => {
    const headers = { Cookie: await cookie(), "Content-Type": "application/json" };
    const body = JSON.stringify({ sql: "SELECT 1" });
    const answer = await raw("/api/sql", headers, "POST", body);
    expect([answer.status, codeOf(answer)]).toEqual([403, "ERR_ORIGIN"]);
    const own = { ...headers, Origin: `http://127.0.0.1:${port}` };
    expect((await raw("/api/sql", own, "POST", body)).status).toBe(200);
  });

  it("answers nothing, not even the page, to who has no token", async () => {
    for (const path of ["/", "/page.js", "/api/timeline", "/api/live", "/api/schema.json", "/x"]) {
      const answer = await raw(path, {});
      expect([path, answer.status, codeOf(answer)]).toEqual([path, 401, "ERR_TOKEN"]);
    }
    for (const wrong of ["", "Bearer", "Bearer x", `Bearer ${"0".repeat(32)}`, "Basic eDp4"])
      expect((await raw("/api/timeline", { Authorization: wrong })).status).toBe(401);
    const name = server.session.cookieName;
    for (const wrong of [`${name}=`, `${name}=${"0".repeat(32)}`, "irqtwin=1", "a=b; ;=;"])
      expect((await raw("/api/timeline", { Cookie: wrong })).status).toBe(401);
  });

  it("opens the page by a link once, with a cookie that names the server", async () => {
    const token = server.session.newLink();
    const first = await raw(`/?token=${token}`, {});
    expect([first.status, first.headers.location, first.text]).toEqual([303, "/", ""]);
    const [set = ""] = first.headers["set-cookie"] ?? [];
    expect(set).toMatch(/^irqtwin-[\da-f]{8}=[\da-f]{32}; Path=\/; HttpOnly; SameSite=Strict$/);
    const page = await raw("/", { Cookie: set.split(";")[0] ?? "" });
    expect([page.status, page.text]).toEqual([200, PAGE_TEXT]);
    const second = await raw(`/?token=${token}`, {});
    expect([second.status, codeOf(second)]).toEqual([401, "ERR_TOKEN"]);
    expect(second.headers["set-cookie"]).toBeUndefined();
    const head = await raw(`/?token=${server.session.newLink()}`, {}, "HEAD");
    expect(head.headers["set-cookie"]).toBeUndefined();
  });

  it("opens it from a foreign page without a redirect, which would lose a strict cookie", async () => {
    const headers = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate" };
    const answer = await raw(`/?token=${server.session.newLink()}`, headers);
    expect([answer.status, answer.headers.location]).toEqual([200, undefined]);
    expect(answer.text).toContain('content="0; url=/"');
    expect(answer.text).not.toContain("token");
  });
});

describe("what is asked for", () => {
  it("says in every answer that nothing foreign may be loaded or may load it", async () => {
    const answers = [
      ...(await Promise.all(
        ["/", "/page.js", "/api/timeline", "/api/nope", "/nope"].map((path) => raw(path, bearer())),
      )),
      await raw("/", {}),
      await raw(`/?token=${server.session.newLink()}`, {}),
      await raw("/api/r/1/intervals?lanes=cpu:0", bearer()),
      await raw("/api/sql", { ...bearer(), "Content-Type": "application/json" }, "POST", "{"),
    ];
    for (const { headers } of answers)
      for (const [name, value] of Object.entries(SECURITY_HEADERS))
        expect(headers[name.toLowerCase()]).toBe(value);
  });

  it.each([
    ...["/../package.json", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd"],
    ...[
      "/secret.db",
      "/page.js/../secret.db",
      "/./secret.db",
      "/\\..\\secret.db",
      "/page.js%00.html",
    ],
    ...["/index.html/", "/api/../secret.db", "/api/r/../../secret.db"],
  ])("gives no file but the page's own: %s", async (path) => {
    const answer = await raw(path, bearer());
    expect(answer.text).not.toContain("not for anybody");
    expect(answer.text).not.toContain("root:");
    expect([400, 404]).toContain(answer.status);
  });

  it("is no proxy", async () => {
    const answer = await bytes("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("refuses methods, parameters and numbers that there are not", async () => {
    expect((await raw("/api/timeline", bearer(), "PUT")).status).toBe(405);
    for (const path of [
      ...["/api/r/1/lanes?x=1", "/api/r/1/at?when=1&when=2", "/api/r/1/overview?columns=-1"],
      ...["/api/r/1/overview?columns=99999999", "/api/r/1/intervals", "/api/r/1/intervals?lanes=x"],
      ...["/api/r/1/intervals?lanes=cpu:0&from=9&to=8", "/api/r/9/lanes", "/api/r/x/lanes"],
      ...["/api/r/1e9/lanes", "/api/r/1/at?when=%00", "/api/r/1/findings/F99", "/api/r/-1/info"],
      ...[
        "/api/r/1/events?kind=%27%20OR%201=1--",
        "/api/r/1/events?task=%22",
        "/api/r/1/events?vcpu=__proto__",
      ],
      ...[
        "/api/r/1/lanes?__proto__=1",
        "/api/r/1/lanes?constructor=1",
        "/api/r/1/audit?by=__proto__",
      ],
      `/api/r/1/intervals?lanes=${Array.from({ length: 600 }, (_, i) => `cpu:${i}`).join(",")}`,
    ]) {
      const answer = await raw(path, bearer());
      expect([path, answer.status >= 400 && answer.status < 500], answer.text).toEqual([
        path,
        true,
      ]);
      expect(codeOf(answer)).toMatch(/^ERR_/);
    }
  });

  it("has names of a hostile recording as data: nothing of it is HTML or a header", async () => {
    const hostile = "<img/src=x>";
    const text = shippedText("6.16-m3-local-minimal").replace(
      /^( *)(\S{1,15})-(\d+)( +\[)/m,
      `$1${hostile}-$3$4`,
    );
    const name = encodeURIComponent("../../x\r\nSet-Cookie: a=b\r\n\r\n<script>.txt");
    const sent = await server.ask("/api/import", {
      method: "POST",
      body: text,
      headers: { "X-File-Name": name },
    });
    const stream = await sent.text();
    expect(stream).toContain("event: done");
    const { recordings } = (await server.json("/api/timeline")) as {
      recordings: { id: number; file: string }[];
    };
    const { id = 0, file } = recordings.at(-1) ?? {};
    expect(file).not.toContain("/");
    const answer = await server.ask(`/api/r/${id}/events?limit=5000`);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(await answer.text()).toContain(hostile);
  });
});

describe("SQL", () => {
  const sql = (statement: string, more: object = {}): Promise<Answered> =>
    raw(
      "/api/sql",
      { ...bearer(), "Content-Type": "application/json" },
      "POST",
      JSON.stringify({ sql: statement, ...more }),
    );
  const digest = (): string => createHash("sha256").update(readFileSync(server.db)).digest("hex");

  it("cannot write, nor reach another file", async () => {
    const before = digest();
    const target = scratch.path(".stolen");
    for (const statement of [
      "DELETE FROM event",
      "UPDATE recording SET file = 'x'",
      "INSERT INTO marker VALUES (1, 1, 'x') RETURNING 1",
      "DROP TABLE event",
      `VACUUM INTO '${target}'`,
      `ATTACH '${server.db}' AS other`,
      "PRAGMA query_only = 0",
      "PRAGMA writable_schema = 1",
      "PRAGMA journal_mode = DELETE",
      "CREATE TEMP TABLE t (x)",
      "BEGIN IMMEDIATE",
      "SELECT load_extension('/tmp/x')",
      "SELECT 1; DELETE FROM event",
      "SELECT writefile('/tmp/x', 'y')",
      "",
    ]) {
      const answer = await sql(statement);
      expect([statement, answer.status]).toEqual([statement, 400]);
      expect(codeOf(answer)).toMatch(/^ERR_SQL/);
    }
    expect(() => readFileSync(target)).toThrow("ENOENT");
    expect(digest()).toBe(before);
  });

  const ENDLESS =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

  it("that does not end is killed, and others are answered meanwhile", async () => {
    const begun = performance.now();
    const endless = sql(ENDLESS, { seconds: 1 });
    expect((await raw("/api/timeline", bearer())).status).toBe(200);
    const answer = await endless;
    expect([answer.status, codeOf(answer)]).toEqual([422, "ERR_SQL_LIMIT"]);
    expect(performance.now() - begun).toBeLessThan(8000);
  });

  it("ends when who asks is gone, and no more than two run at once", async () => {
    const stop = new AbortController();
    const init = {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ sql: ENDLESS, seconds: 30 }),
      signal: stop.signal,
    };
    const endless = [server.ask("/api/sql", init), server.ask("/api/sql", init)];
    for (const each of endless) each.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await sql("SELECT 1")).status).toBe(429);
    stop.abort();
    await expect
      .poll(async () => (await sql("SELECT 1")).status, { timeout: 5000, interval: 100 })
      .toBe(200);
  });

  it("gives no more rows than were asked for, and says so", async () => {
    const answer = await sql("SELECT seq FROM v_event", { limit: 5, recording: 1 });
    const { rows, truncated, columns } = JSON.parse(answer.text) as Record<string, unknown>;
    expect(rows).toEqual([[1], [2], [3], [4], [5]]);
    expect([truncated, columns]).toEqual([true, [{ name: "seq", type: "integer" }]]);
  });
});

describe("floods and slowness", () => {
  it("refuses a body that is too large, or no JSON", async () => {
    const large = JSON.stringify({ sql: "x".repeat(2_000_000) });
    const answer = await server
      .ask("/api/sql", {
        method: "POST",
        body: large,
        headers: { "Content-Type": "application/json" },
      })
      .then((response) => response.status)
      .catch(() => 413);
    expect(answer).toBe(413);
    for (const [type, body] of [
      ["text/plain", "{}"],
      ["application/x-www-form-urlencoded", "sql=1"],
      ["application/json", "{"],
    ] as const)
      expect(
        (await raw("/api/sql", { ...bearer(), "Content-Type": type }, "POST", body)).status,
      ).toBe(415);
  });

  it("refuses headers and addresses that are too long", async () => {
    const long = await bytes(`GET /${"x".repeat(40_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    expect(long).toMatch(/^HTTP\/1\.1 (?:431|414|400) |^$/);
    const header = await bytes(
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(40_000)}\r\n\r\n`,
    );
    expect(header).toMatch(/^HTTP\/1\.1 431 |^$/);
    // What fits into one packet is read as a whole, so that its answer arrives.
    const bit = await bytes(
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(17_000)}\r\n\r\n`,
    );
    const [head = "", body = ""] = bit.split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 431 /);
    for (const [name, value] of Object.entries(SECURITY_HEADERS))
      expect(head).toContain(`${name}: ${value}`);
    expect(JSON.parse(body)).toMatchObject({ error: { code: "ERR_HEADERS" } });
  });

  it("answers others while requests do not come to their end", async () => {
    const slow = Array.from({ length: 50 }, () => bytes("GET / HTTP/1.1\r\nHost: local", 1500));
    expect((await raw("/api/timeline", bearer())).status).toBe(200);
    await Promise.all(slow);
  });

  it("gives the places of those who connect and say nothing to others", async () => {
    const idle = Array.from({ length: 256 }, () => connect(port, "127.0.0.1"));
    await Promise.all(idle.map((socket) => once(socket, "connect")));
    await Promise.all(idle.map((socket) => once(socket, "close")));
    expect((await raw("/api/timeline", bearer())).status).toBe(200);
  });

  it("searches a trace only so often at once, and afterwards again", async () => {
    const path = scratch.path(".txt");
    const line = "          idle-1       [000] d..1.  40734392193: of_no_use: x=1\n";
    writeFileSync(path, shippedText("6.17-x-uaf-crash") + line.repeat(300_000));
    await server.timeline.import(path);
    const id = server.timeline.recordings().at(-1)?.id ?? 0;
    const grep = (text: string): Promise<Answered> =>
      raw(`/api/r/${id}/events?limit=1&grep=${text}`, bearer());
    const all = await Promise.all(Array.from({ length: 40 }, (_, i) => grep(`flood${i}`)));
    const refused = all.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.map(codeOf)).toContain("ERR_TOO_MANY");
    expect(all.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(8);
    expect((await grep("piwl")).status).toBe(200);
  });

  it("survives what is no HTTP", async () => {
    for (const text of [
      "\0\0\0\0",
      "GET\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
      "\x16\x03\x01\x02",
    ])
      expect(await bytes(text, 500)).toMatch(/^HTTP\/1\.1 400 [^]*"code":"ERR_HTTP"/);
    expect((await raw("/api/timeline", bearer())).status).toBe(200);
  });
});
