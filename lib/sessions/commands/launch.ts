import { eq } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { packs, sessionEvents } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange } from "@/lib/audit/record";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import {
  assertNoOperation,
  type CommandContext,
  insertWorkspace,
  lockWorkspace,
  sessionOn,
} from "@/lib/workspaces/commands";
import type { Exposure } from "@/lib/workspaces/model";
import type { WorkspaceRow } from "@/lib/workspaces/queries";
import type { LaunchInput } from "../model";
import { assertMayLaunch, type LaunchContext, lockUser, timeLimit } from "./admit";
import { allocate, roomiestNode } from "./allocate";
import type { WantedGpu } from "./explain";

/** The workspace of someone who named none. */
const defaultWorkspaceName = "default";

/**
 * Launches a session: one transaction gives it a GPU, a port and a workspace, or says concretely why not; the worker does
 * the rest.
 * @returns the new session's slug
 * @throws AppError `conflict` (limit reached, no key, nothing free, workspace busy), `invalid` (longer than allowed),
 * `not_found`, `forbidden`
 */
export async function launchSession(
  context: CommandContext,
  exposure: Exposure,
  input: LaunchInput,
): Promise<string> {
  const { slug } = await inTransaction(context.db, (tx) => launchIn(tx, context, exposure, input));
  context.wake();
  return slug;
}

/** `launchSession` within a transaction that is there already; the worker is woken once it is committed. */
export async function launchIn(
  tx: Tx,
  context: LaunchContext,
  exposure: Exposure,
  input: LaunchInput,
): Promise<{ id: number; slug: string }> {
  const { actor } = context;
  if (!can(actor, "session.launch")) throw new AppError("forbidden", "You may not launch sessions.");
  // The user's row first: everything below counts and checks under it, one launch of theirs at a time.
  const user = await lockUser(tx, actor.userId);
  await assertMayLaunch(tx, context, exposure, user);
  const pack = await findPack(tx, input.packId);
  const workspace = await resolveWorkspace(tx, context, exposure, input);
  const session = await allocate(tx, {
    exposure,
    packId: pack.id,
    workspace,
    ttlMinutes: timeLimit(input.ttlMinutes, user.maxDurationMinutes),
    wanted: wantedGpu(context, input),
  });
  await tx.insert(sessionEvents).values({
    sessionId: session.id,
    kind: "requested",
    detail: `Launch of ${pack.name} on ${session.gpuLabel} with workspace "${workspace.name}", port ${session.sshPort}.`,
    at: dbNow,
  });
  await recordAudit(
    tx,
    { userId: actor.userId, username: actor.username, requestId: context.requestId },
    {
      action: "session.launch",
      resource: session.slug,
      detail: { gpu: session.gpuPublicId, workspace: workspace.publicId, port: session.sshPort },
    },
  );
  // A GPU changed hands, which everyone may see; the session itself is its owner's.
  await recordChange(tx, { userId: null, topic: "gpus", resource: session.gpuPublicId });
  await recordChange(tx, { userId: actor.userId, topic: "sessions", resource: session.slug });
  return session;
}

/** The environment of that id, or the first there is. @throws AppError `not_found` */
export async function findPack(tx: Tx, publicId: string | undefined): Promise<{ id: number; name: string }> {
  const [pack] = await tx
    .select({ id: packs.id, name: packs.name })
    .from(packs)
    .where(publicId === undefined ? undefined : eq(packs.publicId, publicId))
    .orderBy(packs.id)
    .limit(1);
  if (pack) return pack;
  throw new AppError("not_found", publicId ? `No pack ${publicId}.` : "No environment is installed.");
}

function wantedGpu({ actor, settings }: LaunchContext, { gpuId, gpuModel }: LaunchInput): WantedGpu {
  return { userId: actor.userId, gpuId, gpuModel, zone: settings.zone };
}

/** The asked-for workspace, locked and idle; made when a name is new. */
async function resolveWorkspace(
  tx: Tx,
  context: LaunchContext,
  exposure: Exposure,
  input: LaunchInput,
): Promise<WorkspaceRow> {
  const { actor } = context;
  const name = input.workspaceName ?? defaultWorkspaceName;
  const which = input.workspaceId ? { publicId: input.workspaceId } : { name };
  const row = await lockWorkspace(tx, actor, exposure, which);
  if (!row && input.workspaceId) throw new AppError("not_found", `No workspace ${input.workspaceId}.`);
  if (!row) {
    const nodeId = await roomiestNode(tx, wantedGpu(context, input));
    return insertWorkspace(tx, context, { name, exposure, nodeId });
  }
  await assertNoOperation(tx, row);
  const slug = await sessionOn(tx, row.id);
  if (slug) {
    throw new AppError(
      "conflict",
      `Session ${slug} uses workspace "${row.name}" already. Stop it, or choose another workspace.`,
      { conflict: "in_use" },
    );
  }
  return row;
}
