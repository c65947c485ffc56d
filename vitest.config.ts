import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Many tests wait for processes of their own: one worker less than cores would leave a core idle.
    maxWorkers: "100%",
  },
});
