// PostgreSQL, where one is installed: a private cluster on a socket in a temporary folder, the same
// changes loaded with COPY, the state as of an event by LATERAL.

import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const VERSIONS = "/usr/lib/postgresql";
const LOAD = `
  CREATE TABLE change (seq bigint NOT NULL, ent bigint NOT NULL, lo bigint, hi bigint);
  COPY change FROM STDIN (FORMAT csv);`;
const PREPARE = `
  CREATE INDEX ON change (ent, seq);
  CREATE TABLE entity AS SELECT DISTINCT ent FROM change;
  VACUUM ANALYZE change; VACUUM ANALYZE entity;`;

interface Rows {
  readonly name: string;
  readonly taken: readonly number[];
}

export interface PostgresResult {
  readonly rows: readonly Rows[];
  readonly note: string;
}

/** Loads changes.csv of the folder and asks for the states at these events. */
export async function benchPostgres(
  folder: string,
  seqs: readonly number[],
): Promise<PostgresResult> {
  const bin = newest();
  if (bin === null) return skipped("is not installed");
  if (!existsSync(`${folder}/changes.csv`)) return skipped("has no changes to load");
  const cluster = new Cluster(bin);
  try {
    return await Promise.resolve(cluster.measure(folder, seqs));
  } catch (error) {
    return skipped(`failed: ${error instanceof Error ? error.message : "?"}`);
  } finally {
    cluster.stop();
  }
}

function skipped(why: string): PostgresResult {
  return { rows: [], note: `PostgreSQL ${why.split("\n")[0] ?? ""}: skipped.` };
}

function newest(): string | null {
  if (!existsSync(VERSIONS)) return null;
  const versions = readdirSync(VERSIONS).sort((a, b) => Number(a) - Number(b));
  const bin = join(VERSIONS, versions.at(-1) ?? "", "bin");
  return existsSync(join(bin, "initdb")) ? bin : null;
}

class Cluster {
  private readonly bin: string;
  private readonly home = mkdtempSync(join(tmpdir(), "irqtwin-pg-"));
  /** PostgreSQL refuses to run as root. */
  private readonly asUser: readonly string[];
  private isRunning = false;
  private readonly onExit = (): void => {
    this.stop();
  };

  constructor(bin: string) {
    this.bin = bin;
    const isRoot = process.getuid?.() === 0;
    this.asUser = isRoot
      ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
      : [];
    if (isRoot) chownSync(this.home, idOf("-u"), idOf("-g"));
    process.once("exit", this.onExit);
  }

  measure(folder: string, seqs: readonly number[]): PostgresResult {
    const data = join(this.home, "data");
    this.run("initdb", "-D", data, "-U", "bench", "-A", "trust", "--no-sync");
    const options = `-c listen_addresses= -c unix_socket_directories=${this.home} -c fsync=off`;
    this.run("pg_ctl", "-D", data, "-w", "-l", join(this.home, "log"), "-o", options, "start");
    this.isRunning = true;
    const seconds = this.timed(
      `\\timing on\n${LOAD.replace("FROM STDIN", `FROM '${this.copied(folder)}'`)}`,
    );
    this.psql(PREPARE);
    const queries = seqs.map(
      (seq) =>
        `SELECT count(c.lo), sum(c.hi) FROM entity AS e, LATERAL (SELECT lo, hi FROM change WHERE ent = e.ent AND seq <= ${seq} ORDER BY seq DESC LIMIT 1) AS c;`,
    );
    const taken = this.timed(["\\timing on", ...queries].join("\n"));
    const version = this.psql("SHOW server_version;").trim();
    return {
      rows: [
        {
          name: "PostgreSQL, LATERAL over an (entity, seq) index, count and sum on the server",
          taken,
        },
      ],
      note: `PostgreSQL ${version}, fsync off: COPY of the changes took ${(seconds.at(-1) ?? NaN).toFixed(0)} ms.`,
    };
  }

  /** A copy that the server's user can read. */
  private copied(folder: string): string {
    const path = join(this.home, "changes.csv");
    const { status } = spawnSync("cp", [`${folder}/changes.csv`, path]);
    spawnSync("chmod", ["644", path]);
    if (status !== 0) throw new Error("no space for the changes");
    return path;
  }

  private timed(sql: string): number[] {
    return [...this.psql(sql).matchAll(/^Time: ([\d.]+) ms/gm)].map(([, ms]) => Number(ms));
  }

  private psql(sql: string): string {
    const words = [
      "-h",
      this.home,
      "-U",
      "bench",
      "-d",
      "postgres",
      "-qAtX",
      "-v",
      "ON_ERROR_STOP=1",
    ];
    return this.run("psql", ...words, { input: sql });
  }

  private run(program: string, ...rest: (string | { input: string })[]): string {
    const words = rest.filter((word) => typeof word === "string");
    const { input = "" } = rest.find((word) => typeof word !== "string") ?? {};
    const [first = "", ...more] = [...this.asUser, join(this.bin, program), ...words];
    const { status, stdout, stderr, error } = spawnSync(first, more, {
      cwd: this.home,
      input,
      encoding: "utf8",
      // The server keeps its parent's standard output open: only its log is written.
      stdio: program === "pg_ctl" ? "ignore" : "pipe",
    });
    if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`);
    return stdout;
  }

  stop(): void {
    if (this.isRunning) {
      this.isRunning = false;
      this.run("pg_ctl", "-D", join(this.home, "data"), "-m", "immediate", "-w", "stop");
    }
    process.off("exit", this.onExit);
    rmSync(this.home, { recursive: true, force: true });
  }
}

function idOf(which: "-u" | "-g"): number {
  return Number(spawnSync("id", [which, "postgres"], { encoding: "utf8" }).stdout);
}
