import { and, eq, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { competitionEntrants, competitions, datasetVersions, evaluations } from "@/db/schema";
import { differing } from "@/lib/auth/rules";
import type { CompetitionFolder } from "../folder/read";
import type { ImportChange, ImportWishes } from "../import-model";
import type { CompetitionSettings, EvaluationEffects } from "../model";
import type { CompetitionRow } from "./find";

/** A competition that is there, as far as an import may change it. */
export interface Present {
  readonly competition: CompetitionRow;
  readonly origin: { readonly licence: string; readonly source: string; readonly description: string };
  /** The evaluation in force. */
  readonly current: typeof evaluations.$inferSelect | null;
  /** People who have submitted. */
  readonly submitters: number;
}

/** Null where there is no competition of that name. */
export async function presentCompetition(db: DbOrTx, slug: string): Promise<Present | null> {
  const [row] = await db
    .select({
      competition: competitions,
      origin: {
        licence: datasetVersions.licence,
        source: datasetVersions.source,
        description: datasetVersions.description,
      },
      current: evaluations,
      // Spelled out, since of one table alone columns are written without its name.
      submitters:
        sql`(select count(*) from ${competitionEntrants} e where e.competition_id = competitions.id)`.mapWith(
          Number,
        ),
    })
    .from(competitions)
    .innerJoin(datasetVersions, eq(datasetVersions.id, competitions.datasetVersionId))
    .leftJoin(evaluations, eq(evaluations.id, competitions.currentEvaluationId))
    .where(eq(competitions.slug, slug));
  return row ?? null;
}

/** What a folder says of a competition that is there; what it does not say stays as it is. */
export function wishesOf({ said, picture, competition }: CompetitionFolder): ImportWishes {
  const { licence, source } = competition;
  return {
    settings: said,
    ...(picture ? { picture: { sha256: picture.file.sha256, type: picture.type } } : {}),
    origin: { licence, source, description: said.description },
  };
}

/** Whether everybody would see what only those invited see now. */
export function widens({ competition }: Present, { settings }: ImportWishes): boolean {
  return competition.visibility === "invite" && settings.visibility === "public";
}

/** Without what everybody would see by it. */
export function unwidened({
  settings: { visibility: _, ...settings },
  ...wishes
}: ImportWishes): ImportWishes {
  return { ...wishes, settings };
}

/** A summary that nobody wrote is the title, and follows it. */
function withSummary({ title, summary }: CompetitionRow, wanted: CompetitionSettings): CompetitionSettings {
  const follows = wanted.summary === undefined && wanted.title !== undefined && summary === title;
  return follows ? { ...wanted, summary: wanted.title } : wanted;
}

/** The settings that differ: what an administrator changes meanwhile, and the folder does not, stays. */
function changedSettings({ competition }: Present, { settings }: ImportWishes): CompetitionSettings {
  const { opensAt, closesAt, ...plain } = withSummary(competition, settings);
  const dates = Object.entries({ opensAt, closesAt }).filter(([name, wanted]) => {
    const before = competition[name as "opensAt" | "closesAt"];
    return (
      wanted !== undefined && Date.parse(wanted ?? "") !== before?.getTime() && (wanted ?? before) !== null
    );
  });
  return {
    ...(differing<Partial<CompetitionRow>>(competition, plain) as CompetitionSettings),
    ...Object.fromEntries(dates),
  };
}

/** What is to take effect together with its evaluation. */
export function effectsOf(present: Present, wishes: ImportWishes): EvaluationEffects {
  const { picture, origin } = wishes;
  return {
    ...changedSettings(present, wishes),
    ...(picture ? { picture } : {}),
    ...(origin ? { origin } : {}),
  };
}

const names = {
  title: "title",
  summary: "summary",
  description: "description.md",
  rules: "rules.md",
  visibility: "visibility",
  dailyLimit: "limits.daily",
  totalLimit: "limits.total",
  maxUploadBytes: "limits.uploadBytes",
  showsPublicTruth: "showsPublicTruth",
  opensAt: "opensAt",
  closesAt: "closesAt",
} as const satisfies Record<keyof CompetitionSettings, string>;

/** What would be otherwise, as people read it; nothing where all is so already. */
export function changesBy(present: Present, wishes: ImportWishes): ImportChange[] {
  const { competition, origin } = present;
  const settings = changedSettings(present, wishes);
  const changes = (Object.keys(names) as (keyof typeof names)[]).flatMap((name) => {
    const after = settings[name];
    return after === undefined ? [] : [changeOf(names[name], competition[name], after)];
  });
  const { picture, origin: wanted } = wishes;
  if (picture && picture.sha256 !== competition.pictureSha256)
    changes.push(
      changeOf("picture", competition.pictureSha256?.slice(0, 12) ?? null, picture.sha256.slice(0, 12)),
    );
  for (const name of ["licence", "source", "description"] as const) {
    const after = wanted?.[name];
    if (after === undefined || after === origin[name]) continue;
    const field = name === "description" ? "description.md, at the data" : name;
    if (name !== "description" || settings.description === undefined)
      changes.push(changeOf(field, origin[name], after));
  }
  return changes;
}

type Value = string | number | boolean | Date | null;

/** Of a whole text that it is another, not what it says. */
function changeOf(field: string, before: Value, after: Value): ImportChange {
  const isText = field.includes(".md");
  const text = (value: Value) => {
    if (isText) return `${String(value).length} characters`;
    if (value === null) return "none";
    return value instanceof Date ? value.toISOString() : String(value);
  };
  const [was, is] = [text(before), text(after)];
  return { field, before: was, after: was === is ? `${is}, others` : is };
}

/** What an import of a folder would do to a competition that is there. */
export interface ImportPlan {
  readonly published: boolean;
  readonly submitters: number;
  /** Without a widening that nobody has allowed. */
  readonly changes: readonly ImportChange[];
  /** Everybody would see what only those invited see now, and nobody has allowed it. */
  readonly staysInvite: boolean;
  /** By which evaluation it is scored now, and would be; null where it is the same. */
  readonly evaluation: {
    readonly before: { readonly number: number; readonly revealed: boolean } | null;
    /** Null where it is a new one. */
    readonly after: { readonly number: number; readonly revealed: boolean } | null;
  } | null;
}

/** Null where the competition is not there yet. */
export async function planImport(
  db: DbOrTx,
  folder: CompetitionFolder,
  { widen = false }: { readonly widen?: boolean } = {},
): Promise<ImportPlan | null> {
  const present = await presentCompetition(db, folder.competition.slug);
  if (present === null) return null;
  const { competition, current, submitters } = present;
  const wishes = wishesOf(folder);
  const staysInvite = !widen && widens(present, wishes);
  const [same] = await db
    .select()
    .from(evaluations)
    .where(
      and(
        eq(evaluations.competitionId, competition.id),
        eq(evaluations.evaluationDigest, folder.evaluationFile.sha256),
        eq(evaluations.truthDigest, folder.truthDigest),
        eq(evaluations.sampleDigest, folder.sample.sha256),
      ),
    );
  const told = (row: typeof evaluations.$inferSelect | null | undefined) =>
    row ? { number: row.number, revealed: row.revealedAt !== null } : null;
  return {
    published: competition.publishedAt !== null,
    submitters,
    changes: changesBy(present, staysInvite ? unwidened(wishes) : wishes),
    staysInvite,
    evaluation: same && same.id === current?.id ? null : { before: told(current), after: told(same) },
  };
}
