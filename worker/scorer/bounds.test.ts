import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { maxAnswerBytes } from "@/lib/competitions/scorer-protocol";
import { basicChildEnv } from "@/lib/kernel/env";
import { createScorerClient, ScorerLost } from "../adapters/scorer";
import { builtPrograms, deed, type Running, Store, startScorer, usual } from "./testing/scorer";

let programs: string;
let store: Store;
let scorer: Running;

beforeAll(async () => {
  programs = await builtPrograms("worker/scorer/testing/hostile-child.ts");
});
afterAll(() => rmSync(programs, { recursive: true }));

beforeEach(async () => {
  store = new Store();
  scorer = await startScorer(programs, store.dir, 1);
});

afterEach(async () => {
  scorer.server.close();
  await untilEnded();
  store.remove();
});

/** The children of every service that runs these programs. */
function children(): number[] {
  const program = join(programs, "scorer-child.mjs");
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => argvOf(pid).includes(program))
    .map(Number);
}

function argvOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    // Ended while we looked.
    return [];
  }
}

const untilEnded = () => vi.waitFor(() => expect(children()).toEqual([]), { timeout: 10_000 });

test("one that spins is out of time", async () => {
  const startedAt = performance.now();
  expect(await scorer.client.run(deed("spin", { deadlineMs: 300 }))).toEqual({ outcome: "out_of_time" });
  expect(performance.now() - startedAt).toBeGreaterThan(299);
});

test("one that takes memory on V8's heap is out of memory", async () => {
  expect(await scorer.client.run(deed("objects"))).toEqual({ outcome: "out_of_memory" });
});

test("one that takes memory beside V8's heap never gets more than its bound", async () => {
  const answer = await scorer.client.run(deed("buffers"));
  // Either Node is refused a buffer and says what it got, or V8 cannot go on at all.
  if (answer.outcome !== "broken") return expect(answer).toEqual({ outcome: "out_of_memory" });
  const mib = Number(answer.detail) / 1024;
  expect(mib).toBeGreaterThan(usual.memoryMb / 2);
  // What is mapped from files, Node's own code, is no memory that it takes.
  expect(mib).toBeLessThan(usual.memoryMb + 64);
});

test("one that prints without end is ended, and little of it is kept", async () => {
  const answer = await scorer.client.run(deed("print"));
  expect(answer).toMatchObject({
    outcome: "crashed",
    detail: expect.stringContaining("wrote more than 1048576 bytes to its log"),
  });
  expect(JSON.stringify(answer).length).toBeLessThan(4_096);
});

test("one that answers without end is ended", async () => {
  const answer = await scorer.client.run(deed("answer"));
  expect(answer).toEqual({
    outcome: "crashed",
    detail: `The job answered with more than ${maxAnswerBytes} bytes.`,
  });
});

test("more than one line is no answer", async () => {
  const answer = await scorer.client.run(deed("lies"));
  expect(answer).toEqual({ outcome: "crashed", detail: "The job ended (exit code 0)." });
});

test("of one that dies the last words are told", async () => {
  const answer = await scorer.client.run(deed("dies"));
  expect(answer).toEqual({ outcome: "crashed", detail: "The job ended (SIGSEGV):\nthe last words" });
});

test("none can write a file, wherever its user could", async () => {
  const answer = await scorer.client.run(deed("write"));
  expect(answer).toMatchObject({ outcome: "broken", detail: expect.stringContaining("EFBIG") });
});

test("one whose descendant holds its streams open is out of time all the same", async () => {
  const startedAt = performance.now();
  expect(await scorer.client.run(deed("orphan", { deadlineMs: 500 }))).toEqual({ outcome: "out_of_time" });
  expect(performance.now() - startedAt).toBeLessThan(4_000);
});

test("each job has a process of its own, one after another in the order in which they came", async () => {
  const answers = await Promise.all([1, 2, 3].map(() => scorer.client.run(deed("pause"))));
  const shape = z.object({ outcome: z.literal("broken"), detail: z.string() });
  const times = z.object({ pid: z.number(), from: z.number(), to: z.number() });
  const jobs = answers.map((answer) => times.parse(JSON.parse(shape.parse(answer).detail)));
  expect(new Set(jobs.map(({ pid }) => pid)).size).toBe(3);
  for (const [index, { from }] of jobs.entries())
    if (index > 0) expect(from).toBeGreaterThanOrEqual(jobs[index - 1]?.to ?? 0);
});

test("the connection's end is the job's, and the next one's turn", async () => {
  const giveUp = new AbortController();
  const running = scorer.client.run(deed("spin"), giveUp.signal);
  // The one that spins, and the next.
  await vi.waitFor(() => expect(children()).toHaveLength(2), { timeout: 10_000 });
  const waiting = scorer.client.run(deed("pause"));
  giveUp.abort(new Error("not wanted any more"));
  await expect(running).rejects.toThrow("not wanted any more");
  expect(await waiting).toMatchObject({ outcome: "broken" });
});

test("what is no request gets no process", async () => {
  const before = children();
  const socket = connect(scorer.socket);
  socket.write('{"job":"score","evaluation":"../../etc","submission":"passwd"}\n');
  const [answer] = await once(socket, "data");
  expect(JSON.parse(String(answer))).toMatchObject({ outcome: "crashed" });
  expect(children()).toEqual(before);
  const long = connect(scorer.socket);
  long.write("x".repeat(8 * 1024));
  await once(long, "close");
});

test("a service that is killed takes its job with it, which is to be tried again", async () => {
  scorer.server.close();
  await untilEnded();
  const socket = join(store.dir, "killed.sock");
  const service = spawn(process.execPath, [join(programs, "scorer.mjs")], {
    env: {
      ...basicChildEnv(),
      NODE_ENV: "test",
      MEDFORGE_SCORER_SOCKET: socket,
      MEDFORGE_COMPETITIONS_DIR: store.dir,
      MEDFORGE_SCORER_JOBS: "1",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(service.stdout, "data");
  const job = createScorerClient(socket).run(deed("spin"));
  await vi.waitFor(() => expect(children()).toHaveLength(2), { timeout: 10_000 });
  service.kill("SIGKILL");
  await expect(job).rejects.toBeInstanceOf(ScorerLost);
  await untilEnded();
});

test("where nobody listens, the job is to be tried again", async () => {
  const away = createScorerClient(join(store.dir, "nobody.sock"));
  await expect(away.run(deed("pause"))).rejects.toBeInstanceOf(ScorerLost);
});
