import { z } from "zod";
import * as p from "@/lib/agent-protocol/patterns";
import type { VerbInput } from "@/lib/agent-protocol/verbs";

/** What a session container says of itself. The engine keeps it, so it outlives the agent and the database. */
const labelSchema = z.object({
  "medforge.installation": p.installationId,
  "medforge.slug": p.slug,
  "medforge.generation": z.coerce.number().pipe(p.generation),
  // Containers that were started before there were internal sessions don't say it.
  "medforge.exposure": p.exposure.default("external"),
  "medforge.workspace": p.workspaceId,
  "medforge.dataset-generation": z.coerce.number().pipe(p.datasetGeneration),
  "medforge.gpu": p.gpuUuid,
  "medforge.port": z.coerce.number().pipe(p.sshPort),
});

export interface SessionLabels {
  installationId: string;
  slug: string;
  generation: number;
  exposure: p.Exposure;
  workspaceId: string;
  datasetGeneration: number;
  gpuUuid: string;
  sshPort: number;
}

export const installationLabel = "medforge.installation";
export const slugLabel = "medforge.slug";
export const workspaceLabel = "medforge.workspace";
export const gpuLabel = "medforge.gpu";
export const portLabel = "medforge.port";

export const containerName = (slug: string): string => `mf-session-${slug}`;

/** What the container of this start says of itself. */
export function labelsFor(input: VerbInput<"session.start">): SessionLabels {
  const { installationId, slug, generation, exposure, workspaceId, datasetGeneration, gpuUuid, sshPort } =
    input;
  return { installationId, slug, generation, exposure, workspaceId, datasetGeneration, gpuUuid, sshPort };
}

export function writeLabels(labels: SessionLabels): Record<string, string> {
  return {
    [installationLabel]: labels.installationId,
    [slugLabel]: labels.slug,
    "medforge.generation": String(labels.generation),
    "medforge.exposure": labels.exposure,
    [workspaceLabel]: labels.workspaceId,
    "medforge.dataset-generation": String(labels.datasetGeneration),
    [gpuLabel]: labels.gpuUuid,
    [portLabel]: String(labels.sshPort),
  };
}

/** Null when the labels are not a session's, or were tampered with. */
export function readLabels(labels: Record<string, string> | undefined): SessionLabels | null {
  const parsed = labelSchema.safeParse(labels ?? {});
  if (!parsed.success) return null;
  const found = parsed.data;
  return {
    installationId: found["medforge.installation"],
    slug: found["medforge.slug"],
    generation: found["medforge.generation"],
    exposure: found["medforge.exposure"],
    workspaceId: found["medforge.workspace"],
    datasetGeneration: found["medforge.dataset-generation"],
    gpuUuid: found["medforge.gpu"],
    sshPort: found["medforge.port"],
  };
}
