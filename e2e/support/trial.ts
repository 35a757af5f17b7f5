import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import type { SessionState, SessionView } from "@/lib/sessions/model";
import { operationView } from "@/lib/workspaces/model";
import { rows } from "./database";
import { testEnv } from "./env";
import { eventually } from "./eventually";
import { type FaultRecord, faultFile, type TrialRecord } from "./fault-record";
import { endAllSessions, finished, session as look, requestLaunch, stop } from "./lab";
import { expectNoLeaks } from "./leaks";
import { freshName, type Person } from "./people";
import { ssh } from "./ssh";

/** Far above every recovery that was ever measured: what takes longer does not come by itself. In ms. */
export const recoveryMs = 180_000;

export function isLong(): boolean {
  return testEnv().MEDFORGE_TEST_FAULTS === "long";
}

/** A test that the short form does not so much as name. */
export function inLongForm(name: string, run: () => Promise<void>): void {
  if (isLong()) test(name, run);
}

export function record(entry: FaultRecord): void {
  appendFileSync(join(testEnv().MEDFORGE_TEST_REPORT_DIR, faultFile), `${JSON.stringify(entry)}\n`);
}

/**
 * Looks until what is asked for is there, while parts that would answer are down on purpose.
 * @throws Error with the last failure once the deadline has passed
 */
export async function despiteFaults<T>(what: string, get: () => Promise<T | undefined>): Promise<T> {
  let last: unknown;
  return eventually(
    what,
    recoveryMs,
    async () => {
      try {
        return await get();
      } catch (error) {
        last = error instanceof Error ? error.message : error;
        return undefined;
      }
    },
    () => last,
  );
}

/** The session once it is in one of `states`, whatever is down meanwhile. */
export function reaches(person: Person, slug: string, states: readonly SessionState[]): Promise<SessionView> {
  return despiteFaults(`session ${slug} is ${states.join(" or ")}`, async () => {
    const now = await look(person.api, slug);
    if (states.includes(now.state)) return now;
    throw new Error(`it is ${JSON.stringify(now)}`);
  });
}

/** The running session once this command succeeds in it. */
function runsIn(person: Person, slug: string, command: string): Promise<SessionView> {
  return despiteFaults(`session ${slug} runs "${command}"`, async () => {
    const now = await look(person.api, slug);
    if (now.state !== "RUNNING") throw new Error(`it is ${JSON.stringify(now)}`);
    await ssh(person, now, command);
    return now;
  });
}

/** The running session once somebody can work in it, workspace included. */
export function works(person: Person, slug: string): Promise<SessionView> {
  return runsIn(person, slug, "ls /workspace >/dev/null");
}

/** The running session once every byte of `writeData` is found in it. */
export function intact(person: Person, slug: string): Promise<SessionView> {
  return runsIn(person, slug, checkData);
}

/** Writes a megabyte that nobody can guess and remembers its digest beside it, both synced. */
export async function writeData(person: Person, on: SessionView): Promise<void> {
  const write = "head -c 1000000 /dev/urandom > data.bin && sha256sum data.bin > data.sum && sync";
  await ssh(person, on, `cd /workspace && ${write}`);
}

/** The same, safe from the end of the ZFS daemon: in user space it forgets its last seconds, synced or not. */
export async function writeSnapshotted(person: Person, on: SessionView): Promise<void> {
  await writeData(person, on);
  const path = `${on.exposure}/workspaces/${on.workspace.id}/snapshots`;
  await finished(person.api, await person.api.call(operationView, "POST", path, {}));
}

const checkData = "cd /workspace && sha256sum --quiet -c data.sum";

/** Every byte of `writeData` is there, now. @throws Error when one is not */
export async function expectData(person: Person, on: SessionView): Promise<void> {
  await ssh(person, on, checkData);
}

/** A launch is accepted, runs, and somebody can work in it. The session is left to the caller. */
export async function launchWorks(person: Person): Promise<SessionView> {
  const workspaceName = freshName("after").slice(0, 40);
  const asked = await despiteFaults("a launch is accepted", () =>
    requestLaunch(person.api, { workspaceName }),
  );
  return works(person, asked.slug);
}

export interface TrialClock {
  /** The fault strikes, or the outage that was imposed ends: recovery is counted from the last of these calls. */
  strike(): void;
}

export interface Outcome {
  /** What was found, for the table. */
  state: string;
  /** The session that must work; without one a new launch must. */
  session?: SessionView;
}

/**
 * Runs a fault. Its `run` lets it strike and asserts the right states; then nothing may be leaked, and a login or a new
 * launch must work. How long all that took from the fault on is recorded, a failure as well.
 */
export async function trial(
  person: Person,
  where: Pick<TrialRecord, "fault" | "phase" | "moment">,
  run: (clock: TrialClock) => Promise<Outcome>,
  leaksWithinMs?: number,
): Promise<void> {
  let struckAt = performance.now();
  const clock = {
    strike: () => {
      struckAt = performance.now();
    },
  };
  try {
    const { state, session } = await run(clock);
    await expectNoLeaks(leaksWithinMs);
    const proof = session ? await works(person, session.slug) : await launchWorks(person);
    const recoverMs = Math.round(performance.now() - struckAt);
    record({ kind: "trial", ...where, state, passed: true, recoverMs });
    if (!session) await stop(person.api, proof.slug);
    await expectNoLeaks();
  } catch (error) {
    const state = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
    record({ kind: "trial", ...where, state: state.slice(0, 200), passed: false, recoverMs: null });
    throw error;
  }
}

/** The host takes launches and no session is left over from a test before. */
export async function quietLab(): Promise<void> {
  await despiteFaults("the host is reachable", async () => {
    const [node] = await rows("SELECT unreachable_since FROM nodes");
    return node?.unreachable_since === null ? true : undefined;
  });
  await despiteFaults("the lab is quiet", async () => {
    await endAllSessions();
    return true;
  });
}
