import { and, desc, eq } from "drizzle-orm";
import type { Db } from "@/db/client";
import { datasetFiles, datasets, datasetVersions, evaluations } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import type { Exposure } from "@/lib/workspaces/model";
import type { PictureType } from "../model";
import { rejectedKeptDays } from "../store/tunables";
import { readableBy } from "./datasets";
import { visibleCompetition } from "./find";
import { readableSubmission } from "./submissions";

/** A file of the store, as its row has it. */
export interface FileRow {
  readonly filename: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * A data set's file, of the newest version that has it, or of the one that is named.
 * @throws AppError `not_found`
 */
export async function datasetFile(
  db: Db,
  actor: Actor,
  exposure: Exposure,
  wanted: { slug: string; name: string; number?: number | undefined },
): Promise<FileRow & { versionId: string }> {
  if (exposure === "external" || can(actor, "internal.use")) {
    const [row] = await db
      .select({
        versionId: datasetVersions.publicId,
        filename: datasetFiles.name,
        bytes: datasetFiles.bytes,
        sha256: datasetFiles.sha256,
      })
      .from(datasets)
      .innerJoin(datasetVersions, eq(datasetVersions.datasetId, datasets.id))
      .innerJoin(
        datasetFiles,
        and(eq(datasetFiles.versionId, datasetVersions.id), eq(datasetFiles.name, wanted.name)),
      )
      .where(
        and(
          eq(datasets.slug, wanted.slug),
          wanted.number === undefined ? undefined : eq(datasetVersions.number, wanted.number),
          readableBy(actor, exposure),
        ),
      )
      .orderBy(desc(datasetVersions.number))
      .limit(1);
    if (row) return row;
  }
  throw new AppError("not_found", `The dataset ${wanted.slug} has no file ${wanted.name}.`);
}

/** What a submission looks like: the sample of the current evaluation. @throws AppError `not_found` */
export async function sampleFile(
  db: Db,
  actor: Actor,
  exposure: Exposure,
  slug: string,
): Promise<{ evaluationId: string; filename: string; sha256: string }> {
  const competition = await visibleCompetition(db, actor, exposure, slug);
  const [row] = await db
    .select({
      evaluationId: evaluations.publicId,
      filename: evaluations.sampleFilename,
      sha256: evaluations.sampleDigest,
    })
    .from(evaluations)
    .where(eq(evaluations.id, competition.currentEvaluationId ?? 0));
  if (row) return row;
  throw new AppError("not_found", `${competition.title} has no sample yet.`);
}

/**
 * The competition's picture, as long as it is this one.
 * @throws AppError `not_found` also when the competition is not for the actor
 */
export async function pictureFile(
  db: Db,
  actor: Actor,
  exposure: Exposure,
  wanted: { slug: string; sha256: string },
): Promise<{ type: PictureType }> {
  const competition = await visibleCompetition(db, actor, exposure, wanted.slug);
  const { pictureSha256, pictureType: type } = competition;
  if (type !== null && pictureSha256 === wanted.sha256) return { type };
  throw new AppError("not_found", `${competition.title} has no such picture.`);
}

/**
 * What somebody submitted, for them and for admins.
 * @throws AppError `not_found` also when it is another's, or the file was given up
 */
export async function submissionFile(
  db: Db,
  actor: Actor,
  exposure: Exposure,
  id: string,
): Promise<FileRow & { ownerId: number }> {
  const { submission } = await readableSubmission(db, actor, exposure, id);
  const { userId: ownerId, filename, bytes, sha256, fileDroppedAt } = submission;
  if (fileDroppedAt !== null) {
    throw new AppError(
      "not_found",
      `The file of ${id} is kept no more: it was rejected more than ${rejectedKeptDays} days ago.`,
    );
  }
  return { ownerId, filename, bytes, sha256 };
}
