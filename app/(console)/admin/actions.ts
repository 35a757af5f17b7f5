"use server";

import { type ActionResult, runAction } from "@/lib/api/action";
import type { LabSettingsView, UpdateLabSettingsInput, UpdateUserInput, UserView } from "@/lib/auth/model";
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
