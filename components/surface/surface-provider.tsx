"use client";

import { createContext, type ReactNode, useContext } from "react";
import { required } from "@/lib/kernel/assert";
import type { Surface } from "@/lib/kernel/surface";

export interface SurfaceInfo {
  readonly surface: Surface;
  /** Where the other surface is; null where there is none. */
  readonly otherUrl: string | null;
  /** Whether the lab signs its own certificate: `/ca.pem` has the root. */
  readonly ownCa: boolean;
}

const SurfaceContext = createContext<SurfaceInfo | null>(null);

/** Tells components which surface the server found the page to be on. */
export function SurfaceProvider({ value, children }: { value: SurfaceInfo; children: ReactNode }) {
  return <SurfaceContext value={value}>{children}</SurfaceContext>;
}

export function useSurface(): SurfaceInfo {
  return required(useContext(SurfaceContext), "a SurfaceProvider around this component");
}
