import { apiPrefix } from "@/lib/api/prefix";
import type { Split } from "@/lib/competitions/model";
import type { Surface } from "@/lib/kernel/surface";

const base = (surface: Surface) => `${apiPrefix}/${surface}`;

/** One file of a dataset's version. */
export function datasetFilePath(
  surface: Surface,
  dataset: { slug: string; number: number },
  name: string,
): string {
  const path = name.split("/").map(encodeURIComponent).join("/");
  return `${datasetFilesPath(surface, dataset)}/${path}?number=${dataset.number}`;
}

/** Where a dataset's files lie, by name. */
export function datasetFilesPath(surface: Surface, dataset: { slug: string }): string {
  return `${base(surface)}/datasets/${dataset.slug}/files`;
}

/** Digests and names of a version's files, for `sha256sum -c`. */
export function datasetSumsPath(surface: Surface, dataset: { slug: string; number: number }): string {
  return `${base(surface)}/datasets/${dataset.slug}/SHA256SUMS?number=${dataset.number}`;
}

/** The true mask of a case, where the competition shows it. */
export function truthPath(surface: Surface, slug: string, id: string): string {
  return `${base(surface)}/competitions/${slug}/truth/${encodeURIComponent(id)}`;
}

/** A competition's picture, by its digest. */
export function picturePath(surface: Surface, slug: string, sha256: string): string {
  return `${base(surface)}/competitions/${slug}/pictures/${sha256}`;
}

/** The sample submission, in the format that is asked for. */
export function samplePath(surface: Surface, slug: string): string {
  return `${base(surface)}/competitions/${slug}/sample`;
}

/** Where a file is posted as it is. */
export function submitPath(surface: Surface, slug: string, filename: string): string {
  return `${base(surface)}/competitions/${slug}/submissions?filename=${encodeURIComponent(filename)}`;
}

/** Where resumable uploads begin. */
export function uploadsPath(surface: Surface): string {
  return `${base(surface)}/uploads`;
}

/** The file that was submitted, as it came. */
export function submissionFilePath(surface: Surface, id: string): string {
  return `${base(surface)}/submissions/${id}/file`;
}

/** Everything that the viewer sent in, as CSV. */
export function mySubmissionsFilePath(surface: Surface, slug: string): string {
  return `${base(surface)}/competitions/${slug}/submissions.csv`;
}

/** A whole board as CSV. */
export function leaderboardFilePath(
  surface: Surface,
  slug: string,
  split: Split,
  evaluationId?: string,
): string {
  const query = new URLSearchParams({ split, ...(evaluationId === undefined ? {} : { evaluationId }) });
  return `${base(surface)}/competitions/${slug}/leaderboard.csv?${query}`;
}
