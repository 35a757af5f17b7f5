import { expect, it } from "vitest";
import { csvExports } from "./exports";
import { openApiDocument } from "./openapi";
import { rawRoutes } from "./raw/routes";
import { router } from "./router";
import { listRoutes } from "./routes";

const methods = ["get", "head", "post", "patch", "put", "delete"] as const;

it("describes every procedure, raw route and export, and nothing else, as OpenAPI 3.1", async () => {
  const document = await openApiDocument("https://lab.example.org");
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(document.servers).toEqual([{ url: "https://lab.example.org/api/v2" }]);
  const described = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.filter((method) => item?.[method]).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const declared = [
    ...listRoutes(router).map(({ method, path }) => `${method} ${path}`),
    // The document has no word for a parameter that takes slashes.
    ...rawRoutes.map(({ method, path }) => `${method} ${path.replace("{+", "{")}`),
    ...csvExports.map(({ path }) => `GET ${path}`),
  ];
  expect(described.sort()).toEqual(declared.sort());
  expect(new Set(declared).size).toBe(declared.length);
});

it("tells how to authenticate, what can fail, and how failures look", async () => {
  const document = await openApiDocument("https://lab.example.org");
  const create = document.paths?.["/me/api-tokens"]?.post;
  expect(create?.security).toEqual([{ login: [] }]);
  expect(Object.keys(create?.responses ?? {})).toEqual(expect.arrayContaining(["201", "400", "401", "403"]));
  expect(document.paths?.["/auth/login"]?.post?.security).toEqual([]);
  expect(document.paths?.["/gpus"]?.get?.security).toEqual([{ token: [] }, { login: [] }]);
  const problem = document.components?.schemas?.Problem;
  expect(problem).toMatchObject({ required: ["type", "title", "status", "detail", "instance"] });
  expect(JSON.stringify(document)).not.toContain("passwordHash");
});

it("tells of limits and of parts that are away where a procedure can answer so", async () => {
  const { paths = {} } = await openApiDocument("https://lab.example.org");
  const statuses = (operation: { responses?: object } | undefined) => Object.keys(operation?.responses ?? {});
  expect(statuses(paths["/me/password"]?.post)).toContain("429");
  expect(statuses(paths["/live"]?.get)).toContain("429");
  expect(statuses(paths["/health"]?.get)).toContain("503");
  expect(statuses(paths["/external/sessions"]?.post)).toContain("404");
  expect(statuses(paths["/external/competitions/{slug}/submissions"]?.post)).toEqual(
    expect.arrayContaining(["201", "400", "403", "404", "409", "413", "429", "503"]),
  );
  expect(statuses(paths["/internal/datasets/{slug}/files/{name}"]?.get)).toEqual(
    expect.arrayContaining(["200", "206", "304", "404", "416"]),
  );
  expect(statuses(paths["/gpus"]?.get)).not.toContain("503");
});
