// Loads the command line with V8's code cache: what V8 compiled of it when it was built is not compiled again at
// each start. Where the cache does not fit this Node, or is missing, V8 compiles as ever.

import { readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";

/** The programs of the command line. One has the server of `serve`, without which the other one starts faster. */
export const PROGRAMS = { usual: "program", serving: "serving" } as const;

/** The name of a program: that of its files. */
export type ProgramName = (typeof PROGRAMS)[keyof typeof PROGRAMS];

/** The program for arguments: the one with the server where they name it anywhere. */
export function programFor(argv: readonly string[]): ProgramName {
  return argv.includes("serve") ? PROGRAMS.serving : PROGRAMS.usual;
}

/** The file with what V8 compiled, beside the program. It is made with the program and never outlives it. */
export function cacheOf(name: ProgramName): string {
  return `${name}.cache`;
}

/**
 * What stands around the program's text in its file: CommonJS's names, and the address of the file. To put them around
 * the text when it is loaded would copy it.
 */
export const WRAPPER = ["(function (exports, require, module, fileUrl) {", "})"] as const;

/** What the program exports (src/cli/main.ts). */
export interface Program {
  /** Runs the command line with arguments, and sets the exit status of the process. */
  readonly runProgram: (argv: readonly string[]) => Promise<void>;
}

type Wrapped = (
  exports: object,
  require: NodeJS.Require,
  module: { readonly exports: object },
  fileUrl: string,
) => void;

/** The program of a folder, compiled and not yet run. */
export class CompiledProgram {
  /** The program. */
  readonly script: Script;
  private readonly path: string;

  /** Throws what reading a file throws if the folder has no such program. */
  constructor(folder: string, name: ProgramName) {
    this.path = join(folder, `${name}.cjs`);
    this.script = new Script(readFileSync(this.path, "latin1"), {
      filename: this.path,
      cachedData: cacheIn(folder, name),
    });
  }

  /** Runs the program's files, so that its commands can be run. */
  load(): Program {
    const wrapped = this.script.runInThisContext() as Wrapped;
    const module = { exports: {} };
    const require = withLazyBuiltins(createRequire(this.path));
    wrapped(module.exports, require, module, pathToFileURL(this.path).href);
    return module.exports as Program;
  }
}

/**
 * Modules of Node that the program's files name at their top, most of which a command never uses: each is loaded when
 * something of it is asked for.
 */
function withLazyBuiltins(require: NodeJS.Require): NodeJS.Require {
  const lazy = (name: string): unknown =>
    isBuiltin(name) ? lazyModule(require, name) : require(name);
  return Object.assign(lazy, require) as NodeJS.Require;
}

function lazyModule(require: NodeJS.Require, name: string): object {
  let loaded: object | null = null;
  const load = (): object => (loaded ??= require(name) as object);
  return new Proxy(
    {},
    {
      get: (_, key) => Reflect.get(load(), key) as unknown,
      has: (_, key) => Reflect.has(load(), key),
      ownKeys: () => Reflect.ownKeys(load()),
      getOwnPropertyDescriptor: (_, key) => {
        const found = Reflect.getOwnPropertyDescriptor(load(), key);
        // A proxy may not say of what it has not got itself that it cannot be changed.
        return found && { ...found, configurable: true };
      },
    },
  );
}

function cacheIn(folder: string, name: ProgramName): Buffer | undefined {
  try {
    return readFileSync(join(folder, cacheOf(name)));
  } catch {
    return undefined;
  }
}
