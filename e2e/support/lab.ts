import { z } from "zod";
import { gpuView } from "@/lib/fleet/model";
import {
  type SessionEventView,
  type SessionState,
  type SessionView,
  sessionEventView,
  sessionView,
} from "@/lib/sessions/model";
import { type OperationView, operationView, type SnapshotView, snapshotView } from "@/lib/workspaces/model";
import type { Api } from "./api";
import { eventually } from "./eventually";
import { admin, type Person } from "./people";

/** Longest that a start or a stop may take on a busy two-core machine, in ms; usual is about one second. */
export const stepMs = 60_000;

export function session(api: Api, slug: string): Promise<SessionView> {
  return api.call(sessionView, "GET", `${api.surface}/sessions/${slug}`);
}

export function timeline(api: Api, slug: string): Promise<SessionEventView[]> {
  return api.call(z.array(sessionEventView), "GET", `${api.surface}/sessions/${slug}/events`);
}

export function gpus(api: Api) {
  return api.call(z.array(gpuView), "GET", "gpus");
}

export function snapshots(api: Api, workspaceId: string): Promise<SnapshotView[]> {
  return api.call(z.array(snapshotView), "GET", `${api.surface}/workspaces/${workspaceId}/snapshots`);
}

/** Waits until the session is in one of `states`; on failure tells its last view and timeline. */
export async function inState(
  api: Api,
  slug: string,
  states: readonly SessionState[],
  timeoutMs = stepMs,
): Promise<SessionView> {
  let last: unknown;
  return eventually(
    `session ${slug} ${states.join(" or ")}`,
    timeoutMs,
    async () => {
      const now = await session(api, slug);
      last = { session: now, timeline: await timeline(api, slug) };
      return states.includes(now.state) ? now : undefined;
    },
    () => last,
  );
}

/** The launch request is accepted; the session may still be STARTING. */
export function requestLaunch(api: Api, body: Record<string, unknown> = {}): Promise<SessionView> {
  return api.call(sessionView, "POST", `${api.surface}/sessions`, body);
}

/** @throws Error with session and timeline when it ends in ERROR instead. */
export async function launch(person: Person, body: Record<string, unknown> = {}): Promise<SessionView> {
  const asked = await requestLaunch(person.api, body);
  return running(person.api, asked.slug);
}

export async function running(api: Api, slug: string): Promise<SessionView> {
  const seen = await inState(api, slug, ["RUNNING", "ERROR"]);
  if (seen.state === "RUNNING") return seen;
  throw new Error(`Session ${slug} failed to start: ${JSON.stringify([seen, await timeline(api, slug)])}`);
}

export async function stop(api: Api, slug: string): Promise<SessionView> {
  await api.call(z.unknown(), "POST", `${api.surface}/sessions/${slug}/stop`);
  return inState(api, slug, ["STOPPED"]);
}

/** Polls an operation to its end. @throws Error when it failed. */
export async function finished(api: Api, operation: OperationView): Promise<OperationView> {
  let last: OperationView = operation;
  await eventually(
    `${operation.kind} ${operation.id}`,
    stepMs,
    async () => {
      last = await api.call(operationView, "GET", `operations/${operation.id}`);
      return last.state === "SUCCEEDED" || last.state === "FAILED" ? last : undefined;
    },
    () => last,
  );
  if (last.state === "FAILED") throw new Error(`${last.kind} ${last.id} failed: ${last.error}`);
  return last;
}

export async function restore(api: Api, workspaceId: string, snapshotId: string): Promise<OperationView> {
  const asked = await api.call(operationView, "POST", `${api.surface}/workspaces/${workspaceId}/restore`, {
    snapshotId,
  });
  return finished(api, asked);
}

/** Ends what a failed test before this one left running, so that one failure does not cause the next. */
export async function endAllSessions(): Promise<void> {
  const boss = await admin();
  const active = await boss.call(z.array(sessionView), "GET", "admin/sessions?active=true");
  for (const { slug } of active) await boss.call(z.unknown(), "POST", `admin/sessions/${slug}/stop`);
  // Each surface shows its own sessions alone, to administrators too.
  const inside = active.some(({ exposure }) => exposure === "internal") ? await admin("internal") : boss;
  for (const { slug, exposure } of active) {
    await inState(exposure === "internal" ? inside : boss, slug, ["STOPPED", "ERROR"]);
  }
}
