import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { maxAnswerBytes } from "@/lib/competitions/scorer-protocol";
import { basicChildEnv } from "@/lib/kernel/env";
import { createScorerClient, ScorerLost } from "../adapters/scorer";
import { lingering } from "./testing/lingering";
import { builtPrograms, nobody, type Running, Store, startScorer, usual } from "./testing/scorer";

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

/**
 * Fences of every service that runs these programs, each around a child: a fence's own fork, which bears its name for a
 * moment, is none.
 */
function children(): number[] {
  const named = running((argv) => argv[0] === "unshare" && argv.includes(childProgram()));
  return named.filter((pid) => !named.includes(parentOf(pid)));
}

/** 0 for one that has ended. */
function parentOf(pid: number): number {
  const status = readOrEmpty(`/proc/${pid}/status`);
  return Number(/^PPid:\s*(\d+)$/m.exec(status)?.[1] ?? 0);
}

const childProgram = () => join(programs, "scorer-child.mjs");

/** What hostile jobs left to run. */
const left = () => running((argv) => argv[0] === "sleep" && argv[1] === lingering);

function running(isMeant: (argv: readonly string[]) => boolean): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && isMeant(argvOf(name)))
    .map(Number);
}

const argvOf = (pid: string) => readOrEmpty(`/proc/${pid}/cmdline`).split("\0");

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // Ended while we looked.
    return "";
  }
}

const untilEnded = () =>
  vi.waitFor(() => expect(running((argv) => argv.includes(childProgram()))).toEqual([]), { timeout: 10_000 });

/** What the hostile engine says. */
async function told(name: string): Promise<string> {
  return said.parse(await scorer.client.run(store.deed(name))).detail;
}
const said = z.object({ outcome: z.literal("broken"), detail: z.string() });

test("one that spins is out of time", async () => {
  const startedAt = performance.now();
  expect(await scorer.client.run(store.deed("spin", { deadlineMs: 300 }))).toEqual({
    outcome: "out_of_time",
  });
  expect(performance.now() - startedAt).toBeGreaterThan(299);
});

test("one that takes memory on V8's heap is out of memory", async () => {
  expect(await scorer.client.run(store.deed("objects"))).toEqual({ outcome: "out_of_memory" });
});

test("one that takes memory beside V8's heap never gets more than its bound", async () => {
  const answer = await scorer.client.run(store.deed("buffers"));
  // Either Node is refused a buffer and says what it got, or V8 cannot go on at all.
  if (answer.outcome !== "broken") return expect(answer).toEqual({ outcome: "out_of_memory" });
  const mib = Number(answer.detail) / 1024;
  expect(mib).toBeGreaterThan(usual.memoryMb / 2);
  // What is mapped from files, Node's own code, is no memory that it takes.
  expect(mib).toBeLessThan(usual.memoryMb + 64);
});

test("one that prints without end is ended, and little of it is kept", async () => {
  const answer = await scorer.client.run(store.deed("print"));
  expect(answer).toMatchObject({
    outcome: "crashed",
    detail: expect.stringContaining("wrote more than 1048576 bytes to its log"),
  });
  expect(JSON.stringify(answer).length).toBeLessThan(4_096);
});

test("one that answers without end is ended", async () => {
  const answer = await scorer.client.run(store.deed("answer"));
  expect(answer).toEqual({
    outcome: "crashed",
    detail: `The job answered with more than ${maxAnswerBytes} bytes.`,
  });
});

test("more than one line is no answer", async () => {
  const answer = await scorer.client.run(store.deed("lies"));
  expect(answer).toEqual({ outcome: "crashed", detail: "The job ended (exit code 0)." });
});

test("of one that dies the last words are told", async () => {
  const answer = await scorer.client.run(store.deed("dies"));
  expect(answer).toEqual({ outcome: "crashed", detail: "The job ended (SIGSEGV):\nthe last words" });
});

test("none can leave anything in a file system, wherever its user could", async () => {
  expect(JSON.parse(await told("write"))).toEqual([]);
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith("medforge-planted-"))).toEqual([]);
});

