import { z } from "zod";
import * as p from "@/lib/agent-protocol/patterns";
import type { VerbInput } from "@/lib/agent-protocol/verbs";

/** What a session container says of itself. The engine keeps it, so it outlives the agent and the database. */
const labelSchema = z.object({
  "medforge.installation": p.installationId,
  "medforge.slug": p.slug,
  "medforge.generation": z.coerce.number().pipe(p.generation),
  "medforge.workspace": p.workspaceId,
  "medforge.dataset-generation": z.coerce.number().pipe(p.datasetGeneration),
  "medforge.gpu": p.gpuUuid,
  "medforge.port": z.coerce.number().pipe(p.sshPort),
});

export interface SessionLabels {
  installationId: string;
  slug: string;
  generation: number;
  workspaceId: string;
  datasetGeneration: number;
  gpuUuid: string;
  sshPort: number;
}

export const installationLabel = "medforge.installation";
export const workspaceLabel = "medforge.workspace";
export const gpuLabel = "medforge.gpu";
export const portLabel = "medforge.port";

export const containerName = (slug: string): string => `mf-session-${slug}`;

export function writeLabels(input: VerbInput<"session.start">): Record<string, string> {
  return {
    [installationLabel]: input.installationId,
    "medforge.slug": input.slug,
    "medforge.generation": String(input.generation),
    [workspaceLabel]: input.workspaceId,
    "medforge.dataset-generation": String(input.datasetGeneration),
    [gpuLabel]: input.gpuUuid,
    [portLabel]: String(input.sshPort),
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
    workspaceId: found["medforge.workspace"],
    datasetGeneration: found["medforge.dataset-generation"],
    gpuUuid: found["medforge.gpu"],
    sshPort: found["medforge.port"],
  };
}
