import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** One file at a time, one test at a time: they share one installation with two GPUs. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  resolve: { alias: { "@": fileURLToPath(new URL("..", import.meta.url)) } },
  test: {
    include: ["e2e/host/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    retry: 0,
  },
});
