import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { and, eq, inArray } from "drizzle-orm";
import { connectDb, type Db } from "@/db/client";
import { competitions, evaluations } from "@/db/schema";
import { type CompetitionFolder, readCompetitionFolder } from "@/lib/competitions/folder/read";
import { importCompetitionCommand } from "../commands/competition-import";
import type { Context } from "../context";
import { told } from "../errors";
import { tryRun } from "../exec";
import { databaseUrlOf } from "../secrets";
import { brainSlugs, buildBrainCompetitions } from "./build";
import { mricronTemplates } from "./mricron";

/** Comes with the project. */
const shipped = "wdbc-fine-needle";
/** A package over a slow line, its competitions built and three evaluations checked, in ms. */
const allMs = 30 * 60_000;

/** By content: an update of the project may bring another version of the same competition. */
async function isThere(db: Db, folder: CompetitionFolder): Promise<boolean> {
  const found = await db
    .select({ id: evaluations.id })
    .from(evaluations)
    .innerJoin(competitions, eq(competitions.id, evaluations.competitionId))
    .where(
      and(
        eq(competitions.slug, folder.competition.slug),
        eq(evaluations.evaluationDigest, folder.evaluationFile.sha256),
        eq(evaluations.truthDigest, folder.truthDigest),
      ),
    );
  return found.length > 0;
}

interface Missing {
  readonly shipped: boolean;
  /** Of those that are built of Debian's mricron-data. */
  readonly built: boolean;
}

async function missing({ root, config, layout }: Context): Promise<Missing> {
  const db = connectDb({ url: databaseUrlOf(config, layout, "web"), poolSize: 1 });
  try {
    const folder = await readCompetitionFolder(join(root, "competitions", shipped));
    const built = await db
      .select({ id: competitions.id })
      .from(competitions)
      .where(inArray(competitions.slug, [...brainSlugs]));
    return { shipped: !(await isThere(db, folder)), built: built.length < brainSlugs.length };
  } finally {
    await db.$client.end();
  }
}

/**
 * Sees to it that a lab begins with competitions, in a process of its own beside everything else: nobody waits for a
 * download, and a lab without them is whole. What it says goes to the operator's log.
 */
export async function beginCompetitions(context: Context): Promise<void> {
  const note = (text: string) => context.report.event({ kind: "note", text: `Competitions: ${text}` });
  try {
    const lacks = await missing(context);
    if (!lacks.shipped && !lacks.built) return;
    const command = [
      process.execPath,
      join(context.root, "scripts/medforge/start.mjs"),
      "competition",
      "begin",
    ];
    const argv = ["nice", "-n", "10", ...command, "--data", context.layout.dir];
    await tryRun(argv, { timeoutMs: allMs, onLine: note });
  } catch (error) {
    note(told(error));
  }
}

/** The work of that process. */
export async function bringStarters(context: Context): Promise<void> {
  const { root, layout } = context;
  const lacks = await missing(context);
  const bring = (dir: string) => importCompetitionCommand(dir, { data: layout.dir, publish: true });
  if (lacks.shipped) await bring(join(root, "competitions", shipped));
  if (!lacks.built) return;
  const templates = await mricronTemplates(layout.cache, () => undefined);
  if ("problem" in templates) {
    console.log(`${brainSlugs.join(" and ")} are left out. ${templates.problem}`);
    return;
  }
  const into = join(layout.cache, "competitions");
  mkdirSync(into, { recursive: true });
  for (const dir of await buildBrainCompetitions(templates.dir, into)) await bring(dir);
}
