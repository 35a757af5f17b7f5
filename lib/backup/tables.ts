import { eq, type SQL, sql } from "drizzle-orm";
import type { MySqlColumn, MySqlTable } from "drizzle-orm/mysql-core";
import {
  accounts,
  apiTokens,
  auditLog,
  bids,
  competitionEntrants,
  competitionInvites,
  competitions,
  datasetFiles,
  datasets,
  datasetVersions,
  evaluations,
  gpus,
  installation,
  labSettings,
  ledgerChecks,
  monitorTokens,
  nodes,
  packs,
  plannedStarts,
  reservations,
  scheduleZone,
  scorings,
  sessionEvents,
  sessionProbes,
  sessions,
  slotSightings,
  slots,
  slotUsage,
  snapshots,
  sshKeys,
  submissions,
  transfers,
  users,
  weekBudgets,
  weeks,
  workspaces,
} from "@/db/schema";

/** A table of a backup. */
export interface Part {
  readonly table: MySqlTable;
  /** Columns that stay out of it: secrets, and what is true for a moment alone. */
  readonly without: readonly string[];
  /** Of what competitions have on either side: the rows for whoever may not see what is internal. */
  readonly external: SQL | null;
}

interface Apart<Table extends MySqlTable> {
  readonly without?: readonly (keyof Table["_"]["columns"] & string)[];
  readonly external?: SQL;
}

function part<Table extends MySqlTable>(table: Table, { without = [], external }: Apart<Table> = {}): Part {
  return { table, without, external: external ?? null };
}

const ofExternal = (competitionId: MySqlColumn) =>
  sql`${competitionId} in (select ${competitions.id} from ${competitions} where ${eq(competitions.exposure, "external")})`;

const filesOfExternal = sql`${datasetFiles.versionId} in (
  select ${datasetVersions.id} from ${datasetVersions} where ${eq(datasetVersions.exposure, "external")})`;

/** What a backup has, in an order in which every row comes after those that it refers to, the current evaluation aside. */
export const backedUp: Readonly<Record<string, Part>> = {
  installation: part(installation),
  labSettings: part(labSettings),
  users: part(users, { without: ["passwordHash"] }),
  sshKeys: part(sshKeys),
  apiTokens: part(apiTokens, { without: ["secretHash"] }),
  nodes: part(nodes),
  gpus: part(gpus, { without: ["usage", "processes"] }),
  monitorTokens: part(monitorTokens, { without: ["secretHash"] }),
  packs: part(packs),
  // With it the agent would destroy what the workspace holds.
  workspaces: part(workspaces, { without: ["identity"] }),
  snapshots: part(snapshots),
  sessions: part(sessions),
  sessionEvents: part(sessionEvents),
  sessionProbes: part(sessionProbes),
  plannedStarts: part(plannedStarts),
  scheduleZone: part(scheduleZone),
  weeks: part(weeks),
  reservations: part(reservations),
  slots: part(slots),
  slotUsage: part(slotUsage),
  slotSightings: part(slotSightings),
  bids: part(bids),
  weekBudgets: part(weekBudgets),
  accounts: part(accounts),
  transfers: part(transfers),
  ledgerChecks: part(ledgerChecks),
  datasets: part(datasets, { external: eq(datasets.exposure, "external") }),
  datasetVersions: part(datasetVersions, { external: eq(datasetVersions.exposure, "external") }),
  datasetFiles: part(datasetFiles, { external: filesOfExternal }),
  competitions: part(competitions, { external: eq(competitions.exposure, "external") }),
  competitionInvites: part(competitionInvites, { external: ofExternal(competitionInvites.competitionId) }),
  evaluations: part(evaluations, { external: ofExternal(evaluations.competitionId) }),
  competitionEntrants: part(competitionEntrants, { external: ofExternal(competitionEntrants.competitionId) }),
  submissions: part(submissions, { external: ofExternal(submissions.competitionId) }),
  scorings: part(scorings, { external: ofExternal(scorings.competitionId) }),
  auditLog: part(auditLog),
};

/** What a backup has not, and why: every table is either here or above. */
export const leftOut: Readonly<Record<string, string>> = {
  logins: "Who is signed in: secrets that end by themselves.",
  throttles: "Attempts of the last minutes.",
  changes: "What live pages were told in the last minutes.",
  notices: "What people were told: of what they tell there are rows of their own.",
  operations: "Work on workspaces: what came of it are workspaces and snapshots.",
  sessionSamples: "What sessions used in the last hour.",
  sessionLogs: "What people's own programs wrote.",
  competitionImports: "Folders on their way: what came of them are competitions and evaluations.",
  competitionQueues: "Whose turn it is.",
  scoringReports: "Made again from a submission and its evaluation; their digests are among the scorings.",
  scoringBootstraps: "Made again from submissions, for the intervals.",
  leaderboardEntries: "Follows from the scorings.",
  intervalBoards: "Which intervals are to be made anew.",
  leaderboardIntervals: "Follows from the scorings.",
};
