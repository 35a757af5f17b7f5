import { defineConfig } from "vitest/config";
export default defineConfig({
  resolve: { alias: { "@": "/work/main" } },
  root: "/work/main",
  test: { include: ["agent/**/*.test.ts"], fileParallelism: false },
});
