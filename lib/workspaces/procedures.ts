import { surfaceProcedure, userProcedure } from "@/lib/auth/procedure";
import { envelope, listEnvelope, ok, paged, pageInput } from "@/lib/kernel/envelope";
import {
  createWorkspace,
  requestDelete,
  requestRestore,
  requestSnapshot,
  requestSnapshotDelete,
} from "./commands";
import {
  createSnapshotInput,
  createWorkspaceInput,
  type Exposure,
  operationRef,
  operationView,
  snapshotRef,
  snapshotView,
  workspaceRef,
  workspaceView,
} from "./model";
import { getOperation, getWorkspace, listSnapshots, listWorkspaces } from "./queries";

/** The same procedures for either exposure, so that internal data can't be reached through an external route. */
export function workspaceProcedures(exposure: Exposure) {
  const base = `/${exposure}/workspaces` as const;
  const tags = ["Workspaces"];
  const procedure = surfaceProcedure(exposure);
  return {
    list: procedure
      .route({ method: "GET", path: base, tags, summary: "My workspaces" })
      .input(pageInput)
      .output(listEnvelope(workspaceView))
      .handler(async ({ context, input }) =>
        paged(await listWorkspaces(context.db, context.actor, exposure, input)),
      ),
    create: procedure
      .route({ method: "POST", path: base, tags, summary: "Make a workspace", successStatus: 201 })
      .input(createWorkspaceInput)
      .output(envelope(workspaceView))
      .handler(async ({ context, input }) => ok(await createWorkspace(context, exposure, input))),
    get: procedure
      .route({ method: "GET", path: `${base}/{id}`, tags, summary: "One workspace" })
      .input(workspaceRef)
      .output(envelope(workspaceView))
      .handler(async ({ context, input }) =>
        ok(await getWorkspace(context.db, context.actor, exposure, input.id)),
      ),
    remove: procedure
      .route({
        method: "DELETE",
        path: `${base}/{id}`,
        tags,
        summary: "Destroy a workspace and its snapshots",
        successStatus: 202,
      })
      .input(workspaceRef)
      .output(envelope(operationView))
      .handler(async ({ context, input }) => ok(await requestDelete(context, exposure, input))),
    snapshots: procedure
      .route({ method: "GET", path: `${base}/{id}/snapshots`, tags, summary: "Snapshots, newest first" })
      .input(pageInput.extend(workspaceRef.shape))
      .output(listEnvelope(snapshotView))
      .handler(async ({ context, input }) =>
        paged(await listSnapshots(context.db, context.actor, exposure, input.id, input)),
      ),
    createSnapshot: procedure
      .route({
        method: "POST",
        path: `${base}/{id}/snapshots`,
        tags,
        summary: "Take a snapshot",
        successStatus: 202,
      })
      .input(createSnapshotInput)
      .output(envelope(operationView))
      .handler(async ({ context, input }) => ok(await requestSnapshot(context, exposure, input))),
    removeSnapshot: procedure
      .route({
        method: "DELETE",
        path: `${base}/{id}/snapshots/{snapshotId}`,
        tags,
        summary: "Delete one snapshot",
        successStatus: 202,
      })
      .input(snapshotRef)
      .output(envelope(operationView))
      .handler(async ({ context, input }) => ok(await requestSnapshotDelete(context, exposure, input))),
    restore: procedure
      .route({
        method: "POST",
        path: `${base}/{id}/restore`,
        tags,
        summary: "Bring a snapshot back",
        successStatus: 202,
      })
      .input(snapshotRef)
      .output(envelope(operationView))
      .handler(async ({ context, input }) => ok(await requestRestore(context, exposure, input))),
  };
}

export const operationProcedures = {
  get: userProcedure
    .route({
      method: "GET",
      path: "/operations/{id}",
      tags: ["Workspaces"],
      summary: "How an operation goes",
    })
    .input(operationRef)
    .output(envelope(operationView))
    .handler(async ({ context, input }) => ok(await getOperation(context.db, context.actor, input.id))),
};
