import {
  bigint,
  foreignKey,
  index,
  int,
  mysqlEnum,
  mysqlTable,
  unique,
  varchar,
} from "drizzle-orm/mysql-core";
import { importOutcome, importProblem, importProgress, importStates } from "@/lib/competitions/import-model";
import { exposures } from "@/lib/workspaces/model";
import { users } from "./auth";
import { evaluations } from "./competitions";
import { id, instant, json, publicId, ref } from "./util";

/** A competition's folder, or an evaluation's, that an admin has uploaded as a zip: web reads it and brings it in. */
export const competitionImports = mysqlTable(
  "competition_imports",
  {
    id: id(),
    publicId: publicId().notNull(),
    userId: ref("user_id")
      .notNull()
      .references(() => users.id),
    /** Of the address that it came to. */
    exposure: mysqlEnum("exposure", exposures).notNull(),
    /** The zip's name among the partial uploads, where it stays until it is read. */
    uploadId: varchar("upload_id", { length: 64 }).notNull(),
    filename: varchar("filename", { length: 255 }).notNull(),
    bytes: bigint("bytes", { mode: "number", unsigned: true }).notNull(),
    /** The competition that it is an evaluation for; null where it is a whole competition. */
    target: varchar("target", { length: 63 }),
    state: mysqlEnum("state", importStates).notNull().default("WAITING"),
    progress: json("progress", importProgress),
    /** What is wrong with it. */
    problems: json("problems", importProblem.array()),
    /** What was brought in. */
    outcome: json("outcome", importOutcome),
    competitionId: ref("competition_id"),
    evaluationId: ref("evaluation_id"),
    claimOwner: varchar("claim_owner", { length: 64 }),
    claimExpiresAt: instant("claim_expires_at"),
    attempts: int("attempts").notNull().default(0),
    createdAt: instant("created_at").notNull(),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    unique("competition_imports_public_id").on(t.publicId),
    unique("competition_imports_upload").on(t.userId, t.uploadId),
    // What is to be read next.
    index("competition_imports_due").on(t.state, t.id),
    index("competition_imports_evaluation").on(t.evaluationId, t.competitionId),
    foreignKey({
      name: "competition_imports_evaluation_fk",
      columns: [t.evaluationId, t.competitionId],
      foreignColumns: [evaluations.id, evaluations.competitionId],
    }),
  ],
);