test("one sees its own evaluation and submission, its own processes, and no network", async () => {
  store.evaluate(`evl_${"b".repeat(16)}`, { "truth/truth.csv": "another's" });
  store.submit("another's");
  const look = store.deed("look");
  const { limits, ...seen } = JSON.parse(said.parse(await scorer.client.run(look)).detail);
  expect(seen).toEqual({
    root: ["evaluation", "node", "program.mjs", "store", "submissions"],
    evaluation: ["truth"],
    submissions: ["submission" in look ? look.submission : ""],
    store: [],
    // The two halves of its fence, and what they run.
    processes: expect.toSatisfy((count: number) => count <= 5),
    settings: expect.toSatisfy((names: string[]) => names.sort().join() === "LANG,NODE_ENV,PATH,TZ"),
    ...{ others: false, service: false, links: 1 },
  });
  const limit = (name: string) => new RegExp(`^Max ${name} +(\\d+) +\\1`, "m").exec(limits)?.[1];
  expect(limit("processes")).toBe("0");
  expect(limit("file size")).toBe("0");
  expect(limit("data size")).toBe(String(usual.memoryMb << 20));
  // What Node has mapped, as much again as the job may hold, and 1 GiB.
  expect(Number(limit("address space"))).toBeLessThan(4 * 1024 ** 3);
});

test("one can start no process", async () => {
  expect(await told("breed")).toContain("EAGAIN");
});

test("what one leaves to run ends with it, whatever group or session it went to", async () => {
  expect(await told("leave")).toBe("left");
  expect(left()).toEqual([]);
});

test("one whose descendant holds its streams open is out of time all the same, and so is that", async () => {
  const startedAt = performance.now();
  const request = store.deed("orphan", { deadlineMs: 500 });
  expect(await scorer.client.run(request)).toEqual({ outcome: "out_of_time" });
  expect(performance.now() - startedAt).toBeLessThan(4_000);
  await vi.waitFor(() => expect(left()).toEqual([]), { timeout: 10_000 });
});

test("a reason longer than people are shown is none", async () => {
  await expect(scorer.client.run(store.deed("tell"))).rejects.toBeInstanceOf(ScorerLost);
});

test("each job has a process of its own, one after another in the order in which they came", async () => {
  const answers = await Promise.all([1, 2, 3].map(() => scorer.client.run(store.deed("pause"))));
  const times = z.object({ startedAt: z.number(), from: z.number(), to: z.number() });
  const jobs = answers.map((answer) => times.parse(JSON.parse(said.parse(answer).detail)));
  expect(new Set(jobs.map(({ startedAt }) => startedAt)).size).toBe(3);
  for (const [index, { from }] of jobs.entries())
    if (index > 0) expect(from).toBeGreaterThanOrEqual(jobs[index - 1]?.to ?? 0);
});

test("what nobody waits for gives way to what came later", async () => {
  const order: string[] = [];
  const run = async (name: string, lowPriority: boolean) => {
    expect(await scorer.client.run(store.deed("pause", { lowPriority }))).toMatchObject({
      outcome: "broken",
    });
    order.push(name);
  };
  const first = run("first", false);
  await vi.waitFor(() => expect(children()).toHaveLength(2), { timeout: 10_000, interval: 1 });
  await Promise.all([first, run("low", true), run("second", false), run("third", false)]);
  expect(order).toEqual(["first", "second", "third", "low"]);
});

test("the connection's end is the job's, and the next one's turn", async () => {
  const giveUp = new AbortController();
  const running = scorer.client.run(store.deed("spin"), giveUp.signal);
  // The one that spins, and the next.
  await vi.waitFor(() => expect(children()).toHaveLength(2), { timeout: 10_000 });
  const waiting = scorer.client.run(store.deed("pause"));
  giveUp.abort(new Error("not wanted any more"));
  await expect(running).rejects.toThrow("not wanted any more");
  expect(await waiting).toMatchObject({ outcome: "broken" });
});

test("what is no request gets no process", async () => {
  // The one that is kept ready, which becomes itself only some moments after the service is there.
  const before = await vi.waitFor(
    () => {
      const ready = children();
      expect(ready).toHaveLength(1);
      return ready;
    },
    { timeout: 10_000 },
  );
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
      MEDFORGE_SCORER_JOB_UID: String(nobody.uid),
      MEDFORGE_SCORER_JOB_GID: String(nobody.gid),
      MEDFORGE_SCORER_JOBS: "1",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(service.stdout, "data");
  const job = createScorerClient(socket).run(store.deed("spin"));
  await vi.waitFor(() => expect(children()).toHaveLength(2), { timeout: 10_000 });
  service.kill("SIGKILL");
  await expect(job).rejects.toBeInstanceOf(ScorerLost);
  await untilEnded();
});

test("where nobody listens, the job is to be tried again", async () => {
  const away = createScorerClient(join(store.dir, "nobody.sock"));
  await expect(away.run(store.deed("pause"))).rejects.toBeInstanceOf(ScorerLost);
});
