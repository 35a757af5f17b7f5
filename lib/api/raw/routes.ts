import { Kept } from "@/lib/competitions/store/kept";
import { storeLayout } from "@/lib/competitions/store/layout";
import { DiskSpace } from "@/lib/competitions/store/space";
import { uploadsAtOnce } from "@/lib/competitions/store/tunables";
import { surfaces } from "@/lib/kernel/surface";
import type { WebServices } from "../context";
import { matchSegments } from "../routes";
import { backupRoute } from "./backup";
import { csvRoutes } from "./csv";
import { fileRoutes } from "./files";
import { PartialUploads } from "./partial-uploads";
import type { RawParts, RawRoute } from "./route";
import { submitRoute } from "./submit";
import { sumsRoute } from "./sums";
import { Turns } from "./turns";
import { uploadRoutes } from "./uploads";
import { walletCsvRoute } from "./wallet-csv";

/** Every route that is no procedure, but for the administrators' lists as CSV. */
export const rawRoutes: readonly RawRoute[] = [
  walletCsvRoute,
  backupRoute,
  ...surfaces.flatMap((surface) => [
    submitRoute(surface),
    ...uploadRoutes(surface),
    ...fileRoutes(surface),
    ...csvRoutes(surface),
    sumsRoute(surface),
  ]),
];

const patterns = rawRoutes.map((route) => ({ route, segments: route.path.split("/") }));

/** The route of a method at a path below the prefix, with what stands in the place of its parameters. */
export function findRaw(
  method: string,
  below: string,
): { route: RawRoute; params: Record<string, string> } | null {
  const parts = below.replace(/\/+$/, "").split("/");
  for (const { route, segments } of patterns) {
    if (route.method !== method && !(method === "HEAD" && route.method === "GET")) continue;
    const params = matchSegments(segments, parts);
    if (params) return { route, params: decodedAll(params) };
  }
  return null;
}

function decodedAll(params: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, part]) => [name, decoded(part)]));
}

/** What is no text in UTF-8 stays as it is: with its percent signs it is no name of anything. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function rawParts({ competitionsDir, lookForImports }: WebServices): RawParts {
  const store = storeLayout(competitionsDir);
  const place = { store, space: new DiskSpace(store.submissions) };
  return {
    ...place,
    kept: new Kept(store),
    partial: new PartialUploads(place),
    turns: new Turns(uploadsAtOnce),
    drains: new Turns(uploadsAtOnce),
    lookForImports,
  };
}
