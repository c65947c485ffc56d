import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";

/**
 * These ask V8 itself: it counts the blocks of code that is loaded after it was told to, and takes a code cache only if
 * nobody has changed its flags.
 */
const ALONE = ["test/linear.test.ts", "test/launch/program.test.ts"];

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Many tests wait for processes and leases: with as many workers as cores, a third of the cores' time is idle.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        extends: true,
        // To load the sources anew for each file would take as long as a tenth of all tests.
        test: {
          name: "all",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...ALONE],
          isolate: false,
        },
      },
      { extends: true, test: { name: "alone", include: ALONE, isolate: true } },
    ],
  },
});
