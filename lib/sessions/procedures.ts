import { adminProcedure, userProcedure } from "@/lib/auth/procedure";
import { envelope, listEnvelope, ok, paged, pageInput } from "@/lib/kernel/envelope";
import { assertExposure } from "@/lib/workspaces/commands";
import type { Exposure } from "@/lib/workspaces/model";
import { launchSession } from "./commands/launch";
import { stopSession } from "./commands/stop";
import { launchInput, listSessionsInput, sessionEventView, sessionRef, sessionView } from "./model";
import { getSession, listAllSessions, listSessionEvents, listSessions } from "./queries";

/** The same procedures for either exposure. */
export function sessionProcedures(exposure: Exposure) {
  const base = `/${exposure}/sessions` as const;
  const tags = ["Sessions"];
  const procedure = userProcedure.use(({ context, next }) => {
    assertExposure(context.actor, exposure);
    return next();
  });
  return {
    list: procedure
      .route({ method: "GET", path: base, tags, summary: "My sessions, newest first" })
      .input(listSessionsInput)
      .output(listEnvelope(sessionView))
      .handler(async ({ context, input }) =>
        paged(await listSessions(context.db, context.actor, exposure, context.settings.sshHost, input)),
      ),
    launch: procedure
      .route({ method: "POST", path: base, tags, summary: "Launch a session", successStatus: 201 })
      .input(launchInput)
      .output(envelope(sessionView))
      .handler(async ({ context, input }) => {
        const slug = await launchSession(context, exposure, input);
        return ok(await getSession(context.db, context.actor, exposure, context.settings.sshHost, slug));
      }),
    get: procedure
      .route({ method: "GET", path: `${base}/{slug}`, tags, summary: "One session" })
      .input(sessionRef)
      .output(envelope(sessionView))
      .handler(async ({ context, input }) =>
        ok(await getSession(context.db, context.actor, exposure, context.settings.sshHost, input.slug)),
      ),
    stop: procedure
      .route({
        method: "POST",
        path: `${base}/{slug}/stop`,
        tags,
        summary: "Snapshot and stop a session",
      })
      .input(sessionRef)
      .output(envelope(sessionView))
      .handler(async ({ context, input }) => {
        await stopSession(context, exposure, input.slug);
        return ok(
          await getSession(context.db, context.actor, exposure, context.settings.sshHost, input.slug),
        );
      }),
    events: procedure
      .route({ method: "GET", path: `${base}/{slug}/events`, tags, summary: "The session's timeline" })
      .input(pageInput.extend(sessionRef.shape))
      .output(listEnvelope(sessionEventView))
      .handler(async ({ context, input }) =>
        paged(await listSessionEvents(context.db, context.actor, exposure, input.slug, input)),
      ),
  };
}

export const adminSessionProcedures = {
  list: adminProcedure
    .route({ method: "GET", path: "/admin/sessions", tags: ["Admin"], summary: "Everyone's sessions" })
    .input(listSessionsInput)
    .output(listEnvelope(sessionView))
    .handler(async ({ context, input }) =>
      paged(await listAllSessions(context.db, context.actor, context.settings.sshHost, input)),
    ),
  stop: adminProcedure
    .route({
      method: "POST",
      path: "/admin/sessions/{slug}/stop",
      tags: ["Admin"],
      summary: "Snapshot and stop anyone's session",
    })
    .input(sessionRef)
    .output(envelope(sessionView))
    .handler(async ({ context, input }) => {
      await stopSession(context, null, input.slug);
      return ok(await getSession(context.db, context.actor, null, context.settings.sshHost, input.slug));
    }),
};
