import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { SessionView } from "@/lib/sessions/model";
import { closeDatabase } from "../support/database";
import { containerName, docker } from "../support/host";
import { gpus, inState, launch, session as look, snapshots, stop } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { newPerson, type Person } from "../support/people";
import { ssh, trySsh } from "../support/ssh";
import { intact, isLong, quietLab, trial, writeData } from "../support/trial";

let ana: Person;
let mallory: Person;
beforeAll(async () => {
  [ana, mallory] = [await newPerson("ana"), await newPerson("mallory")];
});
beforeEach(quietLab);
afterAll(async () => {
  await expectNoLeaks();
  await closeDatabase();
});

/** A neighbour under the worst load may be slow, but not gone, in ms. */
const neighbourMs = 10_000;
const mib = 1024 ** 2;

/** While `work` goes on in one session, another person's and the console answer. */
async function neighboursAnswer(neighbour: SessionView, work: Promise<unknown>): Promise<void> {
  let ended = false;
  const done = work.finally(() => {
    ended = true;
  });
  do {
    const askedAt = performance.now();
    await Promise.all([ssh(ana, neighbour, "true"), gpus(ana.api), look(ana.api, neighbour.slug)]);
    expect(performance.now() - askedAt).toBeLessThan(neighbourMs);
  } while (!ended);
  await done;
}

/** Runs Python in the session. */
const python = (on: SessionView, program: string) =>
  trySsh(mallory, on, "python3 -", { stdin: program, timeoutMs: 120_000 });

interface Hog {
  name: string;
  run(on: SessionView): Promise<string>;
}

const fillsMemory: Hog = {
  name: "fills its memory",
  async run(on) {
    const ended = await python(on, "held = []\nwhile True: held.append(bytearray(16 * 1024 * 1024))");
    expect(ended.code).not.toBe(0);
    return "the program is killed";
  },
};

/** More than what the file system may hold goes into it. @returns the bytes that it took */
async function overfill(on: SessionView, folder: string): Promise<number> {
  const ended = await trySsh(mallory, on, `head -c 8G /dev/zero > ${folder}/filler`);
  expect(ended.stderr).toMatch(/No space left on device/);
  const size = Number(await ssh(mallory, on, `stat -c %s ${folder}/filler`));
  await ssh(mallory, on, `rm ${folder}/filler`);
  return size;
}

function fills(folder: string, limitMib: number): Hog {
  return {
    name: `fills ${folder}`,
    async run(on) {
      expect(await overfill(on, folder)).toBeLessThanOrEqual(limitMib * mib);
      return `ends at ${limitMib} MiB`;
    },
  };
}

const pidsLimit = 8192;
const forks: Hog = {
  name: "forks without end",
  async run(on) {
    const program = [
      "import os, signal",
      "children = 0",
      "try:",
      "  while True:",
      "    if os.fork() == 0: signal.pause()",
      "    children += 1",
      "except OSError: print(children, flush=True)",
      "os.killpg(0, signal.SIGKILL)",
    ];
    const ended = await python(on, program.join("\n"));
    const children = Number(ended.stdout);
    expect(children).toBeGreaterThan(100);
    expect(children).toBeLessThan(pidsLimit);
    return `ends below ${pidsLimit} processes`;
  },
};

/** Docker rotates at one file of 1 MiB beside the current one; a line may straddle the limit. */
const logLimit = 2.1 * mib;
const floodsLog: Hog = {
  name: "floods its log",
  async run(on) {
    const name = containerName(on.slug);
    // As the session's root, since its user can't write to what sshd says.
    await docker("exec", name, "sh", "-c", "yes | head -c 20000000 > /proc/1/fd/2");
    const path = (await docker("inspect", "--format", "{{.LogPath}}", name)).trim();
    const files = readdirSync(dirname(path)).filter((file) => file.includes("-json.log"));
    const size = files.reduce((sum, file) => sum + statSync(join(dirname(path), file)).size, 0);
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThan(logLimit);
    return "keeps the last 2 MiB";
  },
};

const hogs = isLong()
  ? [fillsMemory, fills("/dev/shm", 2048), fills("/tmp", 1024), fills("/var/tmp", 1024), forks, floodsLog]
  : [fillsMemory];

test.each(hogs.map((hog) => [hog.name, hog] as const))(
  "a session that %s keeps within its bounds",
  async (_, hog) => {
    const [neighbour, hostile] = [await launch(ana), await launch(mallory, { workspaceName: "workshop" })];
    await writeData(mallory, hostile);
    await trial(mallory, { fault: `session ${hog.name}`, phase: "run" }, async ({ strike }) => {
      let state = "";
      await neighboursAnswer(
        neighbour,
        hog.run(hostile).then((found) => {
          state = found;
        }),
      );
      strike();
      const session = await intact(mallory, hostile.slug);
      return { state: `${state}; RUNNING, neighbours answer`, session };
    });
    for (const [person, { slug }] of [
      [ana, neighbour],
      [mallory, hostile],
    ] as const)
      await stop(person.api, slug);
  },
);

test("a session that ignores SIGTERM is stopped all the same, snapshot included", async () => {
  const session = await launch(mallory, { workspaceName: "workshop" });
  await writeData(mallory, session);
  await ssh(
    mallory,
    session,
    "setsid nohup sh -c 'trap \"\" TERM HUP INT; while :; do sleep 1; done' >/dev/null 2>&1 &",
  );
  const before = await snapshots(mallory.api, session.workspace.id);
  await trial(mallory, { fault: "session ignores SIGTERM", phase: "stop" }, async ({ strike }) => {
    strike();
    await stop(mallory.api, session.slug);
    const ended = await inState(mallory.api, session.slug, ["STOPPED", "ERROR"]);
    expect(ended).toMatchObject({ state: "STOPPED", error: null });
    expect(await snapshots(mallory.api, session.workspace.id)).toHaveLength(before.length + 1);
    return { state: "STOPPED after its grace period, one snapshot" };
  });
});
