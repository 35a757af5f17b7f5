import { mkdir } from "node:fs/promises";
import { Server, type Upload } from "@tus/server";
import { z } from "zod";
import { countAttempt } from "@/lib/auth/throttle";
import { acceptSubmission } from "@/lib/competitions/commands/submit";
import { acceptSubmissionInput, competitionSlug } from "@/lib/competitions/model";
import { type Arrived, arrivedUpload, expectUpload } from "@/lib/competitions/queries/uploads";
import { stageInPlace } from "@/lib/competitions/store/intake";
import { assertSpace } from "@/lib/competitions/store/space";
import { uploadsPerAccount } from "@/lib/competitions/store/tunables";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import type { Surface } from "@/lib/kernel/surface";
import { brief, drain } from "../drain";
import { apiPrefix } from "../prefix";
import { parsed } from "./parsed";
import type { RawCall } from "./route";
import { tusError } from "./tus-error";

/** Says which submission an upload became. */
export const submissionHeader = "medforge-submission";
const tusVersion = "1.0.0";

const metadata = z.object({ slug: competitionSlug, filename: acceptSubmissionInput.shape.filename });

function noUpload(): AppError {
  return new AppError("not_found", "There is no such upload. It may have been given up after a day.");
}

/** One request of tus 1.0 (https://tus.io/protocols/resumable-upload), by `@tus/server`. */
export async function serveTus(surface: Surface, call: RawCall): Promise<Response> {
  const { context, request, params, parts } = call;
  await mkdir(parts.store.uploads, { recursive: true, mode: 0o700 });
  const { id } = params;
  if (id === undefined) return parts.partial.inTurn(context.actor.publicId, () => create(surface, call));
  if (!parts.partial.isOf(id, context.actor, surface)) throw noUpload();
  if (request.method === "DELETE") return parts.partial.inTurn(id, () => giveUp(surface, call, id));
  const whole = await arrivedUpload(context.db, context.actor, id);
  if (whole) return tellArrived(request, whole);
  if (request.method === "PATCH") {
    await assertSpace(parts.store.uploads, Number(request.headers.get("content-length") ?? 0));
    return byServer(surface, call);
  }
  // The whole of it may have come, and its acceptance have been cut off: a client that hears so asks for nothing more.
  const upload = await parts.partial.files.getUpload(id).catch(() => null);
  if (!upload) throw noUpload();
  if (upload.offset !== upload.size) return byServer(surface, call);
  return tellArrived(request, await arrive(surface, call, upload));
}

/** Answers for an upload that is a submission by now. */
function tellArrived(request: Request, { id, bytes }: Arrived): Response {
  const offset = request.headers.get("upload-offset");
  if (request.method === "PATCH" && offset !== String(bytes))
    throw new AppError("conflict", "All of it is there.", { retryAfterSeconds: 1 });
  const headers = {
    "tus-resumable": tusVersion,
    "upload-offset": String(bytes),
    "upload-length": String(bytes),
    [submissionHeader]: id,
  };
  return new Response(null, { status: request.method === "PATCH" ? 204 : 200, headers });
}

/** In turn with its acceptance: who hears that it is gone must not find it submitted. */
async function giveUp(surface: Surface, call: RawCall, id: string): Promise<Response> {
  const { context } = call;
  if (await arrivedUpload(context.db, context.actor, id)) {
    throw new AppError("conflict", "All of it was there, and it is submitted.");
  }
  return byServer(surface, call);
}

async function create(surface: Surface, call: RawCall): Promise<Response> {
  const { context, request } = call;
  await drain(request.body, brief);
  await countAttempt(
    context.db,
    { kind: "upload-account", subject: context.actor.publicId },
    uploadsPerAccount,
  );
  const headers = new Headers(request.headers);
  for (const name of ["content-type", "content-length"]) headers.delete(name);
  return byServer(surface, { ...call, request: new Request(request.url, { method: "POST", headers }) });
}

/** The package decides what the protocol wants; who may do it, and what becomes of it, is decided here. */
async function byServer(surface: Surface, call: RawCall): Promise<Response> {
  const { context, request, parts } = call;
  let failure: unknown;
  const server = new Server({
    path: `${apiPrefix}/${surface}/uploads`,
    relativeLocation: true,
    datastore: parts.partial.files,
    locker: parts.partial.locker,
    // Looked at under the lock that the last part holds as long as it is written.
    disableTerminationForFinishedUploads: true,
    namingFunction: () => parts.partial.newId(context.actor, surface),
    onUploadCreate: async (_request, upload) => {
      const { bytes, maxBytes } = await expected(surface, call, upload);
      await parts.partial.assertRoom(context.actor, bytes, maxBytes);
      await assertSpace(parts.store.uploads, bytes);
      return {};
    },
    onUploadFinish: async (_request, upload) => {
      const { id } = await arrive(surface, call, upload);
      return { headers: { [submissionHeader]: id } };
    },
    onResponseError: (_request, error) => {
      failure = error;
      return undefined;
    },
  });
  const response = await server.handleWeb(request);
  if (response.status >= 400) throw tusError(failure, response.status, await response.text());
  // The package invites every site's pages; the console's own need no invitation.
  for (const name of [...response.headers.keys()])
    if (name.startsWith("access-control-")) response.headers.delete(name);
  return response;
}

async function expected(surface: Surface, { context }: RawCall, upload: Upload) {
  const { slug } = parsed(metadata, upload.metadata ?? {});
  const bytes = upload.size;
  if (bytes === undefined) throw new AppError("invalid", "Say how large the file is, as Upload-Length.");
  const { db, actor, settings } = context;
  const announced = { slug, uploadId: upload.id, bytes };
  return { bytes, ...(await expectUpload(db, actor, surface, settings.zone, announced)) };
}

/**
 * Makes a submission of an upload that is whole. Done anew after a crash at any place, it is the same submission.
 * @throws AppError as `acceptSubmission`; the upload is gone then, unless the same may be taken in a while, since no client
 *   would send it again by itself
 */
function arrive(surface: Surface, { context, parts }: RawCall, { id }: Upload): Promise<Arrived> {
  return parts.partial.inTurn(id, async () => {
    const before = await arrivedUpload(context.db, context.actor, id);
    if (before) return before;
    const upload = await parts.partial.files.getUpload(id);
    const bytes = required(upload.size, "the size of an upload that is whole");
    const { slug, filename } = parsed(metadata, upload.metadata);
    const path = required(upload.storage, "where the upload lies").path;
    const staged = await stageInPlace(parts, path, bytes);
    const { sha256 } = staged;
    const file = { slug, filename, uploadId: id, bytes, sha256 };
    const accepted = await parts.kept
      .whileNamed(context.db, staged, () => acceptSubmission(context, surface, file))
      .catch(async (error: unknown) => {
        if (error instanceof AppError && error.retryAfterSeconds === undefined) await remove();
        throw error;
      });
    await remove();
    return { id: accepted.id, bytes, sha256 };
  });

  /** What can't be removed now is swept after a day, and changes nothing of what became of it. */
  async function remove(): Promise<void> {
    await parts.partial.files.remove(id).catch((error: unknown) => {
      context.log.warn({ err: error, upload: id }, "an upload that has ended could not be removed");
    });
  }
}
