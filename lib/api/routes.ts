import { type AnyRouter, isLazy, isProcedure, type Lazyable } from "@orpc/server";
import { type Access, accessLevels } from "@/lib/auth/procedure";
import { required } from "@/lib/kernel/assert";

/** Where the OpenAPI description is served, below the prefix. */
export const specPath = "/spec.json";

/** One procedure's place in HTTP. */
export interface ApiRoute {
  readonly name: string;
  readonly method: string;
  /** Below the prefix, with `{param}` segments. */
  readonly path: string;
  readonly access: Access;
  readonly hasInput: boolean;
}

function isAccess(value: unknown): value is Access {
  return accessLevels.some((level) => level === value);
}

/** Every procedure of a router. Each declares its method, its path and who may call it. */
export function listRoutes(router: Lazyable<AnyRouter>, name: readonly string[] = []): ApiRoute[] {
  const label = name.join(".");
  if (isProcedure(router)) {
    const { route, meta, inputSchema } = router["~orpc"];
    const access: unknown = Reflect.get(meta, "access");
    if (!isAccess(access)) throw new Error(`Procedure ${label} does not say who may call it.`);
    return [
      {
        name: label,
        method: required(route.method, `the method of procedure ${label}`),
        path: required(route.path, `the path of procedure ${label}`),
        access,
        hasInput: inputSchema !== undefined,
      },
    ];
  }
  if (isLazy(router)) throw new Error(`Router ${label} is lazy; routes must be known at start.`);
  return Object.entries(router).flatMap(([key, child]) => listRoutes(child, [...name, key]));
}

/** Finds the methods that exist at a path (below the prefix). */
export function createMethodFinder(routes: readonly ApiRoute[]): (path: string) => Set<string> {
  const patterns = routes.map(({ method, path }) => ({ method, segments: path.split("/") }));
  return (path) => {
    const parts = path.replace(/\/+$/, "").split("/");
    const fitting = patterns.filter(
      ({ segments }) =>
        segments.length === parts.length &&
        segments.every((segment, i) => (segment.startsWith("{") ? parts[i] !== "" : segment === parts[i])),
    );
    return new Set(fitting.map(({ method }) => method));
  };
}
