"use client";

import { useSyncExternalStore } from "react";
import { currentConnection, subscribeConnection } from "./connection";
import { fallbackRefetchMs, type ListPage } from "./pages";

/** What of an infinite query tells how much of its list is loaded. */
interface LoadedList {
  readonly state: { readonly data: { readonly pages: readonly ListPage<unknown>[] } | undefined };
}

/**
 * When a list asks anew without being told of a change. One of several pages asks for all of them at once, so it leaves
 * that to the live stream, unless there is none.
 */
export function useListRefetch(): (query: LoadedList) => number | false {
  const connection = useSyncExternalStore(subscribeConnection, currentConnection, () => "live" as const);
  return ({ state }) => {
    const several = (state.data?.pages.length ?? 0) > 1;
    return several && connection === "live" ? false : fallbackRefetchMs;
  };
}
