import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import type { SessionEventKind } from "@/lib/sessions/model";
import { rows } from "./database";
import { testEnv } from "./env";
import { containerName } from "./host";
import { childEnv } from "./run";

/** Between two looks at the database, in ms: a step takes tens of them, and the kill is meant to hit inside it. */
const lookEveryMs = 2;
/** The step that a test waits for never comes later than this on a busy machine, in ms. */
const comesWithinMs = 60_000;

/** A point in a session's life, as seen from outside: its timeline, or what Docker did with its container. */
export type Moment =
  | { kind: "timeline"; event: SessionEventKind }
  | { kind: "container"; action: "create" | "start" | "kill" | "die" | "destroy" };

export function describeMoment(moment: Moment): string {
  return moment.kind === "timeline" ? `timeline says ${moment.event}` : `container: ${moment.action}`;
}

async function onTimeline(slug: string, event: SessionEventKind): Promise<void> {
  const deadline = performance.now() + comesWithinMs;
  const sql =
    "SELECT e.id FROM session_events e JOIN sessions s ON s.id = e.session_id WHERE s.slug = ? AND e.kind = ?";
  while ((await rows(sql, [slug, event])).length === 0) {
    if (performance.now() > deadline) throw new Error(`${slug}: no ${event} on its timeline`);
    await pause(lookEveryMs);
  }
}

function onContainer(slug: string, action: string, since: Date): Promise<void> {
  const filters = ["type=container", `container=${containerName(slug)}`, `event=${action}`];
  const argv = [
    ...["-H", `unix://${testEnv().MEDFORGE_TEST_DOCKER_SOCKET}`, "events"],
    // What happened between the request and this subscription counts as well.
    ...["--since", String(since.getTime() / 1000)],
    ...filters.flatMap((filter) => ["--filter", filter]),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn("docker", argv, {
      env: childEnv(),
      timeout: comesWithinMs,
      killSignal: "SIGKILL",
    });
    child.on("error", reject);
    child.on("exit", () => reject(new Error(`${slug}: Docker told of no ${action}`)));
    child.stdout.once("data", () => {
      resolve();
      child.kill("SIGKILL");
    });
  });
}

/** Resolves as soon as the moment has come. `since`: when the step was asked for. */
export function reached(slug: string, moment: Moment, since: Date): Promise<void> {
  return moment.kind === "timeline"
    ? onTimeline(slug, moment.event)
    : onContainer(slug, moment.action, since);
}
