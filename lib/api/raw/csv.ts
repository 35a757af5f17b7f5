import { z } from "zod";
import type { CompetitionView, LeaderboardRow, Split, SubmissionView } from "@/lib/competitions/model";
import { boardRef, competitionSlug, splits } from "@/lib/competitions/model";
import { getCompetition } from "@/lib/competitions/queries/catalogue";
import { listLeaderboard } from "@/lib/competitions/queries/leaderboard";
import { listSubmissions } from "@/lib/competitions/queries/submissions";
import type { Page } from "@/lib/kernel/envelope";
import type { Surface } from "@/lib/kernel/surface";
import { type Cell, csvStream } from "../csv";
import { logFailure } from "../failure-log";
import { exportPageSize } from "../tunables";
import { parsed } from "./parsed";
import type { RawCall, RawRoute } from "./route";

/** Rows that come a page at a time. */
export interface Table<Item> {
  readonly filename: string;
  readonly columns: Readonly<Record<string, (item: Item) => Cell>>;
  page(cursor: string | undefined): Promise<Page<Item>>;
}

/**
 * All rows as RFC 4180, a page at a time. The first page is read before anything is answered, so that what is not there, or
 * not to be seen, is a problem and no broken file.
 */
export async function csvResponse<Item>(
  table: Table<Item>,
  { context, request }: RawCall,
): Promise<Response> {
  const first = await table.page(undefined);
  const headers = {
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": `attachment; filename="${table.filename}"`,
    "x-content-type-options": "nosniff",
  };
  if (request.method === "HEAD") return new Response(null, { headers });
  const { log, requestId } = context;
  const body = csvStream(Object.keys(table.columns), recordsOf(table, first), (error) =>
    logFailure(log, error, requestId),
  );
  return new Response(body, { headers });
}

async function* recordsOf<Item>(table: Table<Item>, first: Page<Item>): AsyncGenerator<Cell[][]> {
  const cells = Object.values(table.columns);
  let page = first;
  for (;;) {
    yield page.data.map((item) => cells.map((cell) => cell(item)));
    if (page.nextCursor === null) return;
    page = await table.page(page.nextCursor);
  }
}

const boardQuery = boardRef.omit({ slug: true });
const slugParams = z.object({ slug: competitionSlug });

async function leaderboard(surface: Surface, call: RawCall): Promise<Response> {
  const { db, actor } = call.context;
  const { slug } = parsed(slugParams, call.params);
  const query = parsed(boardQuery, Object.fromEntries(new URL(call.request.url).searchParams));
  const table: Table<LeaderboardRow> = {
    filename: `${slug}-${query.split}-leaderboard.csv`,
    columns: {
      rank: ({ rank }) => rank,
      username: ({ username }) => username,
      submission: ({ submissionId }) => submissionId,
      score: ({ score }) => score,
      acceptedAt: ({ acceptedAt }) => acceptedAt,
      scoreLow: ({ interval }) => interval?.score[0] ?? null,
      scoreHigh: ({ interval }) => interval?.score[1] ?? null,
      rankLow: ({ interval }) => interval?.rank[0] ?? null,
      rankHigh: ({ interval }) => interval?.rank[1] ?? null,
      replicates: ({ interval }) => interval?.replicates ?? null,
      intervalAt: ({ interval }) => interval?.computedAt ?? null,
      baseline: ({ baseline }) => baseline,
    },
    page: (cursor) => listLeaderboard(db, actor, surface, { ...query, slug, cursor, limit: exportPageSize }),
  };
  return csvResponse(table, call);
}

function metricColumns(competition: CompetitionView): Table<SubmissionView>["columns"] {
  const { evaluation, privateVisible } = competition;
  const shown: readonly Split[] = splits.filter(
    (split) => split === "public" || (privateVisible && evaluation?.hasPrivate === true),
  );
  return Object.fromEntries(
    shown.flatMap((split) =>
      (evaluation?.metrics ?? []).map((metric) => [
        `${split}.${metric}`,
        ({ metrics }: SubmissionView) => metrics?.[split]?.[metric] ?? null,
      ]),
    ),
  );
}

async function mine(surface: Surface, call: RawCall): Promise<Response> {
  const { db, actor, settings } = call.context;
  const { slug } = parsed(slugParams, call.params);
  parsed(z.strictObject({}), Object.fromEntries(new URL(call.request.url).searchParams));
  const competition = await getCompetition(db, actor, surface, { slug, zone: settings.zone });
  const table: Table<SubmissionView> = {
    filename: `${slug}-submissions.csv`,
    columns: {
      id: ({ id }) => id,
      filename: ({ filename }) => filename,
      bytes: ({ bytes }) => bytes,
      sha256: ({ sha256 }) => sha256,
      acceptedAt: ({ acceptedAt }) => acceptedAt,
      state: ({ state }) => state,
      ...metricColumns(competition),
      problem: ({ problem }) => problem?.detail ?? null,
      scorer: ({ scorer }) => scorer,
      durationMs: ({ durationMs }) => durationMs,
    },
    page: (cursor) => listSubmissions(db, actor, surface, { slug, cursor, limit: exportPageSize }),
  };
  return csvResponse(table, call);
}

const slugParameter = { name: "slug", in: "path", required: true, schema: { type: "string" } } as const;
export const csvAnswers = {
  "200": { description: "The file", content: { "text/csv": { schema: { type: "string" } } } },
} as const;

/** The lists of a competition as CSV. */
export function csvRoutes(surface: Surface): RawRoute[] {
  const tags = ["Competitions"];
  const base = { method: "GET", access: "user", hasInput: true, surface } as const;
  return [
    {
      ...base,
      name: `${surface}.competitions.leaderboard.csv`,
      path: `/${surface}/competitions/{slug}/leaderboard.csv`,
      description: {
        tags,
        summary: "A leaderboard as CSV (RFC 4180, UTF-8)",
        parameters: [
          slugParameter,
          { name: "split", in: "query", schema: { type: "string", enum: [...splits] } },
          { name: "evaluationId", in: "query", schema: { type: "string" } },
        ],
        responses: csvAnswers,
      },
      handle: (call) => leaderboard(surface, call),
    },
    {
      ...base,
      name: `${surface}.competitions.submissions.csv`,
      path: `/${surface}/competitions/{slug}/submissions.csv`,
      description: {
        tags,
        summary: "My submissions as CSV (RFC 4180, UTF-8)",
        parameters: [slugParameter],
        responses: csvAnswers,
      },
      handle: (call) => mine(surface, call),
    },
  ];
}
