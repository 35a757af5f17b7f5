"use client";

import { createContext, type ReactNode, useContext } from "react";

const MayBeginContext = createContext(true);

/** Around pages of whoever may only see, stop and delete: what would begin something is not offered. */
export function BeginsNothing({ children }: { children: ReactNode }) {
  return <MayBeginContext value={false}>{children}</MayBeginContext>;
}

/** Whether to offer launches, extensions, new workspaces, snapshots and restores. The server decides all the same. */
export function useMayBegin(): boolean {
  return useContext(MayBeginContext);
}
