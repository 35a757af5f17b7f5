import { z } from "zod";
import type { Api } from "./api";

/** As much of JSON Schema as the hostile test needs to know what does not fit. */
export interface JsonSchema {
  type?: string | undefined;
  properties?: Record<string, JsonSchema> | undefined;
  anyOf?: JsonSchema[] | undefined;
}

const jsonSchema: z.ZodType<JsonSchema> = z.lazy(() =>
  z.looseObject({
    type: z.string().optional(),
    properties: z.record(z.string(), jsonSchema).optional(),
    anyOf: z.array(jsonSchema).optional(),
  }),
);

const operation = z.looseObject({
  security: z.array(z.record(z.string(), z.unknown())).optional(),
  parameters: z
    .array(z.looseObject({ name: z.string(), in: z.string(), schema: jsonSchema.optional() }))
    .optional(),
  requestBody: z
    .looseObject({
      content: z.looseObject({ "application/json": z.looseObject({ schema: jsonSchema }).optional() }),
    })
    .optional(),
});

const document = z.looseObject({
  openapi: z.string().startsWith("3.1"),
  paths: z.record(z.string(), z.record(z.string(), operation)),
});

export interface Operation {
  /** `GET external/sessions/{slug}` */
  name: string;
  method: string;
  path: string;
  /** How a caller may sign in; empty for public ones. */
  schemes: string[];
  query: string[];
  body: JsonSchema | undefined;
}

/** Every operation that the installation declares. */
export async function operations(api: Api): Promise<Operation[]> {
  const { paths } = document.parse(JSON.parse((await api.send("GET", "spec.json")).text));
  return Object.entries(paths).flatMap(([at, item]) =>
    Object.entries(item).map(([verb, found]) => {
      const [method, path] = [verb.toUpperCase(), at.replace(/^\//, "")];
      return {
        name: `${method} ${path}`,
        method,
        path,
        schemes: (found.security ?? []).flatMap((scheme) => Object.keys(scheme)).sort(),
        query: (found.parameters ?? []).flatMap((parameter) =>
          parameter.in === "query" ? [parameter.name] : [],
        ),
        body: found.requestBody?.content["application/json"]?.schema,
      };
    }),
  );
}
