import type { OpenAPI } from "@orpc/openapi";
import { z } from "zod";
import { recordDownload } from "@/lib/competitions/commands/download";
import {
  competitionRef,
  datasetFileName,
  datasetRef,
  pictureRef,
  submissionRef,
  truthRef,
} from "@/lib/competitions/model";
import { datasetFile, pictureFile, sampleFile, submissionFile } from "@/lib/competitions/queries/files";
import { truthVolume } from "@/lib/competitions/queries/truth";
import type { Surface } from "@/lib/kernel/surface";
import { fileResponse, type KeptFile } from "./file-response";
import { parsed } from "./parsed";
import type { RawCall, RawRoute } from "./route";

const none = z.strictObject({});
const datasetQuery = datasetRef.omit({ slug: true });
const datasetParams = datasetRef.pick({ slug: true }).extend({ name: datasetFileName });

function queryOf<Schema extends z.ZodType>(schema: Schema, { request }: RawCall): z.output<Schema> {
  return parsed(schema, Object.fromEntries(new URL(request.url).searchParams));
}

async function ofDataset(surface: Surface, call: RawCall): Promise<KeptFile> {
  const { context, params, parts } = call;
  const wanted = { ...parsed(datasetParams, params), ...queryOf(datasetQuery, call) };
  const file = await datasetFile(context.db, context.actor, surface, wanted);
  return { ...file, path: parts.store.datasetFile(file.versionId, file.filename) };
}

async function ofSample(surface: Surface, call: RawCall): Promise<KeptFile> {
  const { context, params, parts } = call;
  queryOf(none, call);
  const { slug } = parsed(competitionRef, params);
  const file = await sampleFile(context.db, context.actor, surface, slug);
  return { ...file, bytes: null, path: parts.store.sample(file.evaluationId) };
}

async function ofSubmission(surface: Surface, call: RawCall): Promise<KeptFile> {
  const { context, params, parts } = call;
  queryOf(none, call);
  const { id } = parsed(submissionRef, params);
  const file = await submissionFile(context.db, context.actor, surface, id);
  if (file.ownerId !== context.actor.userId) await recordDownload(context, id);
  return { ...file, path: parts.store.submission(file.sha256) };
}

async function ofTruth(surface: Surface, call: RawCall): Promise<KeptFile> {
  const { context, params, parts } = call;
  queryOf(none, call);
  const { slug, case: id } = parsed(truthRef, params);
  const { evaluationId } = await truthVolume(context.db, parts.store, context.actor, surface, { slug, id });
  const path = parts.store.truthVolume(evaluationId, id);
  return { path, filename: `${id}.nii.gz`, sha256: null, bytes: null, tag: `${evaluationId}/${id}` };
}

const mediaTypes = { png: "image/png", jpg: "image/jpeg", webp: "image/webp" } as const;

async function ofPicture(surface: Surface, call: RawCall): Promise<KeptFile> {
  const { context, params, parts } = call;
  queryOf(none, call);
  const { slug, sha256 } = parsed(pictureRef, params);
  const { type } = await pictureFile(context.db, context.actor, surface, { slug, sha256 });
  const path = parts.store.picture(sha256);
  return { path, filename: `${slug}.${type}`, sha256, bytes: null, shownAs: mediaTypes[type] };
}

interface Served {
  readonly name: string;
  /** Below the surface. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly find: (surface: Surface, call: RawCall) => Promise<KeptFile>;
}

const served: readonly Served[] = [
  {
    name: "datasets.file",
    path: "/datasets/{slug}/files/{+name}",
    tag: "Datasets",
    summary: "A file of a dataset, of its newest version or of the one that is named",
    find: ofDataset,
  },
  {
    name: "competitions.sample",
    path: "/competitions/{slug}/sample",
    tag: "Competitions",
    summary: "What a submission looks like",
    find: ofSample,
  },
  {
    name: "competitions.truth",
    path: "/competitions/{slug}/truth/{case}",
    tag: "Competitions",
    summary:
      "The truth of a case of masks, where the competition shows it and the case's scores are to be seen",
    find: ofTruth,
  },
  {
    name: "competitions.picture",
    path: "/competitions/{slug}/pictures/{sha256}",
    tag: "Competitions",
    summary: "A competition's picture, by its digest",
    find: ofPicture,
  },
  {
    name: "submissions.file",
    path: "/submissions/{id}/file",
    tag: "Competitions",
    summary: "What was submitted, as it was sent",
    find: ofSubmission,
  },
];

const answers: OpenAPI.ResponsesObject = {
  "200": {
    description: "The file; `ETag` and `Repr-Digest` have its SHA-256",
    content: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
  },
  "206": { description: "The range of bytes that was asked for" },
  "304": { description: "The client has it already" },
};

function parametersOf({ path, name }: Served): OpenAPI.ParameterObject[] {
  const inPath = [...path.matchAll(/\{\+?(\w+)\}/g)].map(([, parameter = ""]) => parameter);
  const string = { type: "string" } as const;
  return [
    ...inPath.map((each) => ({ name: each, in: "path", required: true, schema: string }) as const),
    ...(name === "datasets.file"
      ? [{ name: "number", in: "query", schema: { type: "integer" } } as const]
      : []),
    { name: "Range", in: "header", description: "`bytes=<first>-<last>`, one range", schema: string },
  ];
}

/** What may be downloaded from the store on a surface. */
export function fileRoutes(surface: Surface): RawRoute[] {
  return served.map((each) => ({
    name: `${surface}.${each.name}`,
    method: "GET",
    path: `/${surface}${each.path}`,
    access: "user",
    hasInput: true,
    surface,
    description: {
      tags: [each.tag],
      summary: each.summary,
      parameters: parametersOf(each),
      responses: answers,
    },
    handle: async (call) => fileResponse(await each.find(surface, call), call),
  }));
}
