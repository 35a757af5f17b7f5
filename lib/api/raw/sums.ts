import { datasetRef } from "@/lib/competitions/model";
import { getDataset } from "@/lib/competitions/queries/datasets";
import type { Surface } from "@/lib/kernel/surface";
import { parsed } from "./parsed";
import type { RawCall, RawRoute } from "./route";

/** Names have no character that `sha256sum` would escape: they are `datasetFileName`s. */
async function sums(surface: Surface, { context, params, request }: RawCall): Promise<Response> {
  const query = Object.fromEntries(new URL(request.url).searchParams);
  const wanted = {
    ...parsed(datasetRef.omit({ slug: true }), query),
    ...parsed(datasetRef.pick({ slug: true }), params),
  };
  const { files } = await getDataset(context.db, context.actor, surface, wanted);
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    "content-disposition": 'attachment; filename="SHA256SUMS"',
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  };
  return new Response(files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(""), { headers });
}

/** A data set's version as `sha256sum -c` reads it: what there is to fetch, and whether it is right. */
export function sumsRoute(surface: Surface): RawRoute {
  return {
    name: `${surface}.datasets.sums`,
    method: "GET",
    path: `/${surface}/datasets/{slug}/SHA256SUMS`,
    access: "user",
    hasInput: true,
    surface,
    description: {
      tags: ["Datasets"],
      summary:
        "Digests and names of all files of a dataset's version, for `sha256sum -c`; the newest unless named",
      parameters: [
        { name: "slug", in: "path", required: true, schema: { type: "string" } },
        { name: "number", in: "query", schema: { type: "integer" } },
      ],
      responses: {
        "200": {
          description: "A line for each file",
          content: { "text/plain": { schema: { type: "string" } } },
        },
      },
    },
    handle: (call) => sums(surface, call),
  };
}
