import { surfaceProcedure } from "@/lib/auth/procedure";
import { envelope, listEnvelope, ok, paged, pageInput } from "@/lib/kernel/envelope";
import type { Exposure } from "@/lib/workspaces/model";
import {
  boardRef,
  competitionListItem,
  competitionRef,
  competitionView,
  datasetListItem,
  datasetRef,
  datasetVersionView,
  evaluationView,
  historyPoint,
  leaderboardInput,
  leaderboardRow,
  listSubmissionsInput,
  ownPlaceView,
  queuePlace,
  rankingRow,
  submissionCases,
  submissionRef,
  submissionView,
} from "./model";
import { getCompetition, listCompetitions, listEvaluations } from "./queries/catalogue";
import { getDataset, listDatasets } from "./queries/datasets";
import { getHistory, getOwnRank, listLeaderboard } from "./queries/leaderboard";
import { getQueuePlace } from "./queries/queue";
import { listRankings } from "./queries/rankings";
import { getSubmission, getSubmissionCases, listSubmissions } from "./queries/submissions";

/** The same procedures for either exposure, each at its own surface's address. What is uploaded has routes of its own. */
export function competitionProcedures(exposure: Exposure) {
  return {
    datasets: datasetProcedures(exposure),
    competitions: { ...catalogueProcedures(exposure), ...boardProcedures(exposure) },
    submissions: submissionProcedures(exposure),
    rankings: surfaceProcedure(exposure)
      .route({
        method: "GET",
        path: `/${exposure}/rankings`,
        tags: ["Competitions"],
        summary: "Everybody's places across competitions",
      })
      .input(pageInput)
      .output(listEnvelope(rankingRow))
      .handler(async ({ context, input }) =>
        paged(await listRankings(context.db, context.actor, exposure, input)),
      ),
  };
}

function datasetProcedures(exposure: Exposure) {
  const base = `/${exposure}/datasets` as const;
  const tags = ["Datasets"];
  const procedure = surfaceProcedure(exposure);
  return {
    list: procedure
      .route({ method: "GET", path: base, tags, summary: "Versions of datasets, newest first" })
      .input(pageInput)
      .output(listEnvelope(datasetListItem))
      .handler(async ({ context, input }) =>
        paged(await listDatasets(context.db, context.actor, exposure, input)),
      ),
    get: procedure
      .route({ method: "GET", path: `${base}/{slug}`, tags, summary: "One dataset, with its files" })
      .input(datasetRef)
      .output(envelope(datasetVersionView))
      .handler(async ({ context, input }) =>
        ok(await getDataset(context.db, context.actor, exposure, input)),
      ),
  };
}

function catalogueProcedures(exposure: Exposure) {
  const base = `/${exposure}/competitions` as const;
  const tags = ["Competitions"];
  const procedure = surfaceProcedure(exposure);
  return {
    list: procedure
      .route({ method: "GET", path: base, tags, summary: "Competitions, newest first" })
      .input(pageInput)
      .output(listEnvelope(competitionListItem))
      .handler(async ({ context, input }) =>
        paged(await listCompetitions(context.db, context.actor, exposure, input)),
      ),
    get: procedure
      .route({
        method: "GET",
        path: `${base}/{slug}`,
        tags,
        summary: "One competition, with what is left of your limits",
      })
      .input(competitionRef)
      .output(envelope(competitionView))
      .handler(async ({ context, input }) => {
        const { zone } = context.settings;
        return ok(await getCompetition(context.db, context.actor, exposure, { slug: input.slug, zone }));
      }),
    evaluations: procedure
      .route({
        method: "GET",
        path: `${base}/{slug}/evaluations`,
        tags,
        summary: "What submissions are and were scored by, newest first",
      })
      .input(competitionRef)
      .output(envelope(evaluationView.array()))
      .handler(async ({ context, input }) =>
        ok(await listEvaluations(context.db, context.actor, exposure, input.slug)),
      ),
  };
}

function boardProcedures(exposure: Exposure) {
  const base = `/${exposure}/competitions/{slug}` as const;
  const tags = ["Competitions"];
  const procedure = surfaceProcedure(exposure);
  return {
    leaderboard: procedure
      .route({
        method: "GET",
        path: `${base}/leaderboard`,
        tags,
        summary: "Everybody's best on a split; of an older evaluation, too",
      })
      .input(leaderboardInput)
      .output(listEnvelope(leaderboardRow))
      .handler(async ({ context, input }) =>
        paged(await listLeaderboard(context.db, context.actor, exposure, input)),
      ),
    place: procedure
      .route({ method: "GET", path: `${base}/place`, tags, summary: "My place on a board" })
      .input(boardRef)
      .output(envelope(ownPlaceView))
      .handler(async ({ context, input }) =>
        ok(await getOwnRank(context.db, context.actor, exposure, input)),
      ),
    submissions: procedure
      .route({ method: "GET", path: `${base}/submissions`, tags, summary: "My submissions, newest first" })
      .input(listSubmissionsInput)
      .output(listEnvelope(submissionView))
      .handler(async ({ context, input }) =>
        paged(await listSubmissions(context.db, context.actor, exposure, input)),
      ),
    history: procedure
      .route({ method: "GET", path: `${base}/history`, tags, summary: "How my best went up over time" })
      .input(boardRef)
      .output(envelope(historyPoint.array()))
      .handler(async ({ context, input }) =>
        ok(await getHistory(context.db, context.actor, exposure, input)),
      ),
  };
}

function submissionProcedures(exposure: Exposure) {
  const base = `/${exposure}/submissions/{id}` as const;
  const tags = ["Competitions"];
  const procedure = surfaceProcedure(exposure);
  return {
    get: procedure
      .route({ method: "GET", path: base, tags, summary: "One submission, and what came of it" })
      .input(submissionRef)
      .output(envelope(submissionView))
      .handler(async ({ context, input }) =>
        ok(await getSubmission(context.db, context.actor, exposure, input.id)),
      ),
    cases: procedure
      .route({
        method: "GET",
        path: `${base}/cases`,
        tags,
        summary: "What its score is made of, as far as you may see",
      })
      .input(submissionRef)
      .output(envelope(submissionCases))
      .handler(async ({ context, input }) =>
        ok(await getSubmissionCases(context.db, context.actor, exposure, input.id)),
      ),
    queue: procedure
      .route({
        method: "GET",
        path: `${base}/queue`,
        tags,
        summary: "How many come before it, and for how long; null when it doesn't wait",
      })
      .input(submissionRef)
      .output(envelope(queuePlace.nullable()))
      .handler(async ({ context, input }) =>
        ok(await getQueuePlace(context.db, context.actor, exposure, input.id)),
      ),
  };
}
