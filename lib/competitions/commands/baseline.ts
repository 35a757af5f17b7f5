import { createHash } from "node:crypto";
import { AppError } from "@/lib/kernel/errors";
import type { Exposure } from "@/lib/workspaces/model";
import type { AcceptSubmissionInput } from "../model";
import type { CommandContext } from "./context";
import { acceptSubmission } from "./submit";

type BaselineFile = Pick<AcceptSubmissionInput, "filename" | "bytes" | "sha256">;

/**
 * Submits a folder's baseline, whose file lies in the store, in the name of the administrator who brings it in: once,
 * however often. Its place on the board is marked as the baseline's, and counts for nobody in the rankings.
 * @returns the submission, or in a sentence why it is not taken: not open yet, closed, limits used up
 */
export async function acceptBaseline(
  context: CommandContext,
  { slug, exposure }: { readonly slug: string; readonly exposure: Exposure },
  { filename, bytes, sha256 }: BaselineFile,
): Promise<{ readonly id: string } | { readonly refusal: string }> {
  const uploadId = `baseline-${createHash("sha256").update(`${slug} ${sha256}`).digest("hex").slice(0, 40)}`;
  try {
    const { id } = await acceptSubmission(context, exposure, {
      ...{ slug, uploadId, filename, bytes, sha256 },
      baseline: true,
    });
    return { id };
  } catch (error) {
    if (error instanceof AppError) return { refusal: error.message };
    throw error;
  }
}
