"use server";

import { type ActionResult, runAction } from "@/lib/api/action";
import type { NoticeView } from "@/lib/notices/model";

export async function markNoticeRead(input: { id: string }): Promise<ActionResult<NoticeView>> {
  return runAction("me.notices.read", (api) => api.me.notices.read(input));
}

export async function markAllNoticesRead(input: { upTo: string }): Promise<ActionResult<{ marked: number }>> {
  return runAction("me.notices.readAll", (api) => api.me.notices.readAll(input));
}
