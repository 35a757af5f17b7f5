import { type AnyRouter, isLazy, isProcedure, type Lazyable } from "@orpc/server";
import { type Access, accessLevels } from "@/lib/auth/procedure";
import { required } from "@/lib/kernel/assert";

/** Where the OpenAPI description is served, below the prefix. */
export const specPath = "/spec.json";

/** One procedure's place in HTTP. */
export interface ApiRoute {
  readonly name: string;
  readonly method: string;
  /** Below the prefix, with `{param}` segments; the last may be `{+param}`, which takes slashes, too. */
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

/**
 * What stands in the place of a path's parameters, still encoded; null where the path is another. A last segment
 * `{+param}` takes all that is left.
 */
export function matchSegments(
  segments: readonly string[],
  parts: readonly string[],
): Record<string, string> | null {
  const params: Record<string, string> = {};
  const rest = segments.at(-1)?.startsWith("{+") === true;
  if (rest ? parts.length < segments.length : parts.length !== segments.length) return null;
  for (const [index, segment] of segments.entries()) {
    const isRest = rest && index === segments.length - 1;
    const part = isRest ? parts.slice(index).join("/") : (parts[index] ?? "");
    const name = /^\{\+?(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined && segment !== part) return null;
    if (name === undefined) continue;
    if (part === "") return null;
    params[name] = part;
  }
  return params;
}

/** Finds the methods that exist at a path (below the prefix). */
export function createMethodFinder(routes: readonly ApiRoute[]): (path: string) => Set<string> {
  const patterns = routes.map(({ method, path }) => ({ method, segments: path.split("/") }));
  return (path) => {
    const parts = path.replace(/\/+$/, "").split("/");
    const fitting = patterns.filter(({ segments }) => matchSegments(segments, parts) !== null);
    return new Set(fitting.map(({ method }) => method));
  };
}
