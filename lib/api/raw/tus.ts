import { mkdir } from "node:fs/promises";
import { Server, type Upload } from "@tus/server";
import { countAttempt } from "@/lib/auth/throttle";
import { assertSpace } from "@/lib/competitions/store/space";
import { uploadsPerAccount } from "@/lib/competitions/store/tunables";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import type { Surface } from "@/lib/kernel/surface";
import { brief, drain } from "../drain";
import { apiPrefix } from "../prefix";
import type { RawCall } from "./route";
import { tusError } from "./tus-error";
import { type ArrivedAs, arrivedAs, become, expectFor, purposeOf } from "./upload-purpose";

const tusVersion = "1.0.0";

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
  const before = await arrivedAs(context, id);
  if (before) return tellArrived(request, before);
  try {
    return await goOn(surface, call, id);
  } catch (error) {
    // It was accepted, and its parts removed, since that look: who heard that it is gone would send all of it again.
    const since = error instanceof AppError && error.code === "not_found" && (await arrivedAs(context, id));
    if (since) return tellArrived(request, since);
    throw error;
  }
}

/** A part of an upload, or the question how far it is. @throws AppError `not_found` where its parts are there no more */
async function goOn(surface: Surface, call: RawCall, id: string): Promise<Response> {
  const { request, parts } = call;
  if (request.method === "PATCH") {
    await assertSpace(parts.store.uploads, Number(request.headers.get("content-length") ?? 0));
    return byServer(surface, call);
  }
  // The whole of it may have come, and its acceptance have been cut off: a client that hears so asks for nothing more.
  const upload = await parts.partial.files.getUpload(id).catch((error: unknown) => {
    const told = tusError(error, 500, "");
    throw told instanceof AppError && told.code === "not_found" ? noUpload() : told;
  });
  if (upload.offset !== upload.size) return byServer(surface, call);
  return tellArrived(request, await arrive(surface, call, upload));
}

/** Answers for an upload that is a submission or an import by now. */
function tellArrived(request: Request, { id, bytes, header }: ArrivedAs): Response {
  const offset = request.headers.get("upload-offset");
  if (request.method === "PATCH" && offset !== String(bytes))
    throw new AppError("conflict", "All of it is there.", { retryAfterSeconds: 1 });
  const headers = {
    "tus-resumable": tusVersion,
    "upload-offset": String(bytes),
    "upload-length": String(bytes),
    [header]: id,
  };
  return new Response(null, { status: request.method === "PATCH" ? 204 : 200, headers });
}

/** In turn with its acceptance: who hears that it is gone must not find it submitted. */
async function giveUp(surface: Surface, call: RawCall, id: string): Promise<Response> {
  const { context } = call;
  const whole = await arrivedAs(context, id);
  if (whole) {
    const what = whole.header === "medforge-submission" ? "submitted" : "being brought in";
    throw new AppError("conflict", `All of it was there, and it is ${what}.`);
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
      const { id, header } = await arrive(surface, call, upload);
      return { headers: { [header]: id } };
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
  const purpose = purposeOf(upload);
  const bytes = upload.size;
  if (bytes === undefined) throw new AppError("invalid", "Say how large the file is, as Upload-Length.");
  return { bytes, ...(await expectFor(context, surface, purpose, { uploadId: upload.id, bytes })) };
}

/**
 * Makes of an upload that is whole what it is for. Done anew after a crash at any place, it is the same.
 * @throws AppError as `acceptSubmission` and `acceptImport`; the upload is gone then, unless the same may be taken in a
 *   while, since no client would send it again by itself
 */
function arrive(surface: Surface, { context, parts }: RawCall, { id }: Upload): Promise<ArrivedAs> {
  return parts.partial.inTurn(id, async () => {
    const before = await arrivedAs(context, id);
    if (before) return before;
    const upload = await parts.partial.files.getUpload(id);
    const bytes = required(upload.size, "the size of an upload that is whole");
    const path = required(upload.storage, "where the upload lies").path;
    const whole = { uploadId: id, bytes, path };
    const arrived = await become({ context, surface, parts }, purposeOf(upload), whole).catch(
      async (error: unknown) => {
        if (error instanceof AppError && error.retryAfterSeconds === undefined) await remove();
        throw error;
      },
    );
    // An import's is read where it lies.
    if (arrived.header === "medforge-submission") await remove();
    return arrived;
  });

  /** What can't be removed now is swept after a day, and changes nothing of what became of it. */
  async function remove(): Promise<void> {
    await parts.partial.files.remove(id).catch((error: unknown) => {
      context.log.warn({ err: error, upload: id }, "an upload that has ended could not be removed");
    });
  }
}
