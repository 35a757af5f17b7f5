"use client";

import { useSyncExternalStore } from "react";
import { currentConnection, subscribeConnection } from "./connection";
import { type ListPage, listRefetchMs } from "./pages";

/** What of an infinite query tells how much of its list is loaded. */
interface LoadedList {
  readonly state: { readonly data: { readonly pages: readonly ListPage<unknown>[] } | undefined };
}

/** When a list asks anew, as `listRefetchMs` has it. */
export function useListRefetch(untoldMs: number | false = false): (query: LoadedList) => number | false {
  const connection = useSyncExternalStore(subscribeConnection, currentConnection, () => "live" as const);
  return ({ state }) => listRefetchMs(state.data?.pages.length ?? 0, connection === "live", untoldMs);
}
