// What users would use instead: packages of test/bench/package.json, which `npm run bench` does not
// need. Their types are not installed with irqtwin, so the few names that are used are written here.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);

/** Why a comparison is left out. */
export const NOT_INSTALLED = "skipped: not installed (`npm --prefix test/bench install --no-save`)";

export interface DuckConnection {
  run(sql: string): Promise<unknown>;
  runAndReadAll(sql: string): Promise<{ getRows(): unknown[][] }>;
  closeSync(): void;
}

interface DuckModule {
  readonly DuckDBInstance: {
    create(
      path: string,
      options: Readonly<Record<string, string>>,
    ): Promise<{ connect(): Promise<DuckConnection>; closeSync(): void }>;
  };
  version(): string;
}

/** A package of the bench's own; null where it is not installed. */
async function optional<Module>(name: string): Promise<Module | null> {
  try {
    return (await import(pathToFileURL(require.resolve(name)).href)) as Module;
  } catch {
    return null;
  }
}

export interface Duck {
  readonly version: string;
  /** A database of one thread, in memory unless a path is given; close what it returns. */
  open(path?: string): Promise<DuckConnection>;
}

/** DuckDB, where it is installed. */
export async function loadDuck(): Promise<Duck | null> {
  const module = await optional<DuckModule>("@duckdb/node-api");
  if (module === null) return null;
  return {
    version: `DuckDB ${module.version()}`,
    open: async (path = ":memory:") => {
      const instance = await module.DuckDBInstance.create(path, { threads: "1" });
      const connection = await instance.connect();
      return {
        run: (sql) => connection.run(sql),
        runAndReadAll: (sql) => connection.runAndReadAll(sql),
        closeSync: () => {
          connection.closeSync();
          instance.closeSync();
        },
      };
    },
  };
}

/** The first number of an answer. */
export async function duckNumber(connection: DuckConnection, sql: string): Promise<number> {
  const [row] = (await connection.runAndReadAll(sql)).getRows();
  return Number(row?.[0] ?? NaN);
}

export interface EmmettStore {
  appendToStream(
    stream: string,
    events: readonly { readonly type: string; readonly data: unknown }[],
  ): Promise<unknown>;
  readStream(stream: string): Promise<{ readonly events: readonly unknown[] }>;
  close(): Promise<void>;
}

interface EmmettModule {
  getSQLiteEventStore(options: Readonly<Record<string, unknown>>): EmmettStore;
  sqliteConnection(options: { readonly fileName: string }): EmmettConnection;
}

/** Its only connection, so that its settings can be made ours. */
export interface EmmettConnection {
  command(sql: string): Promise<unknown>;
  query(sql: string): Promise<Readonly<Record<string, unknown>>[]>;
  close(): void;
}

export interface Emmett {
  open(fileName: string): { readonly store: EmmettStore; readonly connection: EmmettConnection };
}

/** Emmett's SQLite event store, where it is installed. */
export async function loadEmmett(): Promise<Emmett | null> {
  const module = await optional<EmmettModule>("@event-driven-io/emmett-sqlite");
  if (module === null) return null;
  return {
    open: (fileName) => {
      const connection = module.sqliteConnection({ fileName });
      const store = module.getSQLiteEventStore({
        fileName,
        connectionOptions: { singleton: true, connection },
        schema: { autoMigration: "CreateOrUpdate" },
      });
      return { store, connection };
    },
  };
}
