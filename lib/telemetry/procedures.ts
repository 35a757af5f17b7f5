import { surfaceProcedure } from "@/lib/auth/procedure";
import { envelope, ok } from "@/lib/kernel/envelope";
import { sessionRef } from "@/lib/sessions/model";
import type { Exposure } from "@/lib/workspaces/model";
import { logView, processesView, samplesInput, samplesView } from "./model";
import { getLog, getProcesses, listSamples } from "./queries";

/** What is seen of a session, the same for either exposure, each at its own surface's address. */
export function telemetryProcedures(exposure: Exposure) {
  const base = `/${exposure}/sessions/{slug}` as const;
  const tags = ["Sessions"];
  const procedure = surfaceProcedure(exposure);
  return {
    samples: procedure
      .route({
        method: "GET",
        path: `${base}/samples`,
        tags,
        summary: "What it used in the last hour, by 10 s",
      })
      .input(samplesInput)
      .output(envelope(samplesView))
      .handler(async ({ context: { db, actor }, input: { slug, since } }) =>
        ok(
          await listSamples(db, { actor, exposure, slug }, since === undefined ? undefined : new Date(since)),
        ),
      ),
    log: procedure
      .route({ method: "GET", path: `${base}/log`, tags, summary: "The end of its container's log" })
      .input(sessionRef)
      .output(envelope(logView))
      .handler(async ({ context: { db, actor }, input: { slug } }) =>
        ok(await getLog(db, { actor, exposure, slug })),
      ),
    processes: procedure
      .route({ method: "GET", path: `${base}/processes`, tags, summary: "The programs on its GPU" })
      .input(sessionRef)
      .output(envelope(processesView))
      .handler(async ({ context: { db, actor }, input: { slug } }) =>
        ok(await getProcesses(db, { actor, exposure, slug })),
      ),
  };
}
