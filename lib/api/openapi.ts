import { type OpenAPI, OpenAPIGenerator } from "@orpc/openapi";
import { ZodToJsonSchemaConverter } from "@orpc/zod/zod4";
import { loginCookieName } from "@/lib/auth/lucia";
import type { Access } from "@/lib/auth/procedure";
import { surfaces } from "@/lib/kernel/surface";
import packageJson from "@/package.json";
import { type CsvExport, csvExports } from "./exports";
import { apiPrefix } from "./prefix";
import { problemBody, problemContentType } from "./problem-body";
import type { RawRoute } from "./raw/route";
import { rawRoutes } from "./raw/routes";
import { router } from "./router";
import { type ApiRoute, listRoutes } from "./routes";

let generated: Promise<OpenAPI.Document> | undefined;

/** The OpenAPI 3.1 description of everything below `/api/v2`, made from the procedures once per process. */
export async function openApiDocument(url: string): Promise<OpenAPI.Document> {
  generated ??= generate();
  return { ...(await generated), servers: [{ url: new URL(apiPrefix, url).href }] };
}

async function generate(): Promise<OpenAPI.Document> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  const document = await generator.generate(router, {
    info: {
      title: "MedForge",
      version: packageJson.version,
      description: "Success is `{data, meta}`, failure is RFC 9457 `application/problem+json`.",
    },
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "An API token, `mf_…`" },
        monitor: { type: "http", scheme: "bearer", description: "A monitor's token, `mf_…`" },
        login: { type: "apiKey", in: "cookie", name: loginCookieName },
      },
    },
  });
  const schemas = { ...document.components?.schemas, Problem: problemSchema() };
  document.components = { ...document.components, schemas };
  for (const route of listRoutes(router)) {
    const operation = operationOf(document, route);
    if (!operation) throw new Error(`The OpenAPI description lacks ${route.name}.`);
    operation.security = security[route.access];
    operation.responses = { ...operation.responses, ...problemResponses(route) };
  }
  document.paths = { ...document.paths, ...exportPaths() };
  for (const route of rawRoutes) addRaw(document.paths, route);
  return document;
}

/** A route that is no procedure, beside the procedures at its path. */
function addRaw(paths: OpenAPI.PathsObject, route: RawRoute): void {
  const operation: OpenAPI.OperationObject = {
    operationId: route.name,
    ...route.description,
    security: security[route.access],
    responses: { ...route.description.responses, ...problemResponses(route) },
  };
  const method = route.method.toLowerCase();
  // OpenAPI has no parameter of several segments: what is said of it stands at the parameter.
  const path = route.path.replace("{+", "{");
  paths[path] = { ...paths[path], [method]: operation } as OpenAPI.PathItemObject;
}

function problemSchema(): OpenAPI.SchemaObject {
  const [, schema] = new ZodToJsonSchemaConverter().convert(problemBody, { strategy: "output" });
  return schema as OpenAPI.SchemaObject;
}

/** The exports as they are declared by hand: they are no procedures. */
function exportPaths(): OpenAPI.PathsObject {
  return Object.fromEntries(
    csvExports.map((file) => {
      const route: ApiRoute = {
        name: `admin.${file.what}.csv`,
        method: "GET",
        path: file.path,
        access: "admin",
        hasInput: true,
      };
      const get: OpenAPI.OperationObject = {
        operationId: route.name,
        tags: ["Admin"],
        summary: file.summary,
        security: security[route.access],
        parameters: queryParameters(file),
        responses: {
          "200": { description: "The file", content: { "text/csv": { schema: { type: "string" } } } },
          ...problemResponses(route),
        },
      };
      return [file.path, { get } as OpenAPI.PathItemObject];
    }),
  );
}

function queryParameters({ filter }: CsvExport): OpenAPI.ParameterObject[] {
  const [, schema] = new ZodToJsonSchemaConverter().convert(filter, { strategy: "input" });
  const { properties = {} } = schema as OpenAPI.SchemaObject;
  return Object.entries(properties).map(
    ([name, schemaOfIt]) => ({ name, in: "query", schema: schemaOfIt }) as OpenAPI.ParameterObject,
  );
}

