import { z } from "zod";
import type { SignedInContext } from "@/lib/auth/procedure";
import { acceptImport, expectImport } from "@/lib/competitions/commands/imports";
import { acceptSubmission } from "@/lib/competitions/commands/submit";
import { acceptImportInput } from "@/lib/competitions/import-model";
import { acceptSubmissionInput, competitionSlug } from "@/lib/competitions/model";
import { arrivedImport } from "@/lib/competitions/queries/imports";
import { arrivedUpload, expectUpload } from "@/lib/competitions/queries/uploads";
import { stageInPlace } from "@/lib/competitions/store/intake";
import type { Surface } from "@/lib/kernel/surface";
import { parsed } from "./parsed";
import type { RawParts } from "./route";

/** Says which submission an upload became. */
export const submissionHeader = "medforge-submission";
/** Says which import an upload became. */
export const importHeader = "medforge-import";

const { filename } = acceptSubmissionInput.shape;
/** What an upload is to become: a submission, a competition of a folder's zip, or a competition's next evaluation. */
const metadata = z.discriminatedUnion("purpose", [
  z.object({ purpose: z.literal("submission"), slug: competitionSlug, filename }),
  z.object({ purpose: z.literal("competition"), filename }),
  z.object({ purpose: z.literal("evaluation"), slug: competitionSlug, filename }),
]);
type Purpose = z.output<typeof metadata>;
type ImportPurpose = Exclude<Purpose, { purpose: "submission" }>;

/** An upload that has become something, and the header that names it. */
export interface ArrivedAs {
  readonly id: string;
  readonly bytes: number;
  readonly header: typeof submissionHeader | typeof importHeader;
}

/** @throws AppError `invalid`, by field */
export function purposeOf(upload: { metadata?: Record<string, string | null> | undefined }): Purpose {
  return parsed(metadata, { purpose: "submission", ...upload.metadata });
}

/** What came of an upload of the caller's; null while it is none. */
export async function arrivedAs({ db, actor }: SignedInContext, id: string): Promise<ArrivedAs | null> {
  const submission = await arrivedUpload(db, actor, id);
  if (submission) return { id: submission.id, bytes: submission.bytes, header: submissionHeader };
  const made = await arrivedImport(db, actor, id);
  return made && { ...made, header: importHeader };
}

interface Whole {
  readonly uploadId: string;
  readonly bytes: number;
}

const targetOf = (purpose: ImportPurpose) => (purpose.purpose === "evaluation" ? purpose.slug : null);

/** Whether it would be taken, before any of it is. @returns the most that it may have, in bytes @throws AppError */
export function expectFor(
  context: SignedInContext,
  surface: Surface,
  purpose: Purpose,
  { uploadId, bytes }: Whole,
): Promise<{ maxBytes: number }> {
  if (purpose.purpose !== "submission")
    return expectImport(context, surface, { target: targetOf(purpose), bytes });
  const { db, actor, settings } = context;
  return expectUpload(db, actor, surface, settings.zone, { slug: purpose.slug, uploadId, bytes });
}

interface Place {
  readonly context: SignedInContext;
  readonly surface: Surface;
  readonly parts: RawParts;
}

/** @throws AppError as `acceptSubmission` and `acceptImport` */
export async function become(
  place: Place,
  purpose: Purpose,
  whole: Whole & { readonly path: string },
): Promise<ArrivedAs> {
  return purpose.purpose === "submission"
    ? becomeSubmission(place, purpose, whole)
    : becomeImport(place, purpose, whole);
}

async function becomeImport(
  { context, surface, parts }: Place,
  purpose: ImportPurpose,
  { uploadId, bytes }: Whole,
): Promise<ArrivedAs> {
  const input = parsed(acceptImportInput, {
    ...{ uploadId, bytes, filename: purpose.filename },
    target: targetOf(purpose),
  });
  const { id } = await acceptImport(context, surface, input);
  parts.lookForImports();
  return { id, bytes, header: importHeader };
}

async function becomeSubmission(
  { context, surface, parts }: Place,
  { slug, filename }: Extract<Purpose, { purpose: "submission" }>,
  { uploadId, bytes, path }: Whole & { readonly path: string },
): Promise<ArrivedAs> {
  const staged = await stageInPlace(parts, path, bytes);
  const file = { slug, filename, uploadId, bytes, sha256: staged.sha256 };
  const accept = () => acceptSubmission(context, surface, file);
  const { id } = await parts.kept.whileNamed(context.db, staged, accept);
  return { id, bytes, header: submissionHeader };
}
