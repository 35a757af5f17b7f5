import { z } from "zod";
import { adminProcedure, type SignedInContext } from "@/lib/auth/procedure";
import { envelope, listEnvelope, ok, paged, pageInput } from "@/lib/kernel/envelope";
import { managedCompetition, scoringOverview } from "./admin-model";
import {
  createCompetition,
  publishCompetition,
  revealPrivate,
  updateCompetition,
  withdrawCompetition,
} from "./commands/competitions";
import { confirmImport, publishImport } from "./commands/imports";
import { invite, uninvite } from "./commands/invites";
import { rescoreCompetition } from "./commands/rescore";
import { retryScoring } from "./commands/retry";
import { confirmImportInput, importRef, importView, publishedImport } from "./import-model";
import { type InviteInput, inviteInput, inviteView } from "./invite-model";
import {
  competitionRef,
  competitionSlug,
  createCompetitionInput,
  revealInput,
  submissionRef,
  updateCompetitionInput,
} from "./model";
import { getImport } from "./queries/imports";
import { listInvites } from "./queries/invites";
import { listManaged } from "./queries/managed";
import { getScoringOverview } from "./queries/queue";
import { scorerVersion } from "./scoring/score";

const base = "/admin/competitions" as const;
const tags = ["Admin"];

/** Which one was changed, and no more: what is internal an admin reads with the grant alone. */
const named = envelope(z.strictObject({ slug: competitionSlug }));

async function inviting(
  context: SignedInContext,
  input: InviteInput,
  change: typeof invite,
): Promise<{ slug: string }> {
  await change(context, input);
  return { slug: input.slug };
}

export const adminCompetitionProcedures = {
  list: adminProcedure
    .route({ method: "GET", path: base, tags, summary: "Every competition, with its newest evaluation" })
    .input(pageInput)
    .output(listEnvelope(managedCompetition))
    .handler(async ({ context, input }) => paged(await listManaged(context.db, context.actor, input))),
  create: adminProcedure
    .route({
      method: "POST",
      path: base,
      tags,
      summary: "Make a competition on a version of a dataset, without an evaluation yet",
      successStatus: 201,
    })
    .input(createCompetitionInput)
    .output(named)
    .handler(async ({ context, input }) => {
      const { slug } = await createCompetition(context, input);
      return ok({ slug });
    }),
  update: adminProcedure
    .route({ method: "PATCH", path: `${base}/{slug}`, tags, summary: "Change texts, limits and dates" })
    .input(updateCompetitionInput)
    .output(named)
    .handler(async ({ context, input }) => {
      await updateCompetition(context, input);
      return ok({ slug: input.slug });
    }),
  publish: adminProcedure
    .route({
      method: "POST",
      path: `${base}/{slug}/publish`,
      tags,
      summary: "Show it to those it is for, once its evaluation is ready",
    })
    .input(competitionRef)
    .output(named)
    .handler(async ({ context, input: { slug } }) => {
      await publishCompetition(context, slug);
      return ok({ slug });
    }),
  withdraw: adminProcedure
    .route({
      method: "POST",
      path: `${base}/{slug}/withdraw`,
      tags,
      summary: "Hide it from everybody but administrators; submissions and boards are kept",
    })
    .input(competitionRef)
    .output(named)
    .handler(async ({ context, input: { slug } }) => {
      await withdrawCompetition(context, slug);
      return ok({ slug });
    }),
  reveal: adminProcedure
    .route({
      method: "POST",
      path: `${base}/{slug}/reveal`,
      tags,
      summary: "Show the private split of the evaluation in force, and its board, for good",
    })
    .input(revealInput)
    .output(named)
    .handler(async ({ context, input }) => {
      await revealPrivate(context, input);
      return ok({ slug: input.slug });
    }),
  rescore: adminProcedure
    .route({
      method: "POST",
      path: `${base}/{slug}/rescore`,
      tags,
      summary: "Score anew what another version of the scorer has scored; old scores stand until then",
    })
    .input(competitionRef)
    .output(envelope(z.strictObject({ slug: competitionSlug, queued: z.number().int() })))
    .handler(async ({ context, input: { slug } }) =>
      ok({ slug, queued: await rescoreCompetition(context, { slug, scorer: scorerVersion }) }),
    ),
  invites: adminProcedure
    .route({ method: "GET", path: `${base}/{slug}/invites`, tags, summary: "Who is invited, by name" })
    .input(competitionRef)
    .output(envelope(inviteView.array()))
    .handler(async ({ context, input }) => ok(await listInvites(context.db, context.actor, input.slug))),
  invite: adminProcedure
    .route({ method: "POST", path: `${base}/{slug}/invites`, tags, summary: "Let somebody see and enter it" })
    .input(inviteInput)
    .output(named)
    .handler(async ({ context, input }) => ok(await inviting(context, input, invite))),
  uninvite: adminProcedure
    .route({
      method: "DELETE",
      path: `${base}/{slug}/invites/{userId}`,
      tags,
      summary: "Take an invitation back",
    })
    .input(inviteInput)
    .output(named)
    .handler(async ({ context, input }) => ok(await inviting(context, input, uninvite))),
};

export const adminImportProcedures = {
  get: adminProcedure
    .route({
      method: "GET",
      path: "/admin/imports/{id}",
      tags,
      summary:
        "What came of an uploaded folder: how far it is read, what is wrong with it, what was brought in",
    })
    .input(importRef)
    .output(envelope(importView))
    .handler(async ({ context, input }) => ok(await getImport(context.db, context.actor, input.id))),
  publish: adminProcedure
    .route({
      method: "POST",
      path: "/admin/imports/{id}/publish",
      tags,
      summary: "Publish the competition that it brought in, and have its baseline scored",
    })
    .input(importRef)
    .output(envelope(publishedImport))
    .handler(async ({ context, input }) => ok(await publishImport(context, input.id))),
  confirm: adminProcedure
    .route({
      method: "POST",
      path: "/admin/imports/{id}/confirm",
      tags,
      summary: "Let what it brought in for a published competition take force",
    })
    .input(confirmImportInput)
    .output(named)
    .handler(async ({ context, input }) => ok(await confirmImport(context, input))),
};

export const adminScoringProcedures = {
  scoring: adminProcedure
    .route({
      method: "GET",
      path: "/admin/scoring",
      tags,
      summary: "The queue of submissions, what runs, and what failed",
    })
    .output(envelope(scoringOverview))
    .handler(async ({ context }) => ok(await getScoringOverview(context.db, context.actor))),
  submissions: {
    retry: adminProcedure
      .route({
        method: "POST",
        path: "/admin/submissions/{id}/retry",
        tags,
        summary: "Queue a submission anew whose scoring failed on our side",
      })
      .input(submissionRef)
      .output(envelope(submissionRef))
      .handler(async ({ context, input: { id } }) => {
        await retryScoring(context, id);
        return ok({ id });
      }),
  },
};