function operationOf(document: OpenAPI.Document, route: ApiRoute): OpenAPI.OperationObject | undefined {
  const item = document.paths?.[route.path];
  switch (route.method) {
    case "GET":
      return item?.get;
    case "POST":
      return item?.post;
    case "PATCH":
      return item?.patch;
    case "PUT":
      return item?.put;
    case "DELETE":
      return item?.delete;
    default:
      return undefined;
  }
}

const security: Record<Access, OpenAPI.SecurityRequirementObject[]> = {
  public: [],
  user: [{ token: [] }, { login: [] }],
  interactive: [{ login: [] }],
  admin: [{ token: [] }, { login: [] }],
  interactiveAdmin: [{ login: [] }],
  monitor: [{ monitor: [] }],
};

/** What single procedures answer besides what their kind does: a named thing that isn't there, a limit, a part away. */
const furtherFailures: Readonly<Record<string, readonly number[]>> = {
  "me.notices.readAll": [404],
  "external.sessions.launch": [404],
  "internal.sessions.launch": [404],
  "external.workspaces.create": [503],
  "internal.workspaces.create": [503],
  "me.changePassword": [429],
  "admin.competitions.create": [404],
  "admin.weeks.advance": [404],
  "reservations.book": [404, 503],
  ...Object.fromEntries(
    ["list", "get", "cancel", "extend", "calendar"].map((name) => [`reservations.${name}`, [503]]),
  ),
  "gpus.availableSlots": [503],
  "gpus.calendar": [503],
  "admin.schedule.csv": [404],
  "admin.usage.csv": [404],
  "admin.usage.week": [404],
  "admin.monitors.create": [404],
  "gpuStatus.report": [429],
  "schedule.overview": [503],
  "schedule.week": [503],
  "schedule.hours": [503],
  "schedule.me": [503],
  "schedule.myBids": [404, 503],
  "schedule.slots.history": [503],
  ...Object.fromEntries(
    [
      "bids.place",
      "bids.placeMany",
      "bids.undo",
      "bids.undoMany",
      "slots.release",
      "slots.releaseMany",
      "slots.take",
      "slots.takeMany",
    ].map((name) => [`schedule.${name}`, [404, 503]]),
  ),
  ...Object.fromEntries(
    surfaces.flatMap((surface) => [
      [`${surface}.plannedStarts.plan`, [404]],
      [`${surface}.competitions.submit`, [429, 503]],
      [`${surface}.uploads.create`, [404, 429, 503]],
      [`${surface}.uploads.send`, [503]],
      [`${surface}.datasets.file`, [416]],
      [`${surface}.competitions.sample`, [416]],
      [`${surface}.submissions.file`, [416]],
      [`${surface}.competitions.truth`, [416]],
      [`${surface}.competitions.picture`, [416]],
    ]),
  ),
  health: [503],
  live: [429],
};

/** The other surface refuses these. */
function ofOneSurface({ path }: ApiRoute): boolean {
  return surfaces.some((surface) => path.startsWith(`/${surface}/`));
}

/** The failures a route can answer with, by its kind. */
function problemResponses(route: ApiRoute): OpenAPI.ResponsesObject {
  const mutates = route.method !== "GET";
  const statuses: [number, string, boolean][] = [
    [400, "The input is not valid; `errors` names the fields", route.hasInput],
    [401, "Not signed in, or the token is no good", true],
    [
      403,
      "Not allowed, or of the lab's other side",
      mutates || route.access === "admin" || ofOneSurface(route),
    ],
    [404, "There is no such thing, or it is somebody else's", route.path.includes("{")],
    [409, "Not possible in the present state", mutates],
    [413, "The body is too large", mutates],
    [415, "The body is not JSON", mutates],
    [416, "The range is not in the file; see Content-Range", false],
    [429, "Too many attempts; see Retry-After", route.access === "public" && mutates],
    [500, "Something failed on our side", true],
    [503, "Not available just now; see Retry-After", false],
  ];
  const further = furtherFailures[route.name] ?? [];
  const content = { [problemContentType]: { schema: { $ref: "#/components/schemas/Problem" } } };
  return Object.fromEntries(
    statuses
      .filter(([status, , applies]) => applies || further.includes(status))
      .map(([status, description]) => [String(status), { description, content }]),
  );
}
