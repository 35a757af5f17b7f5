"use server";

import { cookies } from "next/headers";
import { lastLaunchCookie, lastLaunchText } from "@/components/sessions/last-launch";
import { type ActionResult, runAction } from "@/lib/api/action";
import type { ExtendInput, LaunchInput, SessionView } from "@/lib/sessions/model";
import type { PlannedStartRef, PlannedStartView, PlanStartInput } from "@/lib/sessions/planned-model";

/** How long the last choices are offered again, in seconds: a term. */
const lastLaunchAgeSeconds = 180 * 24 * 60 * 60;

/** Launches, and remembers the choices for the next press. */
export async function launchSession(input: LaunchInput): Promise<ActionResult<SessionView>> {
  const result = await runAction("sessions.launch", (api) => api.sessions.launch(input));
  if (result.ok) {
    (await cookies()).set(lastLaunchCookie, lastLaunchText(result.data.owner, input), {
      httpOnly: true,
      secure: true,
      sameSite: "lax",
      path: "/",
      maxAge: lastLaunchAgeSeconds,
    });
  }
  return result;
}

export async function stopSession(input: { slug: string }): Promise<ActionResult<SessionView>> {
  return runAction("sessions.stop", (api) => api.sessions.stop(input));
}

export async function extendSession(input: ExtendInput): Promise<ActionResult<SessionView>> {
  return runAction("sessions.extend", (api) => api.sessions.extend(input));
}

/** Has a session start by itself when an hour begins. */
export async function planStart(input: PlanStartInput): Promise<ActionResult<PlannedStartView>> {
  return runAction("plannedStarts.plan", (api) => api.plannedStarts.plan(input));
}

export async function dropPlannedStart(input: PlannedStartRef): Promise<ActionResult<PlannedStartRef>> {
  return runAction("plannedStarts.drop", (api) => api.plannedStarts.drop(input));
}
