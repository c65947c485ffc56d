import { existsSync, statfsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";
import { AS_BUILT, built } from "./test/support/built.js";

/**
 * These ask V8 itself: it counts the blocks of code that is loaded after it was told to, and takes a code cache only if
 * nobody has changed its flags.
 */
const ALONE = ["linear", "short-answers", "live/unheard", "launch/program"].map(
  (name) => `test/${name}.test.ts`,
);

/** Thousands of small timelines are made: a file system in memory writes them without waiting for a disk. */
const MEMORY = "/dev/shm";
const MEMORY_BYTES_MIN = 4 * 1024 ** 3;

function temporaryFolder(): Readonly<Record<string, string>> {
  if (process.env["TMPDIR"] !== undefined || !existsSync(MEMORY)) return {};
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize < MEMORY_BYTES_MIN ? {} : { TMPDIR: MEMORY };
}

export default defineConfig({
  plugins: [built()],
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What is waited for comes on a busy machine too.
    expect: { poll: { timeout: 20_000 } },
    env: temporaryFolder(),
    setupFiles: ["test/setup/seed.ts"],
    server: { deps: { external: [AS_BUILT] } },
    // Many tests wait for processes and leases: with as many workers as cores, a third of the cores' time is idle.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        extends: true,
        // To load the sources anew for each file would take as long as a tenth of all tests.
        test: {
          // Projects run in the order of their names. The longest file of those alone is not the last of all.
          name: "together",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...ALONE],
          isolate: false,
        },
      },
      { extends: true, test: { name: "alone", include: ALONE, isolate: true } },
    ],
  },
});
