import { adminProcedure, surfaceProcedure, userProcedure } from "@/lib/auth/procedure";
import { envelope, listEnvelope, ok, paged, pageInput } from "@/lib/kernel/envelope";
import type { Exposure } from "@/lib/workspaces/model";
import { extendSession, getExtension } from "./commands/extend";
import { launchSession } from "./commands/launch";
import { stopSession } from "./commands/stop";
import { getLimits } from "./limits";
import {
  extendInput,
  extensionView,
  launchInput,
  limitsView,
  listSessionsInput,
  probeRunView,
  sessionEventView,
  sessionRef,
  sessionView,
  sshCaView,
} from "./model";
import {
  getSession,
  getSshCa,
  listAllSessions,
  listProbeRuns,
  listSessionEvents,
  listSessions,
} from "./queries";

/** The same procedures for either exposure, each at its own surface's address. */
export function sessionProcedures(exposure: Exposure) {
  const base = `/${exposure}/sessions` as const;
  const tags = ["Sessions"];
  const procedure = surfaceProcedure(exposure);
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
    extension: procedure
      .route({
        method: "GET",
        path: `${base}/{slug}/extend`,
        tags,
        summary: "How far a session's time limit may be moved",
      })
      .input(sessionRef)
      .output(envelope(extensionView))
      .handler(async ({ context, input }) => ok(await getExtension(context, exposure, input.slug))),
    extend: procedure
      .route({
        method: "POST",
        path: `${base}/{slug}/extend`,
        tags,
        summary: "Give a session a longer time limit",
      })
      .input(extendInput)
      .output(envelope(sessionView))
      .handler(async ({ context, input }) => {
        await extendSession(context, exposure, input);
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
    probes: procedure
      .route({
        method: "GET",
        path: `${base}/{slug}/probes`,
        tags,
        summary: "What the session could reach when it was tried, newest first",
      })
      .input(pageInput.extend(sessionRef.shape))
      .output(listEnvelope(probeRunView))
      .handler(async ({ context, input }) =>
        paged(await listProbeRuns(context.db, context.actor, exposure, input.slug, input)),
      ),
  };
}

export const sshCaProcedure = userProcedure
  .route({
    method: "GET",
    path: "/ssh-ca",
    tags: ["Sessions"],
    summary: "The known_hosts line and Host block that fit every session",
  })
  .output(envelope(sshCaView))
  .handler(async ({ context }) => ok(await getSshCa(context.db, context.settings.sshHost)));

/** What the caller has of what they may have. */
export const myLimits = userProcedure
  .route({
    method: "GET",
    path: "/me/limits",
    tags: ["Account"],
    summary: "Your limits, and what you use of them",
  })
  .output(envelope(limitsView))
  .handler(async ({ context }) => ok(await getLimits(context.db, context.actor, context.settings.zone)));

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
