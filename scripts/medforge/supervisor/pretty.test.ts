import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { isTrouble, pretty, writtenAt } from "./pretty";

const plain = (text: string) => stripVTControlCharacters(pretty(text));

it("reads pino's and Caddy's lines, and leaves others alone", () => {
  const pino = {
    level: "info",
    time: "2026-11-22T01:02:03.000Z",
    part: "worker",
    slug: "abcd2345",
    msg: "started",
  };
  expect(plain(JSON.stringify(pino))).toBe("01:02:03 started slug=abcd2345");
  const caddy = { level: "error", ts: 1_795_309_323, logger: "tls", msg: "no certificate" };
  expect(plain(JSON.stringify(caddy))).toMatch(/^\d\d:\d\d:\d\d error: no certificate logger=tls$/);
  expect(plain("mariadbd: ready for connections")).toBe("mariadbd: ready for connections");
  expect(plain("{ not json")).toBe("{ not json");
});

it("tells why in a word, and where only of what nobody expected", () => {
  const err = {
    type: "AgentError",
    message: "The agent did not answer",
    stack: "AgentError: …\n    at call",
  };
  const of = (level: string) => plain(JSON.stringify({ level, msg: "A look failed", slug: "abcd2345", err }));
  expect(of("warn")).toBe('warn: A look failed slug=abcd2345 err="The agent did not answer"');
  expect(of("error")).toBe(
    'error: A look failed slug=abcd2345 err="The agent did not answer"\nAgentError: …\n    at call',
  );
});

it("finds when a line was written", () => {
  const at = Date.parse("2026-11-22T01:02:03Z");
  const line = { level: "info", msg: "m" };
  expect(writtenAt(JSON.stringify({ ...line, time: "2026-11-22T01:02:03Z" }))).toBe(at);
  expect(writtenAt(JSON.stringify({ ...line, ts: at / 1000 }))).toBe(at);
  expect(writtenAt('time="2026-11-22T01:02:03Z" level=info msg=m')).toBe(at);
  expect(writtenAt("2026-11-22  1:02:03 0 [Warning] Aborted connection 7")).toBe(at);
  expect(writtenAt("mariadbd: ready")).toBeNaN();
});

it.each([
  ["agent", '{"level":"warn","time":"2026-11-30T04:04:41.340Z","msg":"host problem"}', true],
  ["Caddy", '{"level":"error","ts":1764475481.34,"msg":"dial unix: no such file"}', true],
  ["the Docker engine", 'time="2026-11-30T04:04:41.340Z" level=error msg="cannot stop"', true],
  ["MariaDB", "2026-11-30  4:04:41 0 [Warning] Aborted connection 7", true],
  [
    "Caddy",
    '{"level":"error","ts":1764475481.34,"msg":"aborting with incomplete response","error":"context canceled"}',
    false,
  ],
  ["worker", '{"level":"info","time":"2026-11-30T04:04:41.340Z","msg":"level=error"}', false],
  ["MariaDB", "2026-11-30  4:04:41 0 [Note] Server socket created", false],
])("a line of %s is a trouble or none: %s", (_, line, expected) => {
  expect(isTrouble(line)).toBe(expected);
});
