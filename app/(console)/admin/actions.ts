"use server";

import { type ActionResult, runAction } from "@/lib/api/action";
import type { Role, UserView } from "@/lib/auth/model";
import type { SessionView } from "@/lib/sessions/model";

export async function updateUser(input: {
  id: string;
  role?: Role;
  disabled?: boolean;
  canUseInternal?: boolean;
  maxSessions?: number;
}): Promise<ActionResult<UserView>> {
  return runAction("admin.users.update", (api) => api.admin.users.update(input));
}

export async function stopAnySession(input: { slug: string }): Promise<ActionResult<SessionView>> {
  return runAction("admin.sessions.stop", (api) => api.admin.sessions.stop(input));
}
