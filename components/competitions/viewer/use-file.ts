"use client";

import { useQuery } from "@tanstack/react-query";
import { unpacked, wholeFile } from "./bytes";
import type { VolumeFile } from "./volume-scene";

/** Kept no longer than something shows it: there may be hundreds of megabytes. */
export const fileQuery = {
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: 0,
  retry: false,
  refetchOnWindowFocus: false,
} as const;

export interface Wanted {
  readonly name: string;
  readonly path: string;
  /** Null where nobody says it before. */
  readonly bytes: number | null;
}

/** A volume as a file of the lab, unpacked; nothing is asked for where none is wanted. */
export function useVolume(wanted: Wanted | null): { data?: VolumeFile | undefined; error: Error | null } {
  return useQuery({
    ...fileQuery,
    queryKey: ["volume", wanted?.path],
    enabled: wanted !== null,
    queryFn: async ({ signal }) => {
      if (wanted === null) throw new Error("No volume is wanted.");
      const bytes = await wholeFile(wanted.path, wanted.bytes, signal);
      return { name: wanted.name, bytes: await unpacked(bytes) };
    },
  });
}
