import type { OpenAPI } from "@orpc/openapi";
import { z } from "zod";
import { recordDownload } from "@/lib/competitions/commands/download";
import { competitionRef, datasetFileName, datasetRef, submissionRef } from "@/lib/competitions/model";
import { datasetFile, sampleFile, submissionFile } from "@/lib/competitions/queries/files";
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
    path: "/datasets/{slug}/files/{name}",
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
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = ""]) => parameter);
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
