import { expect, test } from "vitest";
import { isTrouble } from "./pretty";

test.each([
  ["agent", '{"level":"warn","time":"2026-11-30T04:04:41.340Z","msg":"host problem"}', true],
  ["Caddy", '{"level":"error","ts":1764475481.34,"msg":"dial unix: no such file"}', true],
  ["the Docker engine", 'time="2026-11-30T04:04:41.340Z" level=error msg="cannot stop"', true],
  ["MariaDB", "2026-11-30  4:04:41 0 [Warning] Aborted connection 7", true],
  ["worker", '{"level":"info","time":"2026-11-30T04:04:41.340Z","msg":"level=error"}', false],
  ["MariaDB", "2026-11-30  4:04:41 0 [Note] Server socket created", false],
])("a line of %s is a trouble or none: %s", (_, line, expected) => {
  expect(isTrouble(line)).toBe(expected);
});
