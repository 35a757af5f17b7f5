import { and, asc, eq, isNull, or, type SQL, sql } from "drizzle-orm";
import type { MySqlUpdateSetSource } from "drizzle-orm/mysql-core";
import type { Db } from "@/db/client";
import { dbNow, dbNowPlus, dueBy } from "@/db/clock";
import { competitionImports, evaluations, users } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange, systemAuditor } from "@/lib/audit/record";
import type { Actor } from "@/lib/auth/model";
import { required } from "@/lib/kernel/assert";
import type { ImportOutcome, ImportProblem, ImportProgress } from "../import-model";
import { importLease, importTries } from "../store/tunables";
import { newToken } from "./claim";

type ImportRow = typeof competitionImports.$inferSelect;

/** An import that this process reads. */
export type ImportClaim = Pick<
  ImportRow,
  "id" | "publicId" | "userId" | "exposure" | "uploadId" | "filename" | "target" | "attempts"
> & { readonly token: string };

/** Another process has it. */
export class ImportLost extends Error {
  override readonly name = "ImportLost";
}

const leaseOver = (): SQL | undefined =>
  or(
    isNull(competitionImports.claimExpiresAt),
    dueBy(competitionImports.claimExpiresAt, importLease.holdsMs),
  );

const due = (): SQL | undefined =>
  or(eq(competitionImports.state, "WAITING"), and(eq(competitionImports.state, "READING"), leaseOver()));

/** Claims the import that has waited longest; null when there is none. Of many processes one gets each. */
export async function claimImport(db: Db, owner: string): Promise<ImportClaim | null> {
  for (;;) {
    const [row] = await db
      .select()
      .from(competitionImports)
      .where(due())
      .orderBy(asc(competitionImports.id))
      .limit(1);
    if (!row) return null;
    const token = newToken(owner);
    const [result] = await db
      .update(competitionImports)
      .set({
        state: "READING",
        claimOwner: token,
        claimExpiresAt: dbNowPlus(importLease.holdsMs),
        attempts: sql`${competitionImports.attempts} + 1`,
      })
      .where(and(eq(competitionImports.id, row.id), due()));
    if (result.affectedRows === 0) continue;
    const claim = { ...row, attempts: row.attempts + 1, token };
    if (claim.attempts <= importTries) return claim;
    const message = `Whoever read it was ended ${importTries} times. Look into the log, and upload it again.`;
    await settleImport(db, claim, { problems: [{ file: ".", message }] });
  }
}

const held = ({ id, token }: ImportClaim): SQL | undefined =>
  and(eq(competitionImports.id, id), eq(competitionImports.claimOwner, token));

/** Says how far it is, and keeps the claim. @throws ImportLost */
export async function renewImport(db: Db, claim: ImportClaim, progress: ImportProgress): Promise<void> {
  const [result] = await db
    .update(competitionImports)
    .set({ progress, claimExpiresAt: dbNowPlus(importLease.holdsMs) })
    .where(held(claim));
  if (result.affectedRows === 0) throw new ImportLost();
}

/** What came of an import: what is wrong with it, or what it has become. */
export type ImportVerdict =
  | { readonly problems: readonly ImportProblem[] }
  | { readonly evaluation: string; readonly outcome: ImportOutcome };

/** Ends an import, under its claim. @throws ImportLost */
export async function settleImport(db: Db, claim: ImportClaim, verdict: ImportVerdict): Promise<void> {
  await inTransaction(db, async (tx) => {
    const set: MySqlUpdateSetSource<typeof competitionImports> =
      "problems" in verdict
        ? { state: "REFUSED", problems: [...verdict.problems] }
        : { state: "IMPORTED", outcome: verdict.outcome, ...(await evaluationOf(verdict.evaluation)) };
    const [result] = await tx
      .update(competitionImports)
      .set({ ...set, progress: null, claimOwner: null, claimExpiresAt: null, finishedAt: dbNow })
      .where(held(claim));
    if (result.affectedRows === 0) throw new ImportLost();
    if ("problems" in verdict)
      await recordAudit(tx, systemAuditor, {
        action: "competition.import_refused",
        resource: claim.publicId,
        detail: { problems: verdict.problems.length },
      });
    await recordChange(tx, { userId: claim.userId, topic: "competitions", resource: claim.publicId });

    async function evaluationOf(publicId: string) {
      const [found] = await tx
        .select({ evaluationId: evaluations.id, competitionId: evaluations.competitionId })
        .from(evaluations)
        .where(eq(evaluations.publicId, publicId));
      return required(found, "the evaluation that was brought in");
    }
  });
}

/** Who brings it in, as they are now: an upload may have taken hours. Null where the account is disabled. */
export async function importerOf(db: Db, { userId }: ImportClaim): Promise<Actor | null> {
  const [user] = await db.select().from(users).where(eq(users.id, userId));
  if (!user || user.disabledAt !== null) return null;
  const { publicId, username, role, canUseInternal, maxSessions } = user;
  return { userId, publicId, username, role, canUseInternal, maxSessions, via: "login" };
}
