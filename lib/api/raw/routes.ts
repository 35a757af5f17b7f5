import { Kept } from "@/lib/competitions/store/kept";
import { storeLayout } from "@/lib/competitions/store/layout";
import { DiskSpace } from "@/lib/competitions/store/space";
import { uploadsAtOnce } from "@/lib/competitions/store/tunables";
import { surfaces } from "@/lib/kernel/surface";
import { csvRoutes } from "./csv";
import { fileRoutes } from "./files";
import { PartialUploads } from "./partial-uploads";
import type { RawParts, RawRoute } from "./route";
import { submitRoute } from "./submit";
import { Turns } from "./turns";
import { uploadRoutes } from "./uploads";

/** Every route that is no procedure, but for the administrators' exports. */
export const rawRoutes: readonly RawRoute[] = surfaces.flatMap((surface) => [
  submitRoute(surface),
  ...uploadRoutes(surface),
  ...fileRoutes(surface),
  ...csvRoutes(surface),
]);

const patterns = rawRoutes.map((route) => ({ route, segments: route.path.split("/") }));

/** The route of a method at a path below the prefix, with what stands in the place of its parameters. */
export function findRaw(
  method: string,
  below: string,
): { route: RawRoute; params: Record<string, string> } | null {
  const parts = below.replace(/\/+$/, "").split("/");
  for (const { route, segments } of patterns) {
    if (route.method !== method && !(method === "HEAD" && route.method === "GET")) continue;
    const params = paramsOf(segments, parts);
    if (params) return { route, params };
  }
  return null;
}

function paramsOf(segments: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (segments.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index] ?? "";
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined && segment !== part) return null;
    if (name === undefined) continue;
    if (part === "") return null;
    params[name] = decoded(part);
  }
  return params;
}

/** What is no text in UTF-8 stays as it is: with its percent signs it is no name of anything. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function rawParts(competitionsDir: string): RawParts {
  const store = storeLayout(competitionsDir);
  const place = { store, space: new DiskSpace(store.submissions) };
  return {
    ...place,
    kept: new Kept(store),
    partial: new PartialUploads(place),
    turns: new Turns(uploadsAtOnce),
    drains: new Turns(uploadsAtOnce),
  };
}
