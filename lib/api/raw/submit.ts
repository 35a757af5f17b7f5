import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { SignedInContext } from "@/lib/auth/procedure";
import { countAttempt } from "@/lib/auth/throttle";
import { acceptSubmission, otherUpload } from "@/lib/competitions/commands/submit";
import { acceptSubmissionInput, competitionSlug } from "@/lib/competitions/model";
import { getSubmission } from "@/lib/competitions/queries/submissions";
import { arrivedUpload, expectUpload } from "@/lib/competitions/queries/uploads";
import { discard, type Staged, stage } from "@/lib/competitions/store/intake";
import { assertSpace } from "@/lib/competitions/store/space";
import { uploadIdleMs, uploadsPerAccount } from "@/lib/competitions/store/tunables";
import { ok } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import type { Surface } from "@/lib/kernel/surface";
import { problem, problemResponse } from "../problem";
import { arriving } from "./arriving";
import { announcedDigest } from "./digest";
import { parsed } from "./parsed";
import type { RawCall, RawRoute } from "./route";

const query = z.strictObject({ filename: acceptSubmissionInput.shape.filename });
const announcement = z.object({
  slug: competitionSlug,
  uploadId: acceptSubmissionInput.shape.uploadId,
  bytes: z.coerce.number().int().min(0).nullable(),
});

/** The body is the file: curl's own label for it says nothing, but a form's has the file inside something else. */
function wrongForm(headers: Headers): string | null {
  if (/^multipart\//i.test(headers.get("content-type") ?? ""))
    return "Send the file itself as the body (curl --data-binary @FILE), not a form.";
  const encoding = headers.get("content-encoding") ?? "identity";
  return encoding === "identity" ? null : "Send the file as it is, without Content-Encoding.";
}

/** What the request says before its body. An idempotency key may come in quotes, as RFC 9110's structured fields are. */
function announced({ request, params }: RawCall) {
  const { headers } = request;
  const key = headers
    .get("idempotency-key")
    ?.trim()
    .replace(/^"(.*)"$/, "$1");
  return {
    ...parsed(announcement, {
      slug: params.slug,
      uploadId: key ?? randomBytes(24).toString("base64url"),
      bytes: headers.get("content-length"),
    }),
    ...parsed(query, Object.fromEntries(new URL(request.url).searchParams)),
    sha256: announcedDigest(headers),
  };
}

type Announcement = ReturnType<typeof announced>;

/**
 * Streams the body to the store and makes a submission of it.
 * @throws AppError as `acceptSubmission`, `invalid` where size or digest is not what was announced, `too_many`
 */
async function submit(surface: Surface, call: RawCall): Promise<Response> {
  const { context, request, parts } = call;
  const { db, actor, settings, requestId } = context;
  const wrong = wrongForm(request.headers);
  if (wrong !== null) return problemResponse(problem("unsupported_media_type", wrong, requestId));
  const upload = announced(call);
  return parts.turns.take(actor.userId, async () => {
    await countAttempt(db, { kind: "upload-account", subject: actor.publicId }, uploadsPerAccount);
    const { maxBytes } = await expectUpload(db, actor, surface, settings.zone, upload);
    await assertSpace(parts.store.submissions, upload.bytes ?? maxBytes);
    const staged = await stage(parts, arriving(request, uploadIdleMs), maxBytes);
    try {
      assertAsAnnounced(upload, staged);
      await assertSameAsBefore(context, upload, staged);
    } catch (error) {
      await discard(staged);
      throw error;
    }
    return parts.kept.whileNamed(db, staged, () => accepted(context, surface, upload, staged));
  });
}

/** A key that is another file's is refused before this one is kept. `acceptSubmission` looks again, under a lock. */
async function assertSameAsBefore(
  { db, actor }: SignedInContext,
  { uploadId }: Announcement,
  { sha256 }: Staged,
): Promise<void> {
  const before = await arrivedUpload(db, actor, uploadId);
  if (before !== null && before.sha256 !== sha256) throw otherUpload(uploadId);
}

function assertAsAnnounced({ bytes, sha256 }: Announcement, staged: Staged): void {
  if (bytes !== null && bytes !== staged.bytes)
    throw new AppError("invalid", `${staged.bytes} bytes of ${bytes} arrived.`);
  if (sha256 !== undefined && sha256 !== staged.sha256)
    throw new AppError("invalid", `What arrived has the SHA-256 ${staged.sha256}, not ${sha256}.`);
}

async function accepted(
  context: SignedInContext,
  surface: Surface,
  { slug, uploadId, filename }: Announcement,
  { bytes, sha256 }: Staged,
): Promise<Response> {
  const made = await acceptSubmission(context, surface, { slug, uploadId, filename, bytes, sha256 });
  const view = await getSubmission(context.db, context.actor, surface, made.id);
  return Response.json(ok(view), { status: made.created ? 201 : 200 });
}

export function submitRoute(surface: Surface): RawRoute {
  return {
    name: `${surface}.competitions.submit`,
    method: "POST",
    path: `/${surface}/competitions/{slug}/submissions`,
    access: "user",
    hasInput: true,
    surface,
    description: {
      tags: ["Competitions"],
      summary: "Submit a file: the body is the file itself",
      description:
        "`curl --data-binary @submission.csv`, or `curl -X POST -T submission.csv`, which holds no more than a piece of it. What may break off on its way goes through `uploads`.",
      parameters: [
        { name: "slug", in: "path", required: true, schema: { type: "string" } },
        { name: "filename", in: "query", required: true, schema: { type: "string" } },
        {
          name: "Idempotency-Key",
          in: "header",
          description: "The same again is the same submission: 8 to 64 letters, digits, _ and -",
          schema: { type: "string" },
        },
        {
          name: "Repr-Digest",
          in: "header",
          description: "`sha-256=:<base64>:`; what arrives otherwise is refused",
          schema: { type: "string" },
        },
      ],
      requestBody: {
        required: true,
        content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
      },
      responses: {
        "201": { description: "`{data, meta}`, the submission as `GET submissions/{id}` has it" },
        "200": { description: "The same upload was accepted before: the submission that it became" },
      },
    },
    handle: (call) => submit(surface, call),
  };
}
