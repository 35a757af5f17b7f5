import { createHash, randomBytes } from "node:crypto";
import type { Db } from "@/db/client";
import { required } from "@/lib/kernel/assert";
import { newPublicId, newSlug } from "@/lib/kernel/ids";
import type { Exposure } from "@/lib/workspaces/model";
import { addEvaluation, createCompetition, publishCompetition } from "./commands/competitions";
import type { CommandContext } from "./commands/context";
import { createDatasetVersion } from "./commands/datasets";
import { acceptSubmission } from "./commands/submit";
import { claimCheck, settleCheck } from "./lifecycle/check";
import { claimScoring, type ScoringClaim } from "./lifecycle/claim";
import { settleScoring } from "./lifecycle/settle";
import { type CreateCompetitionInput, createCompetitionInput, type MetricValues } from "./model";
import type { ScoreReport } from "./scoring/score";

export const testManifest = JSON.stringify({
  schema: "medforge/evaluation@1",
  task: "binary_probability",
  classes: ["benign", "malignant"],
  metrics: ["roc_auc", "log_loss"],
  primary: { metric: "roc_auc", direction: "max" },
  tieBreak: [{ metric: "log_loss", direction: "min" }],
});

export const masksManifest = JSON.stringify({
  schema: "medforge/evaluation@1",
  task: "masks",
  classes: ["nucleus"],
  masks: { labels: { "1": "nucleus" } },
  metrics: ["mean_dice"],
  primary: { metric: "mean_dice", direction: "max" },
});

export const sha256Of = (text: string) => createHash("sha256").update(text).digest("hex");

/** A report as the scorer would make it of what was claimed. */
export function reportFor(
  { digests }: { readonly digests: ScoreReport["digests"] },
  splits: { public: MetricValues | null; private: MetricValues | null },
): ScoreReport {
  const primary = (metrics: MetricValues | null) => metrics?.roc_auc ?? null;
  return {
    splits,
    primary: { public: primary(splits.public), private: primary(splits.private) },
    rows: 4,
    cases: { a1: { split: "public", error: 0.25 }, a2: { split: "private", error: 0.75 } },
    scorer: "1.0.0",
    digests,
  };
}

/** Chance level on both splits. */
const chance = { public: { roc_auc: 0.5, log_loss: 1 }, private: { roc_auc: 0.5, log_loss: 1 } };

export interface SeededCompetition {
  readonly slug: string;
  readonly evaluation: string;
}

type Settings = Partial<Omit<CreateCompetitionInput, "slug" | "datasetVersionId">>;

/** A competition by the real commands, with its evaluation checked and, unless said otherwise, published. */
export async function seedCompetition(
  admin: CommandContext,
  options: { exposure?: Exposure; settings?: Settings; published?: boolean; manifest?: string } = {},
): Promise<SeededCompetition> {
  const slug = `c-${newSlug()}`;
  const datasetVersionId = newPublicId("dsv");
  await createDatasetVersion(admin, {
    id: datasetVersionId,
    slug: `d-${slug}`,
    title: "Test data",
    exposure: options.exposure ?? "external",
    licence: "CC0-1.0",
    source: "made for a test",
    description: "",
    files: [{ name: "train.csv", bytes: 3, sha256: sha256Of("abc") }],
  });
  const input = { slug, title: `Contest ${slug}`, summary: "A test.", datasetVersionId, ...options.settings };
  await createCompetition(admin, createCompetitionInput.parse(input));
  const evaluation = await seedEvaluation(admin, slug, options.manifest);
  if (options.published !== false) await publishCompetition(admin, slug);
  return { slug, evaluation };
}

/** One more version of a competition's evaluation, checked. No other may be waiting to be. @returns its id */
export async function seedEvaluation(
  admin: CommandContext,
  slug: string,
  manifest = testManifest,
): Promise<string> {
  const id = newPublicId("evl");
  const sampleDigest = sha256Of(`sample of ${slug}`);
  const truthDigest = sha256Of(`truth of ${id}`);
  const sampleFilename = "sample.csv";
  await addEvaluation(admin, { id, slug, manifest, truthDigest, sampleDigest, sampleFilename });
  const claim = required(await claimCheck(admin.db, "checker"), "a check");
  await settleCheck(admin.db, claim, { outcome: "scored", report: reportFor(claim, chance) });
  return id;
}

/** A submission by the real command. @returns its id */
export async function submit(who: CommandContext, slug: string, exposure: Exposure = "external") {
  const uploadId = randomBytes(8).toString("hex");
  const sha256 = sha256Of(uploadId);
  const input = { slug, uploadId, filename: "predictions.csv", bytes: 100, sha256 };
  return (await acceptSubmission(who, exposure, input)).id;
}

export async function claimOne(db: Db, owner = "worker"): Promise<ScoringClaim> {
  return required(await claimScoring(db, owner), `a scoring for ${owner}`);
}

/** Claims what is next and settles it with these scores. @returns the submission's id */
export async function scoreNext(db: Db, aucs: { public: number; private?: number }): Promise<string> {
  const claim = await claimOne(db);
  const of = (auc: number) => ({ roc_auc: auc, log_loss: 1 - auc });
  const splits = { public: of(aucs.public), private: of(aucs.private ?? aucs.public) };
  await settleScoring(db, claim, { outcome: "scored", report: reportFor(claim, splits), durationMs: 12.4 });
  return claim.submission;
}
