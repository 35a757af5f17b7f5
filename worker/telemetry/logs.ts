import { recordLog } from "@/lib/telemetry/record";
import { logLines } from "@/lib/telemetry/rules";
import type { WorkerDeps } from "../deps";

/** Copies the end of a session's log, as far as the host has one. A failure is logged: it is in nobody's way. */
export async function keepLog(deps: WorkerDeps, session: { id: number; slug: string }): Promise<void> {
  const { agent, db, installationId, log } = deps;
  try {
    const { text } = await agent.call("session.logs", {
      installationId,
      slug: session.slug,
      maxLines: logLines,
    });
    if (text !== null) await recordLog(db, session.id, text);
  } catch (error) {
    log.warn({ err: error, slug: session.slug }, "The session's log was not kept.");
  }
}
