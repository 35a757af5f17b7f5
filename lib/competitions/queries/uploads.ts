import { and, eq } from "drizzle-orm";
import type { Db } from "@/db/client";
import { submissions } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import type { Exposure } from "@/lib/workspaces/model";
import { assertTaken, databaseInstant } from "./acceptance";
import { visibleCompetition } from "./find";

/** An upload that became a submission. */
export interface Arrived {
  readonly id: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What came of an upload of the actor's that was accepted; null where none was called so. */
export async function arrivedUpload(db: Db, actor: Actor, uploadId: string): Promise<Arrived | null> {
  const [row] = await db
    .select({ id: submissions.publicId, bytes: submissions.bytes, sha256: submissions.sha256 })
    .from(submissions)
    .where(and(eq(submissions.userId, actor.userId), eq(submissions.uploadId, uploadId)));
  return row ?? null;
}

export interface Announced {
  readonly slug: string;
  readonly uploadId: string;
  /** Null where the sender does not say. */
  readonly bytes: number | null;
}

/**
 * Whether a file would be taken, before any of it is: `acceptSubmission` looks again when all of it is there. An upload that
 * was accepted before is let through, since it is the same submission.
 * @returns the competition's limit, in bytes
 * @throws AppError as `acceptSubmission`
 */
export async function expectUpload(
  db: Db,
  actor: Actor,
  exposure: Exposure,
  zone: string,
  { slug, uploadId, bytes }: Announced,
): Promise<{ maxBytes: number }> {
  const competition = await visibleCompetition(db, actor, exposure, slug);
  const { maxUploadBytes: maxBytes } = competition;
  if (await arrivedUpload(db, actor, uploadId)) return { maxBytes };
  const at = new Date(await databaseInstant(db));
  await assertTaken(db, competition, actor, { bytes, at, zone });
  return { maxBytes };
}
