import { defineConfig } from "vitest/config";

// Journeys through a running server at MILLRACE_URL in a real browser; see e2e/README.md.
export default defineConfig({
  test: {
    include: ["e2e/**/*.e2e.ts"],
    environment: "node",
    fileParallelism: false,
    sequence: { concurrent: false },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
