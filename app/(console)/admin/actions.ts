"use server";

import { type ActionResult, runAction } from "@/lib/api/action";
import type { LabSettingsView, UpdateLabSettingsInput, UpdateUserInput, UserView } from "@/lib/auth/model";
import type { UpdateCompetitionInput } from "@/lib/competitions/model";
import type { GpuView, UpdateGpuInput } from "@/lib/fleet/model";
import type { SessionView } from "@/lib/sessions/model";

export async function updateUser(input: UpdateUserInput): Promise<ActionResult<UserView>> {
  return runAction("admin.users.update", (api) => api.admin.users.update(input));
}

export async function updateGpu(input: UpdateGpuInput): Promise<ActionResult<GpuView>> {
  return runAction("admin.gpus.update", (api) => api.admin.gpus.update(input));
}

export async function updateLabSettings(
  input: UpdateLabSettingsInput,
): Promise<ActionResult<LabSettingsView>> {
  return runAction("admin.settings.update", (api) => api.admin.settings.update(input));
}

export async function stopAnySession(input: { slug: string }): Promise<ActionResult<SessionView>> {
  return runAction("admin.sessions.stop", (api) => api.admin.sessions.stop(input));
}

type Named = ActionResult<{ slug: string }>;

export async function updateCompetition(input: UpdateCompetitionInput): Promise<Named> {
  return runAction("admin.competitions.update", (api) => api.admin.competitions.update(input));
}

export async function publishCompetition(input: { slug: string }): Promise<Named> {
  return runAction("admin.competitions.publish", (api) => api.admin.competitions.publish(input));
}

/** Shows the private split to everybody, for good; the page asked first. */
export async function revealCompetition(input: { slug: string; evaluationId: string }): Promise<Named> {
  return runAction("admin.competitions.reveal", (api) => api.admin.competitions.reveal(input));
}

export async function retrySubmission(input: { id: string }): Promise<ActionResult<{ id: string }>> {
  return runAction("admin.submissions.retry", (api) => api.admin.submissions.retry(input));
}
